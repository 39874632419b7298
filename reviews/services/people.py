"""The people of a workflow: what they hold and did today, and where they stand."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Count, Exists, Min, OuterRef, Q
from django.db.models.functions import Now

from hitl.domain.roles import Role
from hitl.models import Membership, Workflow
from hitl.services.monitoring import DAY, floor
from hitl.services.revisions import policy_in_force
from reviews.domain.claims import ClaimState
from reviews.models import Claim, Review, Standing
from reviews.services import standing
from reviews.services.standing import Position


@dataclass(frozen=True, slots=True)
class Load:
    """One person's work in a workflow. held: cases in their hands now, those reserved ahead too;
    held_since: when they opened the oldest of them; answered, skipped: since midnight UTC."""

    user: User
    held: int
    held_since: datetime | None
    answered: int
    skipped: int
    position: Position


def load(workflow: Workflow, now: datetime) -> list[Load]:
    """Everybody who reviews here, or did, by name; seven reads however many they are."""
    midnight = floor(now, DAY)
    held = {person: (n, since) for person, n, since in _held(workflow)}
    answered = dict(_answered(workflow, midnight))
    skipped = dict(_skipped(workflow, midnight))
    users = _reviewers(workflow, {*held, *answered, *skipped})
    policy = policy_in_force(workflow.pk)
    stand = standing.positions(workflow.pk, policy, [user.pk for user in users])
    return [
        Load(
            user,
            *held.get(user.pk, (0, None)),
            answered.get(user.pk, 0),
            skipped.get(user.pk, 0),
            stand[user.pk],
        )
        for user in users
    ]


def _reviewers(workflow: Workflow, busy: Collection[int]) -> list[User]:
    """Who has the role of a reviewer here, who did something today, and who was ever paused or
    tested. Operators may review too; they stand here once they do."""
    roles = Membership.objects.filter(
        Q(workflow=workflow) | Q(workflow__isnull=True), user=OuterRef("pk"), role=Role.REVIEWER
    )
    stands = Standing.objects.filter(workflow=workflow, reviewer=OuterRef("pk"))
    known = User.objects.filter(
        Q(Exists(roles), is_active=True) | Q(Exists(stands)) | Q(pk__in=list(busy))
    )
    return list(known.order_by("username"))


def _held(workflow: Workflow) -> Iterable[Any]:
    held = Claim.objects.filter(case__workflow=workflow, state=ClaimState.HELD, expires__gt=Now())
    return held.values_list("reviewer_id").annotate(Count("pk"), Min("shown_at"))


def _answered(workflow: Workflow, since: datetime) -> Iterable[Any]:
    # Ids grow with time, so the key's index leads to today's reviews; an hour is for clocks.
    first = UUID(int=max(0, int(since.timestamp() * 1000) - 3_600_000) << 80)
    given = Review.objects.filter(
        pk__gte=first,
        at__gte=since,
        withdrawal__isnull=True,
        claim__case__workflow=workflow,
    )
    return given.values_list("claim__reviewer_id").annotate(Count("pk"))


def _skipped(workflow: Workflow, since: datetime) -> Iterable[Any]:
    """A skip has no time of its own; it counts on the day on which the case was opened."""
    passed_on = Claim.objects.filter(
        case__workflow=workflow, state=ClaimState.SKIPPED, shown_at__gte=since
    )
    return passed_on.values_list("reviewer_id").annotate(Count("pk"))
