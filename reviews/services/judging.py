"""Judging: a submitted review, its withdrawal, and what follows when all have spoken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from hitl.domain.cases import Kind, ReferralState, Status
from hitl.domain.draws import is_drawn
from hitl.domain.policy import Policy
from hitl.domain.routing import level_in_force
from hitl.models import Case, Decision, Feedback, Prediction, Referral
from hitl.services import deadlines, deciding, refitting
from hitl.services.revisions import InForce, policy_in_force, revision
from models_registry.domain.errors import Stale
from reviews.domain.claims import ClaimState, SkipKind
from reviews.domain.consensus import Rule, Said, Verdict, consensus
from reviews.models import Claim, Review, Withdrawal
from reviews.models.claiming import place
from reviews.services import claims, desk, golds
from reviews.services.desk import live_reviews
from reviews.services.taking import Paused, refuse_paused

AT_ONCE = 500  # referrals settled in one run; the next run is a second away
LOOKS_OVER = (Kind.AUDIT, Kind.SECOND_LOOK)
"""Referrals that measure: who cannot decide is the missing answer of the sample, no dispute."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A stored judgement, which may be withdrawn for so many seconds. What it leads to is told to
    nobody: it would tell audits, known answers and other people's answers apart."""

    review_id: UUID
    undo_seconds: int


@dataclass(frozen=True, slots=True)
class Suggested:
    """A first answer is kept for good; this is what the model says. The final answer is still to
    be submitted, by a token of its own: the first answer sent again must not become the final one.
    """

    token: int
    value: object
    confidence: float | None
    confidences: Mapping[str, float] | None = None


def submit(
    user: User,
    referral_id: UUID,
    token: int,
    said: Said,
    *,
    comment: str = "",
    guidelines_no: int = 0,
    now: datetime | None = None,
) -> Submitted | Suggested:
    """Stores this person's judgement. If it was the last one needed the case is decided when it
    can no longer be withdrawn: now, or after the time to undo. One that comes too late, or from
    somebody who is paused, is kept as the person's draft. Where answers are given in two stages
    the first one is kept, and answered with the suggestion."""
    now = now or datetime.now(UTC)
    try:
        with transaction.atomic():
            mine = claims.lock(user, referral_id, token)
            refuse_paused(user, mine.case.workflow_id, claims.policy_of(mine))
            return _submit(mine, said, comment, guidelines_no, now)
    except (Stale, Paused) as refused:
        suggested = _suggested_before(user, referral_id, token)
        if suggested is not None and isinstance(refused, Stale):
            return suggested
        draft = {"verdict": said.verdict, "value": said.value, "comment": comment}
        claims.keep_draft(user, referral_id, token, draft, now)
        raise


def _submit(
    mine: Claim, said: Said, comment: str, guidelines_no: int, now: datetime
) -> Submitted | Suggested:
    case, referral = mine.case, mine.referral
    rules, policy = revision(case.workflow_id, case.revision_no), claims.policy_of(mine)
    if said.verdict == Verdict.ANSWER:
        said = Said(said.verdict, rules.normalise(said.value, "/value"))
        suggested = _first_stage(mine, rules, policy)
        if suggested is not None:
            first = {"first_value": said.value, "first_at": now, "first_token": mine.token}
            held = Claim.objects.filter(pk=mine.pk)
            held.update(token=suggested.token, draft=None, draft_at=None, **first)
            return suggested
    said = replace(said, first=mine.first_value)
    undo = timedelta(seconds=policy.undo_seconds)
    Claim.objects.filter(pk=mine.pk).update(state=ClaimState.DONE, draft=None, draft_at=None)
    review = Review.objects.create(
        claim=mine,
        token=mine.token,
        verdict=said.verdict,
        value=said.value,
        first_value=said.first,
        comment=comment,
        blind=_is_blind(mine),
        guidelines_no=guidelines_no,
        seconds=max(0.0, (now - (mine.shown_at or now)).total_seconds()),
        at=now,
        undo_until=Now() + undo if undo else None,
    )
    if referral.kind == Kind.GOLD:
        Referral.objects.filter(pk=referral.pk).update(free=F("free") + 1)
        golds.record(
            review,
            case_id=case.pk,
            workflow_id=case.workflow_id,
            reviewer_id=mine.reviewer_id,
            said=said.unaided,
            agrees=rules.agrees,
            at=now,
        )
    else:
        _advance(case, referral, rules, policy, said, now)
    return Submitted(review.pk, policy.undo_seconds)


def _is_blind(mine: Claim) -> bool:
    """Whether the screen shows no suggestion."""
    if mine.referral.kind == Kind.GOLD:
        found = place(mine.reviewer_id, mine.pk)
        return found is None or desk.hides(found)
    if mine.first_at is not None:
        return False
    return mine.case.blind or mine.referral.kind != Kind.DECIDE or _came_contested(mine)


def _came_contested(mine: Claim) -> bool:
    """Whether somebody had objected before this person saw the case."""
    if not mine.referral.contested or mine.shown_at is None:
        return False
    said = Feedback.objects.filter(case=mine.case_id, kind="contest", at__lte=mine.shown_at)
    return said.exists()


def _first_stage(mine: Claim, rules: InForce, policy: Policy) -> Suggested | None:
    """What the model says, for a person of the blind share who has now answered without it; None
    where answers are given in one stage, where they have seen it already, or it said nothing."""
    asked = policy.two_stage and mine.first_at is None and not mine.referral.contested
    if not asked or not _is_of_the_share(mine, rules):
        return None
    return _suggested(mine.case_id, mine.token + 1)


def _suggested(case_id: UUID, token: int) -> Suggested | None:
    live = Prediction.objects.filter(case=case_id, role="live", error="")
    found = live.values_list("value", "confidence", "confidences").first()
    return Suggested(token, *found) if found else None


def _suggested_before(user: User, referral_id: UUID, token: int) -> Suggested | None:
    """What this very first answer was answered with; None if the token is not that of one."""
    mine = Claim.objects.filter(reviewer=user, referral=referral_id, state=ClaimState.HELD)
    claim = mine.filter(first_token=token).first()
    return _suggested(claim.case_id, claim.token) if claim else None


def _is_of_the_share(mine: Claim, rules: InForce) -> bool:
    """Whether the case belongs to the blind share, or is a known answer that looks as if it did."""
    if mine.referral.kind == Kind.GOLD:
        found = place(mine.reviewer_id, mine.pk)
        return found is not None and desk.is_like_the_share(found)
    blind = mine.referral.kind == Kind.DECIDE and mine.case.blind
    return blind and level_in_force(rules.rules).shows_suggestion


def _advance(
    case: Case, referral: Referral, rules: InForce, policy: Policy, said: Said, now: datetime
) -> None:
    """What one more review makes of a referral whose lock is held."""
    mine = Referral.objects.filter(pk=referral.pk)
    referral.done += 1
    if referral.done >= referral.needed and policy.undo_seconds:
        over = Now() + timedelta(seconds=policy.undo_seconds)
        mine.update(done=referral.done, state=ReferralState.SETTLING, settles_at=over)
        return
    if referral.done < referral.needed:
        mine.update(done=referral.done)
    else:
        together = [said] if referral.needed == 1 else _said(referral)
        _resolve(case, referral, rules, policy, together, now)


def skip(
    user: User,
    referral_id: UUID,
    token: int,
    kind: SkipKind,
    reason: str,
    *,
    guidelines_no: int = 0,
    now: datetime | None = None,
) -> Submitted | None:
    """Not for me: another person gets the case, None. Cannot decide and bad input are what this
    person says about it: a judgement like any other, which may be withdrawn."""
    if kind == SkipKind.NOT_FOR_ME:
        claims.skip(user, referral_id, token, reason)
        return None
    done = submit(
        user,
        referral_id,
        token,
        Said(Verdict(kind)),
        comment=reason,
        guidelines_no=guidelines_no,
        now=now,
    )
    return cast(Submitted, done)  # only an answer has two stages


def withdraw(user: User, review_id: UUID) -> UUID:
    """Takes a judgement back while its time to undo runs, by the database's clock; the person
    holds the case again, their answer as the draft. The referral's id; Stale if it is too late."""
    with transaction.atomic():
        mine = claims.locked(user, reviews=review_id)
        review = live_reviews(pk=review_id, undo_until__gt=Now()).first()
        done = Withdrawal.objects.filter(pk=review_id) if review is None else None
        if done and mine.state == ClaimState.HELD:
            return mine.referral_id  # asked again: the first answer was lost on its way
        if review is None or mine.referral.state == ReferralState.CLOSED:
            raise Stale("It is too late to undo this; the answer stands.", state="closed")
        Withdrawal.objects.create(review=review)
        draft = {"verdict": review.verdict, "value": review.value, "comment": review.comment}
        lease = timedelta(minutes=claims.policy_of(mine).lease_minutes)
        Claim.objects.filter(pk=mine.pk).update(
            state=ClaimState.HELD,
            token=F("token") + 1,
            expires=Now() + lease,
            shown_at=Now(),
            draft=draft,
            draft_at=review.at,
        )
        taken_back = Referral.objects.filter(pk=mine.referral_id)
        if mine.referral.kind == Kind.GOLD:
            taken_back.update(free=F("free") - 1)
        else:
            taken_back.update(done=F("done") - 1, state=ReferralState.OPEN, settles_at=None)
            refitting.fit(taken_back, claims.policy_of(mine))
        return mine.referral_id


def settle(now: datetime | None = None) -> int:
    """Resolves the referrals whose time to undo is over, by the database's clock; how many."""
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
            policy = policy_in_force(case.workflow_id)
            _resolve(case, referral, rules, policy, _said(referral), now)
            settled += 1
    return settled


def _said(referral: Referral) -> list[Said]:
    """What people said about this referral, in order of time."""
    given = live_reviews(claim__referral=referral, claim__state=ClaimState.DONE)
    rows = given.order_by("at", "pk").values_list("verdict", "value", "first_value")
    return [Said(Verdict(verdict), value, first) for verdict, value, first in rows]


def _resolve(
    case: Case,
    referral: Referral,
    rules: InForce,
    policy: Policy,
    said: Sequence[Said],
    now: datetime,
) -> None:
    """All have spoken: what becomes of the case. Needs its lock and the referral's."""
    unsure = any(one.verdict == Verdict.CANNOT_DECIDE for one in said)
    if referral.kind == Kind.ADJUDICATE:
        said = said[-1:]
        if said[0].verdict == Verdict.CANNOT_DECIDE:
            _ask_another(referral)
            return
    # Who was asked because somebody objects is not outvoted by who was asked before.
    rule: Rule = "unanimous" if referral.contested else policy.consensus
    agreed = consensus(said, len(said), rules.agrees, rule)
    if agreed.said is not None:
        blind = _unaided(case, referral, rules, rule, said)
        _close(case, referral, rules, policy, agreed.said, blind, now)
    elif unsure and referral.kind in LOOKS_OVER and not referral.contested:
        deciding.close_unanswered(referral, now=now)
    else:
        deadlines.adjudicate(case, referral, policy, now)


def _unaided(
    case: Case, referral: Referral, rules: InForce, rule: Rule, said: Sequence[Said]
) -> Said | None:
    """What people say together without having seen what the model says; None if they had."""
    if referral.kind in (Kind.DECIDE, Kind.ADJUDICATE) and not case.blind:
        return None
    if referral.kind == Kind.ADJUDICATE:
        seen = live_reviews(claim__case=case, first_value__isnull=False)
        if seen.exists():  # whose answers the adjudicator has read
            return None
    unaided = [one.unaided for one in said]
    return consensus(unaided, len(said), rules.agrees, rule).said


def _ask_another(referral: Referral) -> None:
    """An adjudicator who cannot tell either: the next one is asked."""
    Referral.objects.filter(pk=referral.pk).update(
        state=ReferralState.OPEN, needed=1, done=0, free=1, settles_at=None
    )


def _close(
    case: Case,
    referral: Referral,
    rules: InForce,
    policy: Policy,
    said: Said,
    blind: Said | None,
    now: datetime,
) -> None:
    """Closes the referral with what people say together, and has it looked at once more where
    that is due. `blind` is what they say without the model."""
    if referral.kind == Kind.SECOND_LOOK and not _confirms(case, rules, said):
        deadlines.adjudicate(case, referral, policy, now)
        return
    settled = deciding.Settled(
        case_id=case.pk,
        referral_id=referral.pk,
        status=Status(case.status),
        seq=case.seq,
        value=said.value,
        unusable=said.verdict == Verdict.BAD_INPUT,
        blind_value=blind.value if blind else None,
        same_as_current=_is_current(case, rules, said),
        supersedes=policy.audit_supersedes or not _looks_over(referral),
    )
    deciding.close(settled, done=referral.done, now=now)
    if blind and referral.kind in (Kind.DECIDE, Kind.AUDIT):
        _look_twice(case, rules, policy, blind, now)


def _looks_over(referral: Referral) -> bool:
    """Whether nobody but the sample asked: an audit or a second look, or what settles one."""
    kind = referral.kind
    if kind == Kind.ADJUDICATE:
        settles = Referral.objects.filter(case=referral.case_id).exclude(kind=Kind.ADJUDICATE)
        kind = settles.order_by("-opened", "-pk").values_list("kind", flat=True)[0]
    return kind in LOOKS_OVER and not referral.contested


def _is_current(case: Case, rules: InForce, said: Said) -> bool:
    """Whether the case's current decision says the same; False, without asking, if it has none."""
    if not case.seq:
        return False
    current = Decision.objects.filter(case=case, n=case.seq).values_list("value", "unusable").get()
    return _same(rules, said, *current)


def _same(rules: InForce, said: Said, value: Any, unusable: Any) -> bool:
    if said.verdict == Verdict.BAD_INPUT or unusable:
        return said.verdict == Verdict.BAD_INPUT and bool(unusable)
    return rules.agrees(value, said.value)


def _confirms(case: Case, rules: InForce, said: Said) -> bool:
    """Whether a second look says what was said at the first."""
    first = Referral.objects.filter(case=case, kind__in=(Kind.DECIDE, Kind.AUDIT))
    answer = first.order_by("-closed").values_list("answer", "unusable").first()
    return answer is not None and _same(rules, said, *answer)


def _look_twice(case: Case, rules: InForce, policy: Policy, said: Said, now: datetime) -> None:
    """A blind answer that differs from the model's is judged once more before it counts; so are
    some that are the same, to see what people miss."""
    if not policy.looks_twice and not policy.agreement_share:
        return
    live = Prediction.objects.filter(case=case, role="live", error="")
    predicted = live.values_list("value", flat=True).first()
    if predicted is None:
        return
    key, share = rules.rules.key, policy.agreement_share
    same = _same(rules, said, predicted, None)
    if is_drawn(key, "agreement", case.pk, share) if same else policy.looks_twice:
        _ask_again(case, policy, now)


def _ask_again(case: Case, policy: Policy, now: datetime) -> None:
    due = now + timedelta(hours=policy.audit_due_hours)
    deciding.refer(case, Kind.SECOND_LOOK, pool=deciding.pool_of(case), due=due, now=now)
