"""What people say to each other about cases, and how they like to work."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from hitl.models import Case
from models_registry.models import CompactJSON, Erasable, Fact, new_id


class Comment(Fact):
    """What a person says to others about a case; shown to nobody who is still to judge it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = Erasable()
    at = models.DateTimeField(default=timezone.now)


class Mention(models.Model):
    """A comment names a person; `seen_at` is NULL until they have read it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    comment = models.ForeignKey(Comment, models.PROTECT, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="mentions")
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comment", "user"], name="mentioned_once_per_comment")
        ]
        indexes = [
            models.Index(
                fields=["user"], condition=models.Q(seen_at__isnull=True), name="mentions_unseen"
            )
        ]


class Preference(models.Model):
    """How a person likes to work. keys: action -> key, where it differs from the usual one; blur,
    greyscale, mute: None leaves it to the workflow; break_minutes: None too, 0 for never."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="hitl_preference"
    )
    keys = CompactJSON(default=dict)
    blur = models.BooleanField(null=True)
    greyscale = models.BooleanField(null=True)
    mute = models.BooleanField(null=True)
    break_minutes = models.PositiveSmallIntegerField(null=True)
