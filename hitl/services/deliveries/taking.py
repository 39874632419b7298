"""Taking work: which deliveries go out now, and what they say.

The database is the queue: whoever takes a delivery pushes its `next_at` forward by a lease, so that
a killed worker means a repetition and never a loss. Of the deliveries about one case an endpoint
gets the next only when no earlier one is pending.
"""

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection, transaction
from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Now

from hitl.domain.deliveries import (
    DecisionTold,
    DeliveryState,
    EndpointState,
    EndpointTold,
    Message,
    places,
)
from hitl.models import Attempt, Decision, Delivery, Endpoint
from hitl.services.deliveries.endpoints import valid_secrets

SPARE = 45  # seconds of a lease beyond those of an attempt: to begin it, and to record it


@dataclass(frozen=True, slots=True)
class Taken:
    """One attempt that is ours to make. clock: the database's time when it was taken; began: the
    same moment on this machine's monotonic clock."""

    id: UUID
    endpoint_id: UUID
    url: str
    no: int
    step: int
    body: bytes
    secrets: tuple[str, ...]
    clock: datetime
    began: float

    def clock_now(self) -> datetime:
        """The database's time now, near enough, without asking it."""
        return self.clock + timedelta(seconds=time.monotonic() - self.began)

    @property
    def is_overtaken(self) -> bool:
        """Whether so much of the lease is gone that another worker may be at it before an attempt
        that begins now is over: then it must not begin, or it could arrive out of order."""
        return time.monotonic() - self.began > SPARE - 5


def lease() -> timedelta:
    return timedelta(seconds=settings.HITL_DELIVERY_SECONDS + SPARE)


def take(most: int, now: datetime | None = None) -> list[Taken]:
    """Up to `most` attempts that are due, now ours."""
    ready = list(_ready(now)) if most > 0 else []
    if not ready:
        return []
    began, clock = time.monotonic(), now or ready[0][1]
    ids = [endpoint_id for endpoint_id, _ in ready]
    random.shuffle(ids)  # or the same few would always come first
    with transaction.atomic():
        mine = _reserve(ids, most, clock)
        Delivery.objects.filter(pk__in=mine).update(tries=F("tries") + 1, next_at=clock + lease())
    return _filled(mine, clock, began)


def _ready(now: datetime | None) -> QuerySet[Endpoint, tuple[UUID, datetime]]:
    """The endpoints that something is due for, with the database's time."""
    clock: Any = Now() if now is None else Value(now, output_field=DateTimeField())
    due = Delivery.objects.filter(
        endpoint=OuterRef("pk"), state=DeliveryState.PENDING, next_at__lte=clock
    )
    return (
        Endpoint.objects.filter(state=EndpointState.ENABLED)
        .filter(Q(paused_until__isnull=True) | Q(paused_until__lte=clock))
        .filter(Exists(due))
        .annotate(clock=clock)
        .values_list("pk", "clock")
    )


def _reserve(ids: Sequence[UUID], most: int, clock: datetime) -> list[UUID]:
    """Chooses under the endpoints' locks, passing over what another worker is just looking at."""
    endpoints = Endpoint.objects.filter(pk__in=ids, state=EndpointState.ENABLED)
    if connection.vendor == "postgresql":
        # "No key": a decision being written may point at the endpoint meanwhile.
        endpoints = endpoints.select_for_update(skip_locked=True, no_key=True)
    found = {endpoint.pk: endpoint for endpoint in endpoints}
    under_way = _under_way(ids, clock)
    mine: list[UUID] = []
    for pk in sorted((pk for pk in ids if pk in found), key=lambda pk: under_way[pk]):
        free = places(failing=bool(found[pk].failing_since), under_way=under_way[pk])
        free = min(free, most - len(mine))
        if free > 0:
            mine += _heads(pk, clock)[:free]
    return mine


def _under_way(ids: Sequence[UUID], clock: datetime) -> Counter[UUID]:
    """How many attempts are under way per endpoint: taken, and without a result yet."""
    answered = Attempt.objects.filter(delivery=OuterRef("pk"), no=OuterRef("tries"))
    leased = Delivery.objects.filter(
        endpoint_id__in=ids,
        state=DeliveryState.PENDING,
        tries__gt=0,
        next_at__gt=clock,
        next_at__lte=clock + lease(),
    )
    return Counter(leased.filter(~Exists(answered)).values_list("endpoint_id", flat=True))


def _heads(endpoint_id: UUID, clock: datetime) -> QuerySet[Delivery, UUID]:
    """What may go to this endpoint now, the longest due first."""
    earlier = Delivery.objects.filter(
        endpoint=OuterRef("endpoint"),
        case=OuterRef("case"),
        n__lt=OuterRef("n"),
        state=DeliveryState.PENDING,
    )
    due = Delivery.objects.filter(
        endpoint_id=endpoint_id, state=DeliveryState.PENDING, next_at__lte=clock
    )
    heads = due.filter(~Exists(earlier)).order_by("next_at", "pk")
    if connection.vendor == "postgresql":
        heads = heads.select_for_update(skip_locked=True, no_key=True, of=("self",))
    return heads.values_list("pk", flat=True)


def _filled(mine: Sequence[UUID], clock: datetime, began: float) -> list[Taken]:
    """The taken deliveries with their bodies, built from the facts as they are now."""
    deliveries = list(
        Delivery.objects.filter(pk__in=mine).select_related("endpoint", "case__workflow")
    )
    signing = valid_secrets({one.endpoint_id for one in deliveries}, clock)
    cases = [one.case_id for one in deliveries if one.case_id]
    decided = {(d.case_id, d.n): d for d in Decision.objects.filter(case_id__in=cases)}
    return [
        Taken(
            id=one.pk,
            endpoint_id=one.endpoint_id,
            url=one.endpoint.url,
            no=one.tries,
            step=one.step,
            body=msgspec.json.encode(_message(one, decided)),
            secrets=tuple(signing.get(one.endpoint_id, ())),
            clock=clock,
            began=began,
        )
        for one in deliveries
    ]


def _message(delivery: Delivery, decided: dict[tuple[UUID, int], Decision]) -> Message:
    if delivery.case is None or delivery.case_id is None:
        return Message(delivery.type, delivery.at, EndpointTold(delivery.endpoint_id))
    decision = decided[delivery.case_id, delivery.n]
    told = DecisionTold(
        case=delivery.case_id,
        workflow=delivery.case.workflow.slug,
        reference=delivery.case.reference,
        number=decision.n,
        value=decision.value,
        source=decision.source,
        unusable=decision.unusable,
        decided_at=decision.at,
    )
    return Message(delivery.type, decision.at, told)
