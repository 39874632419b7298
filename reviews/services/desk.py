"""The desk: which case a person gets next, and all that is shown of it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, F, Min, QuerySet
from django.db.models.functions import Coalesce, Now

from hitl.domain.cases import Kind, ReferralState
from hitl.domain.routing import Route, Signal, level_in_force, route
from hitl.models import Feedback, Referral, Sight
from hitl.services.monitoring import MOST_SHOWN
from hitl.services.revisions import in_force, revision
from models_registry.domain.errors import Conflict, Stale
from reviews.domain.claims import MAY_CLAIM_AGAIN, MOST_HELD, ClaimState
from reviews.domain.consensus import Said, Verdict
from reviews.domain.queueing import QueueState
from reviews.models import Claim, Review
from reviews.models.claiming import Place, place
from reviews.services import claims
from reviews.services.taking import Paused, Seat, open_seats, refuse_paused, seats_of, take_next

__all__ = [
    "OnDesk",
    "Opinion",
    "Paused",
    "Seat",
    "claim",
    "claim_again",
    "desk_for",
    "leave",
    "live_reviews",
    "look_ahead",
    "on_desk",
    "queue_state",
    "refuse_hoarding",
    "seats_of",
    "show",
]


BLIND_WHY = "People are asked about this case. It is shown without more, so that you judge freely."
WHY = {
    "level": "At this automation level people decide every case; the model assists.",
    "stopped": "The automation is stopped: people decide every case.",
    "nothing_certified": "Nothing is certified yet, so people decide every case.",
    "unusable_confidence": "The model gave no confidence that can be used.",
}


@dataclass(frozen=True, slots=True)
class Opinion:
    """What somebody said about a case, as an adjudicator reads it: without a name."""

    said: Said
    comment: str


@dataclass(frozen=True, slots=True)
class OnDesk:
    """A case on somebody's desk: all that the page and the API show of it. `suggestion` and
    `confidence` are None where the reviewer is to judge blind.

    confidences: of the suggestion's parts, where it has parts. first: what this person answered
    before the suggestion was shown; their final answer is asked for. why: why people are asked,
    where that tells nothing that they should not know. threshold: what the confidence was below,
    likewise. answer: the workflow's definition of one.

    draft, draft_at: what the person had kept.
    opinions: the answers that an adjudicator is to settle. statement: what somebody who objects
    to the decision says; None if nobody does.
    """

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
    confidences: Mapping[str, float] | None = None
    first: object | None = None
    why: str = ""
    threshold: float | None = None
    answer: Mapping[str, Any] = field(default_factory=dict)
    draft: Any = None
    draft_at: datetime | None = None
    opinions: Sequence[Opinion] = ()
    statement: str | None = None


def claim(user: User, seats: Sequence[Seat], *, seen: bool = True) -> OnDesk | None:
    """The next case of these seats, reserved for this person; None if there is none. One that is
    not `seen` is reserved ahead, for `desk_for` to put on the desk later.

    Paused if known answers say so and no other seat is left.
    """
    taken = take_next(user, seats, seen=seen)
    return taken and _on_desk(taken)


def on_desk(user: User, seats: Sequence[Seat]) -> OnDesk | None:
    """The case this person holds already, so that a reload shows it again, else the one that was
    reserved ahead, which is seen from now on; None if there is neither. Paused as in `claim`."""
    return _kept(user, open_seats(user, seats))


def _kept(user: User, seats: Sequence[Seat]) -> OnDesk | None:
    held = _held(user, seats).order_by(F("shown_at").desc(nulls_last=True), "pk")
    newest = held.values_list("pk", "shown_at").first()
    if newest is None:
        return None
    claim_id, shown_at = newest
    if shown_at is None:
        Claim.objects.filter(pk=claim_id).update(shown_at=Now())
    found = place(user.pk, claim_id)
    return found and _on_desk(found)


def _held(user: User, seats: Sequence[Seat]) -> QuerySet[Claim]:
    return Claim.objects.filter(
        reviewer=user,
        state=ClaimState.HELD,
        expires__gt=Now(),
        case__workflow_id__in=[seat.workflow_id for seat in seats],
        referral__state=ReferralState.OPEN,
    )


def desk_for(user: User, seats: Sequence[Seat]) -> OnDesk | None:
    """The case this person holds already, else the next one: a single one, however many windows
    ask at once (they take turns at the person's row). Paused as in `claim`."""
    seats = open_seats(user, seats)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        return _kept(user, seats) or claim(user, seats)


def look_ahead(user: User, seats: Sequence[Seat]) -> OnDesk | None:
    """Reserves the case after this one, at most one, without it counting as seen. Paused as in
    `claim`."""
    seats = open_seats(user, seats)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        ahead = _held(user, seats).filter(shown_at__isnull=True).values_list("pk", flat=True)
        known = ahead.first()
        if known is None:
            return claim(user, seats, seen=False)
        found = place(user.pk, known)
        return found and _on_desk(found)


def show(user: User, referral_id: UUID, token: int) -> None:
    """The person sees a case that was reserved ahead: their time on it begins."""
    with transaction.atomic():
        mine = claims.lock(user, referral_id, token)
        Claim.objects.filter(pk=mine.pk, shown_at__isnull=True).update(shown_at=Now())


def leave(user: User, seats: Sequence[Seat]) -> int:
    """Gives back what is reserved ahead and not seen; how many. For a page that is closed."""
    ahead = _held(user, seats).filter(shown_at__isnull=True)
    given_back = 0
    for referral_id, token in list(ahead.values_list("referral_id", "token")):
        with suppress(Stale):  # another window was faster
            claims.release(user, referral_id, token)
            given_back += 1
    return given_back


def claim_again(user: User, referral_id: UUID) -> OnDesk | None:
    """The very case that this person had, with a fresh lease: theirs still, or taken anew if it
    expired or was given back and a place on it is free; None if it is not to be had."""
    with transaction.atomic():
        mine = claims.locked(user, referral_id=referral_id)
        refuse_paused(user, mine.case.workflow_id, claims.policy_of(mine))
        waits_still = Referral.objects.filter(pk=mine.referral_id, state=ReferralState.OPEN)
        if mine.state in MAY_CLAIM_AGAIN:
            if Sight.objects.filter(case=mine.case_id, user=user).exists():
                return None  # they have opened it since
            saw = mine.shown_at is not None and not mine.case.blind
            if saw and mine.referral.contested:
                return None  # it is judged blind now
            if not waits_still.filter(free__gt=0).update(free=F("free") - 1):
                return None
            Claim.objects.filter(pk=mine.pk).update(
                state=ClaimState.HELD, token=F("token") + 1, shown_at=Now()
            )
        elif mine.state != ClaimState.HELD or mine.referral.state != ReferralState.OPEN:
            return None
        lease = timedelta(minutes=claims.policy_of(mine).lease_minutes)
        shown = Coalesce("shown_at", Now())
        Claim.objects.filter(pk=mine.pk).update(expires=Now() + lease, shown_at=shown)
        found = place(user.pk, mine.pk)
    return found and _on_desk(found)


def queue_state(user: User, seats: Sequence[Seat]) -> QueueState:
    """Why there is nothing for this person: empty, held by others until when, or met before."""
    pools = [pool for seat in seats for pool in seat.pools]
    held = Claim.objects.filter(state=ClaimState.HELD)
    others = held.filter(referral__pool__in=pools, referral__state=ReferralState.OPEN)
    found = others.exclude(reviewer=user).aggregate(held=Count("pk"), next_free=Min("expires"))
    free = Referral.objects.filter(pool__in=pools, state=ReferralState.OPEN, free__gt=0)
    return QueueState(
        **found,
        for_others=free.order_by()[:MOST_SHOWN].count(),
        mine=held.filter(reviewer=user, referral__state=ReferralState.OPEN).count(),
    )


def refuse_hoarding(state: QueueState) -> None:
    """Conflict for somebody who got nothing because they hold too much."""
    if state.mine >= MOST_HELD:
        raise Conflict(f"You hold {state.mine} cases; answer or give back one of them first.")


def _on_desk(place: Place) -> OnDesk:
    rules = revision(place.workflow_id, place.revision_no)
    hidden = hides(place)
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
        suggestion=None if hidden else place.suggestion,
        confidence=None if hidden else place.confidence,
        confidences=None if hidden else place.confidences,
        first=place.first,
        why=_why(place, hidden=hidden),
        threshold=_threshold(place, hidden=hidden),
        answer=rules.answer,
        draft=place.draft,
        draft_at=place.draft_at,
        opinions=_opinions(place) if place.kind == Kind.ADJUDICATE else (),
        statement=_statement(place) if place.contested else None,
    )


def _why(place: Place, *, hidden: bool) -> str:
    """Why people are asked, where a suggestion is shown; the same for all others."""
    if hidden or place.suggestion is None or place.first_at is not None:
        return BLIND_WHY
    if place.kind == Kind.GOLD:
        now = _routed(place)
        place = place._replace(reason=now.reason, threshold=now.threshold)
    if place.reason == "below_threshold" and place.threshold is not None:
        sure = f"{place.confidence:.3f}" if place.confidence is not None else "none"
        return f"The model's confidence, {sure}, is below the threshold, {place.threshold:.3f}."
    return WHY.get(place.reason, BLIND_WHY)


def _threshold(place: Place, *, hidden: bool) -> float | None:
    """The threshold that a shown suggestion was held against; None where none is shown."""
    if hidden or place.suggestion is None or place.first_at is not None:
        return None
    return _routed(place).threshold if place.kind == Kind.GOLD else place.threshold


def hides(place: Place) -> bool:
    """Whether this is a known answer that comes without the model's suggestion: as any other case
    about which the model says the same would today, or it could be told apart."""
    if place.kind != Kind.GOLD or place.first_at is not None:
        return False
    found = _routed(place)
    return found.action != "refer" or found.blind


def is_like_the_share(place: Place) -> bool:
    """Whether a known answer would belong to the blind share of a level that shows suggestions."""
    shows = level_in_force(in_force(place.workflow_id).rules).shows_suggestion
    found = _routed(place)
    return shows and found.action == "refer" and found.blind


def _routed(place: Place) -> Route:
    """How a known answer would be routed if a client sent it now."""
    now = in_force(place.workflow_id)
    has_value = place.suggestion is not None
    signal = Signal(str(now.champion), has_value=has_value, confidence=place.confidence)
    return route(now.rules, place.case_id, signal)


def _opinions(place: Place) -> list[Opinion]:
    """What people said about the case so far, in no order that tells who or when."""
    given = live_reviews(claim__case=place.case_id).exclude(claim=place.claim_id)
    rows = given.values_list("pk", "verdict", "value", "comment")
    shuffled = sorted(rows, key=lambda row: sha256(row[0].bytes).digest())
    return [
        Opinion(Said(Verdict(verdict), value), comment) for _, verdict, value, comment in shuffled
    ]


def _statement(place: Place) -> str:
    said = Feedback.objects.filter(case=place.case_id, kind="contest").order_by("-at")
    newest: Any = said.values_list("statement", flat=True).first()
    return str(newest or "")


def live_reviews(**which: Any) -> QuerySet[Review]:
    """Judgements that were not withdrawn."""
    return Review.objects.filter(withdrawal__isnull=True, **which)
