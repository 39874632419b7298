"""The rules of judging: plain Python, no Django, no I/O, no clock."""
