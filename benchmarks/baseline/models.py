"""The baseline's table."""

from django.db import models


class Note(models.Model):
    """Two fields, one index: what the simplest endpoint would store."""

    title = models.CharField(max_length=200)
    body = models.TextField()

    def __str__(self) -> str:
        return self.title
