"""Claims and reviews."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from hitl.models import Case, Referral
from models_registry.models import Erasable, Fact, new_id
from reviews.domain.claims import ClaimState


class Claim(models.Model):
    """One person's place on one case. `token` grows each time the place changes hands or is taken
    anew: only the newest token may submit."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="claims")
    case = models.ForeignKey(Case, models.PROTECT, related_name="claims")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="claims")
    token = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=8, default=ClaimState.HELD)
    expires = models.DateTimeField()
    shown_at = models.DateTimeField()
    draft = Erasable(null=True)
    skip_reason = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "reviewer"], name="a_person_meets_a_case_once")
        ]
        indexes = [
            models.Index(fields=["expires"], condition=Q(state="held"), name="claim_held"),
        ]


class Review(Fact):
    """One person's judgement, as given."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="reviews")
    token = models.PositiveIntegerField()
    first_value = Erasable(null=True)
    value = Erasable()
    comment = Erasable(default=str)
    seconds = models.FloatField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["claim", "token"], name="one_review_per_claim_token")
        ]
