"""Claims, reviews and their withdrawals, known answers, and where people stand."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from hitl.models import Case, Referral, Workflow
from models_registry.models import Erasable, Fact, new_id
from reviews.domain.claims import ClaimState
from reviews.domain.consensus import Verdict
from reviews.domain.standing import StandingState


class Claim(models.Model):
    """One person's place on one case. `token` grows each time the place changes hands or is taken
    anew: only the newest token may submit. `shown_at` is NULL while a case is reserved ahead and
    nobody has seen it. first_value, first_at: what was answered before the suggestion was shown,
    where an answer is given in two stages; it stands once given."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="claims")
    case = models.ForeignKey(Case, models.PROTECT, related_name="claims")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="claims")
    token = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=8, default=ClaimState.HELD)
    expires = models.DateTimeField()
    shown_at = models.DateTimeField(null=True)
    draft = Erasable(null=True)
    draft_at = models.DateTimeField(null=True)
    first_value = Erasable(null=True)
    first_at = models.DateTimeField(null=True)
    first_token = models.PositiveIntegerField(null=True)
    skip_reason = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "reviewer"], name="a_person_meets_a_case_once")
        ]
        indexes = [
            models.Index(fields=["expires"], condition=Q(state="held"), name="claim_held"),
            models.Index(fields=["reviewer"], condition=Q(state="held"), name="claim_held_by"),
            models.Index(
                F("reviewer"),
                F("shown_at").desc(),
                condition=Q(state="done", shown_at__isnull=False),
                name="claim_done_by",
            ),
        ]


class Review(Fact):
    """One person's judgement, as given. verdict: an answer, or why there is none (`value` is NULL
    then, the reason stands in the comment). blind: the screen showed no suggestion when `value` was
    given; it never did when `first_value` was, where answers are given twice. guidelines_no: of
    the guidelines beside the case, 0 for none. undo_until, by the database's clock: NULL, never."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="reviews")
    token = models.PositiveIntegerField()
    first_value = Erasable(null=True)
    verdict = models.CharField(max_length=13, default=Verdict.ANSWER)
    value = Erasable(null=True)
    comment = Erasable(default=str)
    blind = models.BooleanField(default=False)
    guidelines_no = models.PositiveIntegerField(default=0)
    seconds = models.FloatField()
    at = models.DateTimeField(default=timezone.now)
    undo_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["claim", "token"], name="one_review_per_claim_token")
        ]


class Withdrawal(Fact):
    """A judgement taken back inside the undo window: it counts for nothing."""

    review = models.OneToOneField(
        Review, models.PROTECT, primary_key=True, related_name="withdrawal"
    )
    at = models.DateTimeField(default=timezone.now)


class Gold(models.Model):
    """A case whose answer is known, served among the others to see how people judge."""

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="gold")
    workflow = models.ForeignKey(Workflow, models.PROTECT, related_name="golds")
    answer = Erasable()
    note = models.CharField(max_length=500, default="", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    retired = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "known answer"

    def __str__(self) -> str:
        return f"known answer {self.case_id}"


class GoldAnswer(Fact):
    """What a person said about a known answer. It counts once its review cannot be withdrawn."""

    review = models.OneToOneField(Review, models.PROTECT, primary_key=True, related_name="gold")
    workflow = models.ForeignKey(Workflow, models.PROTECT, related_name="+")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    right = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["workflow", "reviewer", "at"], name="gold_answers_of")]


class Standing(models.Model):
    """Whether a person may judge here, by their known answers since `since`. Paused stays paused
    until an operator lifts it."""

    workflow = models.ForeignKey(Workflow, models.CASCADE, related_name="standings")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="hitl_standings"
    )
    state = models.CharField(max_length=10, default=StandingState.ACTIVE)
    since = models.DateTimeField()
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    reason = models.TextField(default="", blank=True)

    class Meta:
        verbose_name = "standing of a person"
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(fields=["workflow", "reviewer"], name="one_standing_per_person")
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} in {self.workflow}: {self.state}"
