"""Later decisions: what people settled becomes the case's answer. `decide_many` is their only
writer; the machine's first decision is written with the case itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F

from hitl.domain.cases import ReferralState, Source, Status, move, needs_decision
from hitl.models import Case, Decision, Referral
from models_registry.domain.errors import Conflict


@dataclass(frozen=True, slots=True)
class Settled:
    """A referral people have answered, as read under the case's lock.

    value: what they say. blind: without having seen the model's answer.
    same_as_current: their answer agrees with the case's current decision; False without one.
    """

    referral_id: UUID
    case_id: UUID
    status: Status
    seq: int
    value: object
    blind: bool
    same_as_current: bool


def close(settled: Settled, *, now: datetime, done: int) -> bool:
    """Closes the referral with its answer and decides the case where that changes anything.
    Needs a transaction that holds the case's lock. True if a decision was made."""
    closed = Referral.objects.filter(
        pk=settled.referral_id, state__in=[ReferralState.OPEN, ReferralState.SETTLING]
    ).update(
        state=ReferralState.CLOSED,
        done=done,
        free=0,
        settles_at=None,
        closed=now,
        answer=settled.value,
        blind_answer=settled.value if settled.blind else None,
    )
    if not closed:
        raise Conflict("This case was answered meanwhile.")
    if not needs_decision(settled.status, same_answer=settled.same_as_current):
        return False
    decide_many([settled], source=Source.HUMAN, now=now)
    return True


def decide_many(settled: Sequence[Settled], *, source: Source, now: datetime) -> None:
    """Appends decision n+1 to each case. Needs the cases' locks."""
    for one in settled:
        move(one.status, Status.DECIDED)
    cases = Case.objects.filter(pk__in=[one.case_id for one in settled])
    cases.update(status=Status.DECIDED, seq=F("seq") + 1)
    Decision.objects.bulk_create(
        Decision(
            case_id=one.case_id,
            n=one.seq + 1,
            source=source,
            value=one.value,
            referral_id=one.referral_id,
            at=now,
        )
        for one in settled
    )
