"""Judging: a submitted review, and what follows from it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from hitl.domain.cases import Kind, ReferralState, Status
from hitl.models import Case, Decision, Referral
from hitl.services import deciding
from hitl.services.revisions import InForce, revision
from reviews.domain.claims import ClaimState
from reviews.domain.consensus import consensus
from reviews.models import Claim, Review
from reviews.services.claims import lock

AT_ONCE = 500  # referrals settled in one run; the next run is a second away


@dataclass(frozen=True, slots=True)
class Submitted:
    """state: decided, settling (decides when the undo time is over) or more (others judge too)."""

    state: str


def submit(
    user: User,
    referral_id: UUID,
    token: int,
    value: object,
    *,
    comment: str = "",
    now: datetime | None = None,
) -> Submitted:
    """Stores this person's judgement and, where it was the last one needed, decides the case (or
    lets it settle first, where the policy gives time to undo)."""
    now = now or datetime.now(UTC)
    with transaction.atomic():
        mine = lock(user, referral_id, token)
        rules = revision(mine.case.workflow_id, mine.case.revision_no)
        value = rules.task_type.normalise(rules.answer, value, "/value")
        Claim.objects.filter(pk=mine.pk).update(state=ClaimState.DONE)
        Review.objects.create(
            claim=mine,
            token=token,
            value=value,
            comment=comment,
            seconds=max(0.0, (now - mine.shown_at).total_seconds()),
            at=now,
        )
        return Submitted(_advance(mine.case, mine.referral, rules, value, now))


def _advance(case: Case, referral: Referral, rules: InForce, value: object, now: datetime) -> str:
    """What one more review makes of a referral whose lock is held."""
    done = referral.done + 1
    answers = [value] if referral.needed == 1 else _answers(referral)
    agreed = consensus(answers, referral.needed, rules.task_type.agrees)
    if agreed.state != "settled":
        Referral.objects.filter(pk=referral.pk).update(done=done)
        return "more"
    undo = rules.rules.policy.undo_seconds
    if undo:
        Referral.objects.filter(pk=referral.pk).update(
            done=done, state=ReferralState.SETTLING, settles_at=Now() + timedelta(seconds=undo)
        )
        return "settling"
    _close(case, referral, rules, agreed.answer, done, now)
    return "decided"


def _close(
    case: Case, referral: Referral, rules: InForce, answer: object, done: int, now: datetime
) -> None:
    current = _current(case)
    deciding.close(
        deciding.Settled(
            referral_id=referral.pk,
            case_id=case.pk,
            status=Status(case.status),
            seq=case.seq,
            value=answer,
            blind=case.blind or referral.kind != Kind.DECIDE,
            same_as_current=current is not None and rules.task_type.agrees(current, answer),
        ),
        now=now,
        done=done,
    )


def _current(case: Case) -> Any:
    """The value of the case's current decision; None, without asking, if it has none."""
    if not case.seq:
        return None
    return Decision.objects.filter(case=case, n=case.seq).values_list("value", flat=True).get()


def _answers(referral: Referral) -> list[Any]:
    given = Review.objects.filter(
        claim__referral=referral, claim__state=ClaimState.DONE, token=F("claim__token")
    )
    return list(given.values_list("value", flat=True))


def settle(now: datetime | None = None) -> int:
    """Decides the referrals whose time to undo is over, by the database's clock; how many."""
    now = now or datetime.now(UTC)
    over = Referral.objects.filter(state=ReferralState.SETTLING, settles_at__lte=Now())
    settled = 0
    for referral_id, case_id in list(over.values_list("pk", "case_id")[:AT_ONCE]):
        with transaction.atomic():
            case = Case.objects.select_for_update(no_key=True).get(pk=case_id)
            locked = over.select_for_update(no_key=True)  # again: somebody may have been first
            referral = locked.filter(pk=referral_id).first()
            if referral is None:
                continue
            rules = revision(case.workflow_id, case.revision_no)
            agreed = consensus(_answers(referral), referral.needed, rules.task_type.agrees)
            if agreed.state == "settled":
                _close(case, referral, rules, agreed.answer, referral.done, now)
                settled += 1
    return settled
