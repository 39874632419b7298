"""The rules of models and answers: plain Python, no Django, no I/O, no clock."""
