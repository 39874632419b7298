"""Taking: from where a person gets the next case."""

import secrets
from collections.abc import Collection, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Exists, OuterRef
from redis.exceptions import RedisError

from hitl.domain.cases import ReferralState
from hitl.domain.policy import Policy
from hitl.domain.pools import gold_pool, open_to
from hitl.models import Referral
from hitl.services import access
from hitl.services.revisions import InForce, revision
from models_registry.domain.errors import Forbidden
from reviews.domain.claims import MAY_CLAIM_AGAIN
from reviews.domain.standing import StandingState, uses_golds
from reviews.models import Claim
from reviews.models.claiming import EVER, Place, Pool, take, waits
from reviews.services import standing

FRONT_SECONDS = 5
LOT = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class Seat:
    """A workflow as one reviewer works on it: its rules in force and the pools they serve."""

    workflow_id: UUID
    rules: InForce
    pools: Sequence[UUID]

    @property
    def policy(self) -> Policy:
        return self.rules.policy

    @property
    def lease(self) -> timedelta:
        return timedelta(minutes=self.policy.lease_minutes)


class Paused(Forbidden):
    """The person may not judge here until an operator lifts the pause."""

    code = "paused"


def seats_of(user: User, slug: str = "") -> list[Seat]:
    """Where this person may take cases from: the pools that their skills open."""
    seats = []
    for workflow_id, no, skills in access.reviewing(user, slug):
        rules = revision(workflow_id, no)
        pools = tuple(open_to(rules.policy, workflow_id, skills))
        seats.append(Seat(workflow_id, rules, pools))
    return seats


@dataclass(slots=True)
class _Sources:
    """Where to take from. golds: where known answers wait for this person among the other cases;
    drawn: those that the lot says to take from now."""

    pools: list[Pool] = field(default_factory=list)
    golds: list[Pool] = field(default_factory=list)
    drawn: list[Pool] = field(default_factory=list)


def refuse_paused(user: User, workflow_id: UUID, policy: Policy) -> None:
    """Paused for somebody whom known answers hold back here."""
    if uses_golds(policy):
        stands = standing.state_of(user, workflow_id, policy)
        if stands.state == StandingState.PAUSED:
            raise Paused(stands.reason)


def open_seats(user: User, seats: Sequence[Seat]) -> list[Seat]:
    """Those of these seats at which the person may judge; Paused if all are closed to them."""
    found, paused = [], None
    for seat in seats:
        try:
            refuse_paused(user, seat.workflow_id, seat.policy)
        except Paused as error:
            paused = paused or error
        else:
            found.append(seat)
    if paused and not found:
        raise paused
    return found


def take_next(user: User, seats: Sequence[Seat], *, seen: bool) -> Place | None:
    """Takes the next case of these seats for this person; None if there is none. Paused if known
    answers say so and no other seat is left."""
    sources = _sources(user, seats)
    shared = {pool for seat in seats if seat.policy.reviews_required > 1 for pool in seat.pools}
    taken = None
    if again := _met(user, sources.golds):
        taken = take(user.pk, again, seen=seen)
    elif sources.drawn and waits(user.pk, sources.pools):
        # Where nothing waits a known answer would be told apart.
        taken = take(user.pk, sources.drawn, seen=seen)
    return taken or _take(user, sources.pools, shared, seen=seen)


def _met(user: User, golds: Sequence[Pool]) -> list[Pool]:
    """The pools in which a known answer waits that this person gave back or let expire. It comes
    again, as any other case would: or they could tell it apart, and wait for an easier one."""
    if not golds:
        return []
    given_back = Claim.objects.filter(
        case=OuterRef("case"), reviewer=user, state__in=MAY_CLAIM_AGAIN
    )
    waiting = Referral.objects.filter(
        Exists(given_back),
        pool__in=[pool.id for pool in golds],
        state=ReferralState.OPEN,
        free__gt=0,
    )
    found = set(waiting.order_by().values_list("pool", flat=True))
    return [pool for pool in golds if pool.id in found]


def _take(user: User, pools: Sequence[Pool], shared: Set[UUID], *, seen: bool) -> Place | None:
    """Where several judge each case, thousands that this person has met may stand at the front
    and wait for others: goes on where they took one a moment ago. What comes in before that is
    found after FRONT_SECONDS, or as soon as nothing else is."""
    fronts = _fronts(user, shared)
    ahead = [pool._replace(since=fronts.get(pool.id, EVER)) for pool in pools]
    taken = take(user.pk, ahead, seen=seen)
    if taken is None and fronts:
        taken = take(user.pk, pools, seen=seen)
    news = {_front(user, pool): (pool, taken.due) for pool in shared - fronts.keys() if taken}
    if news:  # what is due first over all pools was taken: in none stands anything before it
        with suppress(RedisError):
            cache.set_many(news, FRONT_SECONDS)
    return taken


def _fronts(user: User, pools: Collection[UUID]) -> dict[UUID, datetime]:
    """From when on these pools are looked through, as far as that is known."""
    if not pools:
        return {}
    try:
        return dict(cache.get_many([_front(user, pool) for pool in pools]).values())
    except RedisError:
        return {}


def _front(user: User, pool: UUID) -> str:
    return f"front:{user.pk}:{pool}"


def _sources(user: User, seats: Sequence[Seat]) -> _Sources:
    """Where this person takes from; Paused if known answers close every seat to them."""
    sources = _Sources()
    paused: list[str] = []
    for seat in seats:
        mine = [Pool(pool, seat.lease) for pool in seat.pools]
        if uses_golds(seat.policy):
            stands = standing.state_of(user, seat.workflow_id, seat.policy)
            gold = Pool(gold_pool(seat.workflow_id), seat.lease)
            if stands.state == StandingState.PAUSED:
                paused.append(stands.reason)
                continue
            if stands.state == StandingState.ONBOARDING:
                mine = [gold]
            else:
                sources.golds.append(gold)
                if LOT.random() < seat.policy.gold_share:
                    sources.drawn.append(gold)
        sources.pools += mine
    if paused and not sources.pools:
        raise Paused(paused[0])
    return sources
