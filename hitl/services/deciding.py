"""Later decisions: what people settled becomes the case's answer. `decide_many` is their only
writer; the machine's first decision is written with the case itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F

from hitl.domain.cases import Kind, ReferralState, Source, Status, move, needs_decision
from hitl.models import BulkDecision, Case, Decision, Referral
from hitl.services import deliveries
from models_registry.domain.errors import Conflict


@dataclass(frozen=True, slots=True)
class Settled:
    """A case with its answer, as read under its lock.

    referral_id: the referral it comes from: people's answer, or a rule's where time ran out.
    value: what they say; None with `unusable`, when they say that nobody can judge the input.
    blind_value: what they said before they had seen the model's answer; None if they had.
    same_as_current: their answer agrees with the case's current decision; False without one.
    supersedes: whether it may replace a decision that differs.
    """

    case_id: UUID
    referral_id: UUID
    status: Status
    seq: int
    value: object
    unusable: bool = False
    blind_value: object = None
    same_as_current: bool = False
    supersedes: bool = True


def close(settled: Settled, *, done: int, now: datetime) -> bool:
    """Closes the referral with its answer and decides the case where that changes anything.
    Needs a transaction that holds the case's lock. True if a decision was made."""
    _close(
        settled.referral_id,
        now,
        done=done,
        answer=settled.value,
        unusable=settled.unusable,
        blind_answer=settled.blind_value,
    )
    if settled.seq and not settled.supersedes:
        return False
    if not needs_decision(settled.status, same_answer=settled.same_as_current):
        return False
    decide_many([settled], source=Source.HUMAN, now=now)
    return True


def close_unanswered(referral: Referral, *, now: datetime) -> None:
    """Closes a referral that brought no answer: people differ, cannot tell, or it was passed on."""
    _close(referral.pk, now, done=referral.done)


def _close(referral_id: UUID, now: datetime, **outcome: object) -> None:
    waiting = Referral.objects.filter(pk=referral_id).exclude(state=ReferralState.CLOSED)
    closed = waiting.update(
        state=ReferralState.CLOSED, free=0, settles_at=None, acts_at=None, closed=now, **outcome
    )
    if not closed:
        raise Conflict("This case was answered meanwhile.")


def refer(
    case: Case,
    kind: Kind,
    *,
    pool: UUID,
    due: datetime,
    now: datetime,
    acts_at: datetime | None = None,
    priority: int = 0,
    contested: bool = False,
) -> Referral:
    """Hands a case to one more person. Needs the case's lock and no referral that is open."""
    return Referral.objects.create(
        case=case,
        kind=kind,
        pool=pool,
        due=due,
        acts_at=acts_at,
        priority=priority,
        contested=contested,
        opened=now,
    )


def pool_of(case: Case) -> UUID:
    """Who is asked about the case again: the pool that was asked before, by the same skills; the
    workflow's own if nobody was."""
    before = Referral.objects.filter(case=case).exclude(kind=Kind.ADJUDICATE).order_by("-opened")
    pool: UUID | None = before.values_list("pool", flat=True).first()
    return pool or case.workflow_id


def decide_many(
    settled: Sequence[Settled], *, source: Source, now: datetime, bulk: BulkDecision | None = None
) -> None:
    """Appends decision n+1 to each case, and what its client is to hear. Needs the cases' locks."""
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
            unusable=one.unusable,
            referral_id=one.referral_id,
            bulk=bulk,
            at=now,
        )
        for one in settled
    )
    deliveries.owe([(one.case_id, one.seq + 1) for one in settled], now)
