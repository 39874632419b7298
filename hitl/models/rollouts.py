"""Rollouts: a version on its way to replace another, and what was seen of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from hitl.models.cases import Case
from hitl.models.workflows import Workflow
from models_registry.models import CompactJSON, Fact, ModelVersion, new_id


class Rollout(models.Model):
    """A challenger on its way. The share it has stands in the revisions; this is how far it is.

    plan: the strategy's dials. step, stepped: which one, since when. evidence: all that was
    counted. answered: the last case whose silent answer is surely there. judged: the last case
    whose evidence was counted; with the counters in one row, so that nothing counts twice.
    """

    class State(models.TextChoices):
        RUNNING = "running"
        PAUSED = "paused"
        PROMOTED = "promoted"
        ABORTED = "aborted"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.ForeignKey(Workflow, models.PROTECT, related_name="rollouts")
    champion = models.ForeignKey(ModelVersion, models.PROTECT, related_name="+")
    challenger = models.ForeignKey(ModelVersion, models.PROTECT, related_name="+")
    strategy = models.CharField(max_length=40)
    plan = CompactJSON()
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    step = models.PositiveSmallIntegerField(default=0)
    stepped = models.DateTimeField(default=timezone.now)
    evidence = CompactJSON(default=dict)
    answered = models.UUIDField()
    judged = models.UUIDField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.TextField()
    opened = models.DateTimeField(default=timezone.now)
    closed = models.DateTimeField(null=True)
    said = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workflow"],
                condition=Q(state__in=["running", "paused"]),
                name="one_live_rollout",
            )
        ]
        ordering = ["workflow", "-opened"]

    def __str__(self) -> str:
        return f"{self.challenger_id} by {self.strategy}"


class Doubt(Fact):
    """The challenger silently disagreed about a case that the machine had decided. pi: with what
    probability a person looks at it for that; drawn: whether one does."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="doubt")
    rollout = models.ForeignKey(Rollout, models.PROTECT, related_name="doubts")
    pi = models.FloatField()
    drawn = models.BooleanField()
    at = models.DateTimeField(default=timezone.now)
