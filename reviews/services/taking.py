"""Taking: from where a person gets the next case."""

import secrets
from collections.abc import Collection, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.core.cache import cache
from redis.exceptions import RedisError

from hitl.domain.policy import Policy
from hitl.domain.pools import gold_pool, open_to
from hitl.services import access
from hitl.services.revisions import InForce, revision
from models_registry.domain.errors import Forbidden
from reviews.domain.standing import StandingState, uses_golds
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


def take_next(user: User, seats: Sequence[Seat], *, seen: bool) -> Place | None:
    """Takes the next case of these seats for this person; None if there is none. Paused if known
    answers say so and no other seat is left."""
    pools, golds, paused = _pools(user, seats)
    shared = {pool for seat in seats if seat.policy.reviews_required > 1 for pool in seat.pools}
    if paused and not pools:
        raise Paused(paused[0])
    taken = None
    if golds and waits(user.pk, pools):  # where nothing waits a known answer would be told apart
        taken = take(user.pk, golds, seen=seen)
    return taken or _take(user, pools, shared, seen=seen)


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


def _pools(user: User, seats: Sequence[Seat]) -> tuple[list[Pool], list[Pool], list[str]]:
    """Where to take from; where from instead, as drawn by lot; and why the person is paused."""
    pools: list[Pool] = []
    golds: list[Pool] = []
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
            elif LOT.random() < seat.policy.gold_share:
                golds.append(gold)
        pools += mine
    return pools, golds, paused
