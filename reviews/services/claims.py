"""Taking a case, giving it back, and what a person is told meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Count, Exists, F, Min, OuterRef
from django.db.models.functions import Now

from hitl.domain.cases import ReferralState
from hitl.domain.roles import Verb
from hitl.models import Referral, Workflow
from hitl.services.access import workflows_for
from hitl.services.revisions import revision
from models_registry.domain.errors import Forbidden, Missing, Stale
from reviews.domain.claims import MAY_CLAIM_AGAIN, ClaimState
from reviews.domain.queueing import QueueState
from reviews.models import Claim
from reviews.models.claiming import Place, Pool, place, take

AT_ONCE = 1000  # leases ended in one run; the next run is seconds away


@dataclass(frozen=True, slots=True)
class OnDesk:
    """A case on somebody's desk: all that the page and the API show of it. `suggestion` and
    `confidence` are None where the reviewer is to judge blind."""

    referral_id: UUID
    claim_id: UUID
    token: int
    expires: datetime
    workflow_id: UUID
    input: object
    input_schema: Mapping[str, Any]
    form: Mapping[str, Any]
    template: str
    suggestion: object | None
    confidence: float | None


def pools_of(user: User, slug: str = "") -> list[Pool]:
    """Where this person may take cases from: every workflow has a pool of its own id."""
    workflows = workflows_for(user, Verb.REVIEW)
    if slug:
        workflows = workflows.filter(slug=slug)
    return [
        Pool(pk, timedelta(minutes=revision(pk, no).rules.policy.lease_minutes))
        for pk, no in workflows.values_list("pk", "revision_no")
    ]


def claim(user: User, pools: Sequence[Pool]) -> OnDesk | None:
    """The next case of these pools, reserved for this person; None if there is none."""
    taken = take(user.pk, pools)
    return taken and _on_desk(taken)


def on_desk(user: User, pools: Sequence[Pool]) -> OnDesk | None:
    """The case this person holds already, so that a reload shows it again; None if none."""
    ids = [pool.id for pool in pools]
    held = Claim.objects.filter(
        reviewer=user, state=ClaimState.HELD, expires__gt=Now(), case__workflow_id__in=ids
    )
    newest = held.order_by("-shown_at", "-pk").values_list("pk", flat=True).first()
    found = newest and place(user.pk, newest)
    return _on_desk(found) if found else None


def claim_again(user: User, referral_id: UUID) -> OnDesk | None:
    """The very case that this person had, with a fresh lease: theirs still, or taken anew if it
    expired or was given back and a place on it is free; None if it is not to be had."""
    with transaction.atomic():
        mine = _locked(user, referral_id)
        if mine.state in MAY_CLAIM_AGAIN:
            waits = Referral.objects.filter(pk=mine.referral_id, state=ReferralState.OPEN)
            if not waits.filter(free__gt=0).update(free=F("free") - 1):
                return None
            Claim.objects.filter(pk=mine.pk).update(
                state=ClaimState.HELD, token=F("token") + 1, shown_at=Now()
            )
        elif mine.state != ClaimState.HELD:
            return None
        Claim.objects.filter(pk=mine.pk).update(expires=Now() + _lease(mine))
        found = place(user.pk, mine.pk)
    return found and _on_desk(found)


def desk_for(user: User, pools: Sequence[Pool]) -> OnDesk | None:
    """The case this person holds already, else the next one: a single one, however many windows
    ask at once (they take turns at the person's row)."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        return on_desk(user, pools) or claim(user, pools)


def queue_state(user: User, pools: Sequence[Pool]) -> QueueState:
    """Why there is nothing for this person: empty, or held by others until when."""
    others = Claim.objects.filter(
        state=ClaimState.HELD, referral__pool__in=[pool.id for pool in pools]
    ).exclude(reviewer=user)
    found = others.aggregate(held=Count("pk"), next_free=Min("expires"))
    return QueueState(**found)


def skip(user: User, referral_id: UUID, token: int, reason: str) -> None:
    """Passes the case on to somebody else; this person does not meet it again."""
    with transaction.atomic():
        mine = lock(user, referral_id, token)
        give_back(mine, ClaimState.SKIPPED, skip_reason=reason)


def release(user: User, referral_id: UUID, token: int) -> None:
    """Gives the case back; anybody, this person too, may take it."""
    with transaction.atomic():
        give_back(lock(user, referral_id, token), ClaimState.RELEASED)


def renew(user: User, referral_id: UUID, token: int) -> datetime:
    """Starts the lease anew; until when it now runs."""
    with transaction.atomic():
        mine = lock(user, referral_id, token)
        Claim.objects.filter(pk=mine.pk).update(expires=Now() + _lease(mine))
    mine.refresh_from_db(fields=["expires"])
    return mine.expires


def lock(user: User, referral_id: UUID, token: int) -> Claim:
    """This person's claim with its case and referral, locked in the order case, referral, claim.

    Needs a transaction. Missing without a claim, Forbidden for who may not review here any more,
    Stale if the token is not the newest or the claim is not held.
    """
    mine = _locked(user, referral_id)
    if mine.state != ClaimState.HELD or mine.token != token:
        raise _stale(mine)
    return mine


def _locked(user: User, referral_id: UUID) -> Claim:
    """The person's claim in whatever state, locked."""
    allowed = workflows_for(user, Verb.REVIEW).filter(pk=OuterRef("case__workflow_id"))
    claims = Claim.objects.filter(referral_id=referral_id, reviewer=user)
    claims = claims.select_related("case", "referral").annotate(allowed=Exists(allowed))
    if connection.vendor == "postgresql":
        # "No key": a claim being written may still point at the case, or the two would deadlock.
        claims = claims.select_for_update(of=("case", "referral", "self"), no_key=True)
    mine = claims.first()
    if mine is None:
        raise Missing("You do not hold this case.")
    if not mine.allowed:
        raise Forbidden("You may not review this workflow any more.")
    return mine


def _lease(mine: Claim) -> timedelta:
    """For how long a place is reserved by the policy in force, as for a case just claimed."""
    in_force = Workflow.objects.values_list("revision_no", flat=True).get(pk=mine.case.workflow_id)
    policy = revision(mine.case.workflow_id, in_force).rules.policy
    return timedelta(minutes=policy.lease_minutes)


def _stale(mine: Claim) -> Stale:
    """What happened to the place, for the person whose token is too old."""
    happened = {
        ClaimState.HELD: "This token is not your newest: you took the case again elsewhere.",
        ClaimState.DONE: "You have already answered this case.",
        ClaimState.SKIPPED: "You skipped this case.",
        ClaimState.EXPIRED: "Your time on this case ran out.",
        ClaimState.RELEASED: "You gave this case back.",
    }[ClaimState(mine.state)]
    holder = (
        Claim.objects.filter(referral=mine.referral_id, state=ClaimState.HELD)
        .select_related("reviewer")
        .first()
    )
    if holder is None:
        return Stale(happened, state=mine.state, held_by=None, held_until=None)
    name = "you" if holder.reviewer_id == mine.reviewer_id else holder.reviewer.get_username()
    return Stale(
        f"{happened} It is held by {name} until {holder.expires:%H:%M:%S} UTC.",
        state=mine.state,
        held_by=name,
        held_until=holder.expires,
    )


def give_back(mine: Claim, state: ClaimState, *, skip_reason: str = "") -> None:
    """Ends a held claim without an answer and frees its place. Needs the referral's lock."""
    ended = Claim.objects.filter(pk=mine.pk, token=mine.token, state=ClaimState.HELD).update(
        state=state, skip_reason=skip_reason
    )
    Referral.objects.filter(pk=mine.referral_id).update(free=F("free") + ended)


def expire_due() -> int:
    """Frees the places whose lease is over by the database's clock; how many."""
    over = Claim.objects.filter(state=ClaimState.HELD, expires__lt=Now())
    freed = 0
    for claim_id, referral_id in list(over.values_list("pk", "referral_id")[:AT_ONCE]):
        with transaction.atomic():
            Referral.objects.select_for_update(no_key=True).get(pk=referral_id)
            mine = over.filter(pk=claim_id).first()  # again: it may have been answered or renewed
            if mine:
                give_back(mine, ClaimState.EXPIRED)
                freed += 1
    return freed


def _on_desk(place: Place) -> OnDesk:
    rules = revision(place.workflow_id, place.revision_no)
    return OnDesk(
        referral_id=place.referral_id,
        claim_id=place.claim_id,
        token=place.token,
        expires=place.expires,
        workflow_id=place.workflow_id,
        input=place.input,
        input_schema=rules.input_schema,
        form=rules.task_type.form(rules.answer),
        template=rules.task_type.template,
        suggestion=place.suggestion,
        confidence=place.confidence,
    )
