"""Where people stand: what their known answers say, who is held back, who may judge again."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from hitl.domain.policy import Policy
from hitl.domain.roles import Verb
from hitl.models import Workflow
from hitl.services import access
from hitl.services.revisions import policy_in_force
from models_registry.domain.errors import Conflict, Invalid, Missing
from reviews.domain.standing import StandingState, Tally, standing, uses_golds
from reviews.domain.standing import reason as why
from reviews.models import GoldAnswer, Standing
from reviews.services import onboarding

log = logging.getLogger(__name__)
COUNTS = {"given": Count("pk"), "correct": Count("pk", filter=Q(right=True))}
TRIES = 3  # a write that another claim or a lift was faster than is looked at again


@dataclass(frozen=True, slots=True)
class Position:
    """Where a person stands; `reason` is '' for the active. `lifted`: who lifted a pause or a test
    last, and why; '' if nobody did. test_length: how many known answers the onboarding test has
    for this person; 0 for who is not in it."""

    state: StandingState
    tally: Tally
    reason: str
    lifted: str = ""
    test_length: int = 0


def final(workflow_id: UUID) -> QuerySet[GoldAnswer]:
    """The known answers given that nobody can take back any more, by the database's clock."""
    over = Q(review__undo_until__isnull=True) | Q(review__undo_until__lte=Now())
    return GoldAnswer.objects.filter(over, workflow_id=workflow_id, review__withdrawal__isnull=True)


def counted(workflow_id: UUID) -> QuerySet[GoldAnswer]:
    """Those that tell where a person stands: given since their standing began."""
    began_later = Standing.objects.filter(
        workflow_id=OuterRef("workflow_id"),
        reviewer_id=OuterRef("reviewer_id"),
        since__gt=OuterRef("at"),
    )
    return final(workflow_id).filter(~Exists(began_later))


def _rows(workflow_id: UUID) -> QuerySet[Standing]:
    return Standing.objects.filter(workflow_id=workflow_id).select_related("lifted_by")


def state_of(
    user: User, workflow_id: UUID, policy: Policy, now: datetime | None = None
) -> Position:
    """Where this person stands now. Two reads, up to five for who is in the test; a pause and a
    passed test are written down when they are found, by whichever of two claims comes first, and
    then read again."""
    for _ in range(TRIES):
        row = _rows(workflow_id).filter(reviewer=user).first()
        counts = counted(workflow_id).filter(reviewer=user).aggregate(**COUNTS, first=Min("at"))
        new = [user.pk] if row is None else []
        length = onboarding.lengths(workflow_id, policy, new).get(user.pk)
        found = _position(policy, row, Tally(counts["given"], counts["correct"]), length)
        if not _is_news(policy, row, found.state, length):
            return found
        _write_down(user, workflow_id, row, found, counts["first"] or now or datetime.now(UTC))
    return found


def _position(
    policy: Policy, row: Standing | None, tally: Tally, length: int | None = None
) -> Position:
    """What follows from the stored standing and the tally since then. length: of the onboarding
    test, None for who is not tested. Where no known answers are served any more, nobody is held
    back by them."""
    if not uses_golds(policy):
        return Position(StandingState.ACTIVE, tally, "", _lifted(row))
    if row is not None and row.state == StandingState.PAUSED:
        return Position(StandingState.PAUSED, tally, row.reason)
    state = standing(policy, tally, passed=length is None, length=length)
    test = (length or 0) if state == StandingState.ONBOARDING else 0
    return Position(state, tally, why(policy, tally, state, test), _lifted(row), test)


def _lifted(row: Standing | None) -> str:
    by = row.lifted_by if row and row.state == StandingState.ACTIVE else None
    return f"{by.get_username()}: {row.reason}" if row and by else ""


def _is_news(
    policy: Policy, row: Standing | None, state: StandingState, length: int | None
) -> bool:
    """Whether the state found is to be stored: a pause, a test that was passed, or that somebody
    is not new. Where there was nothing to ask, nobody has passed yet."""
    if not uses_golds(policy) or (row is not None and row.state == state):
        return False
    return state == StandingState.PAUSED or (
        state == StandingState.ACTIVE
        and (row is not None or (policy.onboarding > 0 and length != 0))
    )


def _write_down(
    user: User, workflow_id: UUID, row: Standing | None, found: Position, since: datetime
) -> None:
    """Stores the state unless somebody changed the standing meanwhile: a lift is never undone by
    a claim that counted before it."""
    if row is None:
        new = Standing(
            workflow_id=workflow_id,
            reviewer=user,
            state=found.state,
            since=since,
            reason=found.reason,
        )
        Standing.objects.bulk_create([new], ignore_conflicts=True)
    else:
        same = Standing.objects.filter(pk=row.pk, state=row.state, since=row.since)
        same.update(state=found.state, reason=found.reason, lifted_by=None)
    log.info("standing workflow=%s reviewer=%s state=%s", workflow_id, user.pk, found.state)


def positions(workflow_id: UUID, policy: Policy, people: Collection[int]) -> dict[int, Position]:
    """Where each of these people stands, in two reads, in five where new people are tested;
    writes nothing."""
    rows = {row.reviewer_id: row for row in _rows(workflow_id)}
    found: Iterable[Any] = counted(workflow_id).values("reviewer_id").annotate(**COUNTS)
    tallies = {one["reviewer_id"]: Tally(one["given"], one["correct"]) for one in found}
    new = [person for person in people if person not in rows]
    tests = onboarding.lengths(workflow_id, policy, new)
    return {
        person: _position(
            policy, rows.get(person), tallies.get(person, Tally(0, 0)), tests.get(person)
        )
        for person in people
    }


def lift(
    workflow: Workflow,
    reviewer: User,
    *,
    by: User,
    reason: str,
    now: datetime | None = None,
) -> Standing:
    """Lets a person judge who is paused, or still in the onboarding test. Their known answers are
    counted anew from now on."""
    if not reason.strip():
        raise Invalid.at("/reason", "Say why, for those who look at it later.")
    if not access.may(reviewer, Verb.REVIEW, workflow.pk):
        raise Missing(f"{reviewer.get_username()} does not review {workflow.slug!r}.")
    now = now or datetime.now(UTC)
    found = state_of(reviewer, workflow.pk, policy_in_force(workflow.pk), now)
    if found.state == StandingState.ACTIVE:
        raise Conflict(f"{reviewer.get_username()} is not held back here.")
    row, _ = Standing.objects.update_or_create(
        workflow=workflow,
        reviewer=reviewer,
        defaults={
            "state": StandingState.ACTIVE,
            "since": now,
            "lifted_by": by,
            "reason": reason.strip(),
        },
    )
    log.info("standing lifted workflow=%s reviewer=%s by=%s", workflow.pk, reviewer.pk, by.pk)
    return row
