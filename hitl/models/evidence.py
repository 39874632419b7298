"""Evidence: comparisons, the epochs in which they count, and the certificates they earn."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from hitl.domain.evidence.truth import Counted
from hitl.models.cases import Case
from hitl.models.workflows import Workflow
from models_registry.models import CompactJSON, Fact, ModelVersion, new_id


class Epoch(models.Model):
    """The span in which one version's evidence counts, for one slice of the cases ('' for all).

    grid: the thresholds that are tested; None until it is frozen. counters: comparisons summed per
    threshold. best: per threshold the largest log wealth so far, for the target `goal`. guard: the
    detector's state, the target it looks after, and how many cases were automated since the first
    certificate. losses: where the goal is a mean distance, log wealth per threshold and stake.
    cursor: the last case whose evidence was consumed; with the counters in one row, so that nothing
    counts twice.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.ForeignKey(Workflow, models.PROTECT, related_name="epochs")
    version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="epochs")
    slice = models.CharField(max_length=100, default="", blank=True)
    no = models.PositiveIntegerField()
    goal = CompactJSON(default=dict)
    grid = CompactJSON(null=True)
    counters = CompactJSON(default=list)
    best = CompactJSON(default=list)
    losses = CompactJSON(default=list)
    guard = CompactJSON(default=dict)
    cursor = models.UUIDField()
    opened = models.DateTimeField(default=timezone.now)
    closed = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "version", "slice", "no"], name="one_epoch_per_number"
            ),
            models.UniqueConstraint(
                fields=["workflow", "version", "slice"],
                condition=Q(closed__isnull=True),
                name="one_open_epoch",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} epoch {self.no}"


class Comparison(Fact):
    """One prediction held against the settled blind answer. sampling: with what probability cases
    got one when this one came in (above and below which live threshold); pi: this one did."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="comparisons")
    version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="+")
    role = models.CharField(max_length=10)
    epoch = models.ForeignKey(Epoch, models.PROTECT, related_name="comparisons")
    score = models.FloatField(null=True)
    counted = models.CharField(max_length=8, choices=[(c.value, c.value) for c in Counted])
    distance = models.FloatField(null=True)
    automated = models.BooleanField()
    pi = models.FloatField()
    sampling = CompactJSON()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "version", "role"], name="one_comparison_per_prediction"
            )
        ]


class Certificate(Fact):
    """Proof that above a threshold the error is below the target. whole: it holds for every usable
    confidence (`threshold` is 0 then). numbers: all that it was computed from."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    epoch = models.ForeignKey(Epoch, models.PROTECT, related_name="certificates")
    threshold = models.FloatField()
    whole = models.BooleanField()
    numbers = CompactJSON()
    lapses_at = models.DateTimeField(null=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)


class Proposal(models.Model):
    """A step that one person wants taken and another one has to confirm (four eyes)."""

    class State(models.TextChoices):
        OPEN = "open"
        CONFIRMED = "confirmed"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.ForeignKey(Workflow, models.PROTECT, related_name="proposals")
    level = models.CharField(max_length=40)
    override = models.BooleanField(default=False)
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    closed = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workflow"], condition=Q(state="open"), name="one_open_proposal"
            )
        ]

    def __str__(self) -> str:
        return f"{self.workflow_id} to {self.level}"
