"""The onboarding test: who is tested, and how many known answers there are to ask them."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q

from hitl.domain.cases import Kind
from hitl.domain.policy import Policy
from reviews.domain.claims import ClaimState
from reviews.domain.standing import KNOWS
from reviews.models import Claim, Gold


def lengths(workflow_id: UUID, policy: Policy, people: Collection[int]) -> dict[int, int]:
    """How long the test is for each of these people who is new here: as the policy says, but no
    longer than there are known answers to ask that person. Who has judged any other case of the
    workflow is not new and is left out. None or three reads."""
    if not policy.onboarding or not people:
        return {}
    served = Gold.objects.filter(workflow=workflow_id, retired__isnull=True).count()
    more = _differences(workflow_id, people)
    return {
        person: min(policy.onboarding, max(0, served + more.get(person, 0)))
        for person in _new(workflow_id, people)
    }


def _new(workflow_id: UUID, people: Collection[int]) -> Iterable[int]:
    """Those who have answered no case of the workflow but known answers."""
    judged = Claim.objects.filter(
        reviewer=OuterRef("pk"), state=ClaimState.DONE, case__workflow=workflow_id
    ).exclude(referral__kind=Kind.GOLD)
    found = User.objects.filter(~Exists(judged), pk__in=list(people))
    return found.values_list("pk", flat=True)


def _differences(workflow_id: UUID, people: Collection[int]) -> dict[int, int]:
    """By how much the test of a person differs from what is served: what they answered and was
    retired since counts, what they knew before is not asked."""
    claims = Claim.objects.filter(
        reviewer__in=list(people), referral__kind=Kind.GOLD, case__gold__workflow=workflow_id
    )
    served = Q(case__gold__retired__isnull=True)
    found: Iterable[Any] = claims.values_list("reviewer_id").annotate(
        answered=Count("pk", filter=~served & Q(state=ClaimState.DONE)),
        known=Count("pk", filter=served & Q(state=ClaimState.SKIPPED, skip_reason=KNOWS)),
    )
    return {person: answered - known for person, answered, known in found}
