"""The rules of deciding: plain Python, no Django, no Celery, no I/O, no clock."""
