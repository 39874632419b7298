"""Cases and what happened to them: predictions, referrals, decisions, feedback."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from hitl.domain.cases import Kind, ReferralState, Source, Status
from hitl.models.clients import Client
from hitl.models.workflows import Workflow
from models_registry.models import CompactJSON, Erasable, Fact, ModelVersion, new_id


def status_choices() -> list[tuple[str, str]]:
    return [(status.value, status.value) for status in Status]


def kind_choices() -> list[tuple[str, str]]:
    return [(kind.value, kind.value) for kind in Kind]


class Case(models.Model):
    """One thing a client asked us to decide, with its route as it was fixed on arrival. The row
    is the case's lock; `seq` is the number of its newest decision, 0 for none."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.ForeignKey(Workflow, models.PROTECT, related_name="cases")
    revision_no = models.PositiveIntegerField()
    client = models.ForeignKey(Client, models.PROTECT, related_name="cases")
    reference = models.CharField(max_length=200, default="")
    subject = models.CharField(max_length=200, default="")
    input_hash = models.CharField(max_length=64)
    action = models.CharField(max_length=10)
    reason = models.CharField(max_length=30)
    threshold = models.FloatField(null=True)
    blind = models.BooleanField()
    audit = models.BooleanField()
    pi = models.FloatField()
    status = models.CharField(max_length=10, choices=status_choices)
    seq = models.PositiveIntegerField(default=0)
    batch = models.UUIDField(null=True)
    created = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["workflow", "created"], name="case_by_workflow_time"),
            models.Index(
                fields=["workflow", "reference"],
                condition=~Q(reference=""),
                name="case_by_reference",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Payload(Fact):
    """A case's input, apart from it so that it can be erased while the log stays."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="payload")
    input = Erasable()


class Idempotency(Fact):
    """A client's key for one POST and the answer it got, so that the same key gets it again."""

    pk = models.CompositePrimaryKey("client_id", "key")
    client = models.ForeignKey(Client, models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)
    body_hash = models.CharField(max_length=64)
    case = models.ForeignKey(Case, models.PROTECT, null=True, related_name="+")
    status = models.PositiveSmallIntegerField()
    answer = Erasable()
    at = models.DateTimeField(db_index=True)


class Prediction(Fact):
    """What one model version said about one case. role: live (it could count) or silent;
    arm: champion or challenger. confidences: of each part of the answer, where it has parts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="predictions")
    version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="+")
    role = models.CharField(max_length=10)
    arm = models.CharField(max_length=10)
    value = Erasable(null=True)
    confidence = models.FloatField(null=True)
    confidences = CompactJSON(null=True)
    error = models.TextField(default="")
    latency = models.FloatField(default=0.0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "version", "role"], name="one_prediction_per_version_and_role"
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(role="live"), name="one_live_prediction"
            ),
        ]


class Sight(Fact):
    """A person has opened a case's details: they are not asked to judge it blind any more."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="sights")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "user"], name="one_sight_per_case_and_person")
        ]


class Referral(models.Model):
    """A case handed to people; the open ones are the queue. Closed, it carries what they said.

    Its id is random: people see it, and one made in order of time would tell them what is an audit
    and what is a known answer.
    pool: the people who may take it; every workflow has a pool of its own id.
    needed, free, done: reviews asked for, places nobody holds, reviews given.
    acts_at: when the next rule about time applies to it (escalation, lapse); NULL for never.
    contested: somebody objects to the decision; the reviewer reads what they say.
    unusable: people say that the input cannot be judged; there is no answer then.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="referrals")
    kind = models.CharField(max_length=12, choices=kind_choices)
    pool = models.UUIDField()
    due = models.DateTimeField()
    priority = models.SmallIntegerField(default=0)
    uncertainty = models.FloatField(default=1.0)
    needed = models.PositiveSmallIntegerField(default=1)
    free = models.PositiveSmallIntegerField(default=1)
    done = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=8, default=ReferralState.OPEN)
    settles_at = models.DateTimeField(null=True)
    acts_at = models.DateTimeField(null=True)
    contested = models.BooleanField(default=False)
    unusable = models.BooleanField(default=False)
    answer = Erasable(null=True)
    blind_answer = Erasable(null=True)
    opened = models.DateTimeField()
    closed = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=~Q(state="closed"), name="one_open_referral_per_case"
            ),
            models.CheckConstraint(
                condition=Q(free__gte=0) & Q(free__lte=F("needed")), name="free_within_needed"
            ),
            models.CheckConstraint(
                condition=Q(done__gte=0) & Q(done__lte=F("needed") - F("free")),
                name="no_more_reviews_than_needed",
            ),
        ]
        indexes = [
            models.Index(
                F("pool"),
                F("due"),
                F("priority").desc(),
                F("uncertainty").desc(),
                F("case"),
                condition=Q(state="open", free__gt=0),
                name="referral_queue",
            ),
            models.Index(
                fields=["settles_at"], condition=Q(state="settling"), name="referral_settling"
            ),
            models.Index(
                fields=["acts_at"],
                condition=Q(state="open", acts_at__isnull=False),
                name="referral_acts",
            ),
            models.Index(fields=["pool", "due"], condition=Q(kind="audit"), name="referral_audits"),
            models.Index(
                fields=["closed"], condition=Q(state="closed"), name="referral_by_closing"
            ),
        ]


class BulkDecision(Fact):
    """One answer that a person gave to many cases at once. Never evidence about a model."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workflow = models.ForeignKey(Workflow, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    value = Erasable()
    reason = models.TextField()
    filters = CompactJSON()
    at = models.DateTimeField()


class Decision(Fact):
    """What we told the client; numbered per case, the one whose n is the case's seq is current.
    `unusable`: people say that the input cannot be judged, so there is no value."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="decisions")
    n = models.PositiveIntegerField()
    source = models.CharField(max_length=8, choices=[(s.value, s.value) for s in Source])
    value = Erasable(null=True)
    unusable = models.BooleanField(default=False)
    prediction = models.ForeignKey(Prediction, models.PROTECT, null=True, related_name="+")
    referral = models.ForeignKey(Referral, models.PROTECT, null=True)
    bulk = models.ForeignKey(BulkDecision, models.PROTECT, null=True, related_name="decisions")
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "n"], name="one_decision_per_number")
        ]


class Feedback(Fact):
    """What the client told us later about a case: redo, contest or outcome."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="feedback")
    kind = models.CharField(max_length=8)
    value = Erasable(null=True)
    statement = Erasable(default=str)
    at = models.DateTimeField(db_index=True)
