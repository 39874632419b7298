"""A held case: kept, drafted on, passed on, given back, and lost when its lease is over."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from hitl.domain.cases import ReferralState
from hitl.domain.policy import Policy
from hitl.domain.roles import Verb
from hitl.models import Referral
from hitl.services.access import workflows_for
from hitl.services.refitting import JUDGED_BY_ALL, settle_answered
from hitl.services.revisions import policy_in_force, revision
from models_registry.domain.errors import Forbidden, Missing, Stale
from reviews.domain.claims import ClaimState
from reviews.models import Claim
from reviews.services.taking import refuse_paused

AT_ONCE = 1000  # leases ended in one run; the next run is seconds away
HAPPENED = {
    ClaimState.HELD: "This token is not your newest: you took the case again elsewhere.",
    ClaimState.DONE: "You have already answered this case.",
    ClaimState.SKIPPED: "You skipped this case.",
    ClaimState.EXPIRED: "Your time on this case ran out.",
    ClaimState.RELEASED: "You gave this case back.",
}


def skip(user: User, referral_id: UUID, token: int, reason: str) -> None:
    """Not for me: passes the case on to somebody else; this person does not meet it again."""
    with transaction.atomic():
        mine = lock(user, referral_id, token)
        give_back(mine, ClaimState.SKIPPED, skip_reason=reason)


def release(user: User, referral_id: UUID, token: int) -> None:
    """Gives the case back; anybody, this person too, may take it."""
    with transaction.atomic():
        give_back(lock(user, referral_id, token), ClaimState.RELEASED)


def renew(user: User, referral_id: UUID, token: int) -> datetime:
    """Starts the lease anew, also of what is reserved ahead; until when it now runs."""
    with transaction.atomic():
        mine = lock(user, referral_id, token)
        refuse_paused(user, mine.case.workflow_id, policy_of(mine))
        lease = timedelta(minutes=policy_of(mine).lease_minutes)
        ahead = Claim.objects.filter(
            reviewer=user,
            state=ClaimState.HELD,
            shown_at__isnull=True,
            case__workflow_id=mine.case.workflow_id,
        )
        Claim.objects.filter(pk__in=[mine.pk, *ahead.values_list("pk", flat=True)]).update(
            expires=Now() + lease
        )
    mine.refresh_from_db(fields=["expires"])
    return mine.expires


def save_draft(
    user: User, referral_id: UUID, token: int, draft: object, now: datetime | None = None
) -> datetime:
    """Keeps what the person has chosen and written so far; when it was kept. Any JSON value:
    it is shown to nobody else, and judged only when it is submitted."""
    at = now or datetime.now(UTC)
    allowed = workflows_for(user, Verb.REVIEW).filter(pk=OuterRef("case__workflow_id"))
    mine = Claim.objects.filter(
        Exists(allowed), referral_id=referral_id, reviewer=user, token=token, state=ClaimState.HELD
    )
    if not mine.update(draft=draft, draft_at=at):
        keep_draft(user, referral_id, token, draft, at)
        with transaction.atomic():
            lock(user, referral_id, token)  # says what happened
    return at


def keep_draft(user: User, referral_id: UUID, token: int, draft: object, at: datetime) -> None:
    """Keeps what came too late with the person's place, so that it is there when they take the
    case again. What they have answered, or hold anew by another token, is not touched."""
    lost = Claim.objects.filter(referral_id=referral_id, reviewer=user, token=token)
    lost.exclude(state=ClaimState.DONE).update(draft=draft, draft_at=at)


def lock(user: User, referral_id: UUID, token: int) -> Claim:
    """This person's claim with its case and referral, locked in the order case, referral, claim.

    Needs a transaction. Missing without a claim, Forbidden for who may not review here any more,
    Stale if the token is not the newest, the claim is not held, or the case went on without it.
    """
    try:
        mine = locked(user, referral_id=referral_id)
    except Missing:
        if Claim.objects.filter(reviewer=user, case__referrals=referral_id).exists():
            raise _went_on() from None  # the person has met it anew, under another referral
        raise
    went_on = mine.referral.state != ReferralState.OPEN
    if mine.token != token or (mine.state != ClaimState.HELD and not went_on):
        raise stale(mine)
    if mine.state in (ClaimState.DONE, ClaimState.SKIPPED):
        raise stale(mine)
    if went_on:
        raise _went_on()
    return mine


def _went_on() -> Stale:
    said = "This case went on without you: it was decided or passed to an adjudicator."
    return Stale(said, state="closed", held_by=None, held_until=None)


def locked(user: User, **which: Any) -> Claim:
    """The person's claim in whatever state, locked, with the number of the revision in force as
    `in_force`."""
    allowed = workflows_for(user, Verb.REVIEW).filter(pk=OuterRef("case__workflow_id"))
    claims = Claim.objects.filter(reviewer=user, **which)
    claims = claims.select_related("case", "referral").annotate(
        allowed=Exists(allowed), in_force=F("case__workflow__revision_no")
    )
    if connection.vendor == "postgresql":
        # "No key": a claim being written may still point at the case, or the two would deadlock.
        claims = claims.select_for_update(of=("case", "referral", "self"), no_key=True)
    mine = claims.first()
    if mine is None:
        raise Missing("You do not hold this case.")
    if not mine.allowed:
        raise Forbidden("You may not review this workflow any more.")
    return mine


def policy_of(mine: Claim) -> Policy:
    """The policy in force for a claim that `locked` gave."""
    in_force: int = mine.in_force  # type: ignore[attr-defined]  # annotated
    return revision(mine.case.workflow_id, in_force).policy


def stale(mine: Claim) -> Stale:
    """What happened to the place, for the person whose token is too old, and who holds the case
    if there is no place for them. A place that their own page took again, looking ahead, is one
    that they have lost and may take."""
    looked_ahead = mine.state == ClaimState.HELD and mine.shown_at is None
    state = ClaimState.EXPIRED if looked_ahead else ClaimState(mine.state)
    happened, holder = HAPPENED[state], mine if state == ClaimState.HELD else None
    is_open = mine.referral.state == ReferralState.OPEN and not mine.referral.free
    if holder is None and is_open and not looked_ahead:
        others = Claim.objects.filter(referral=mine.referral_id, state=ClaimState.HELD)
        holder = others.select_related("reviewer").order_by("expires").first()
    if holder is None:
        return Stale(happened, state=state, held_by=None, held_until=None)
    name = "you" if holder.reviewer_id == mine.reviewer_id else holder.reviewer.get_username()
    return Stale(
        f"{happened} It is held by {name} until {holder.expires:%H:%M:%S} UTC.",
        state=state,
        held_by=name,
        held_until=holder.expires,
    )


def give_back(
    mine: Claim, state: ClaimState, *, skip_reason: str = "", policy: Policy | None = None
) -> None:
    """Ends a held claim without an answer and frees its place. Needs the referral's lock. A place
    that the policy no longer asks for goes with it; if all others have answered, that settles."""
    ended = Claim.objects.filter(pk=mine.pk, token=mine.token, state=ClaimState.HELD).update(
        state=state, skip_reason=skip_reason
    )
    waiting = Referral.objects.filter(pk=mine.referral_id, state=ReferralState.OPEN)
    referral = waiting.first() if ended else None
    if referral is None:
        return
    policy = policy or policy_of(mine)
    counts = referral.kind in JUDGED_BY_ALL and not referral.contested
    if not counts or referral.needed <= policy.reviews_required:
        waiting.update(free=F("free") + 1)
        return
    waiting.update(needed=F("needed") - 1)
    settle_answered(waiting, policy)


def expire_due() -> int:
    """Ends the claims whose lease is over by the database's clock, or whose case went on without
    them, and frees their places; how many."""
    gone = Q(expires__lt=Now()) | Q(referral__state=ReferralState.CLOSED)
    over = Claim.objects.filter(gone, state=ClaimState.HELD)
    freed = 0
    for claim_id, referral_id in list(over.values_list("pk", "referral_id")[:AT_ONCE]):
        with transaction.atomic():
            Referral.objects.select_for_update(no_key=True).get(pk=referral_id)
            # Again: it may have been answered or renewed.
            mine = over.filter(pk=claim_id).select_related("case").first()
            if mine:
                give_back(mine, ClaimState.EXPIRED, policy=policy_in_force(mine.case.workflow_id))
                freed += 1
    return freed
