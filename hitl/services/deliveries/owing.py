"""What is owed: deliveries are written with the decision they tell of, and again on request."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Exists, F, IntegerField, OuterRef, QuerySet, Value, When
from django.db.models.functions import Now

from hitl.domain.deliveries import (
    LAST,
    DeliveryState,
    EndpointState,
    EventType,
    Listener,
    event_type,
)
from hitl.models import Attempt, Delivery, Endpoint
from hitl.models.together import Row
from models_registry.domain.errors import Conflict
from models_registry.models import new_id


def rows(listeners: Iterable[Listener], case_id: UUID, n: int, at: datetime) -> list[Row]:
    """The deliveries that decision `n` makes, to be written together with it."""
    kind = event_type(n)
    return [
        Row(Delivery, _owed(listener.endpoint_id, case_id, n, kind, at))
        for listener in listeners
        if kind.value in listener.types
    ]


def owe(decisions: Sequence[tuple[UUID, int]], at: datetime) -> None:
    """Owes these decisions (case, number) to who listens; in the transaction that makes them."""
    numbers = dict(decisions)
    listening = Endpoint.objects.filter(
        state=EndpointState.ENABLED, client__cases__in=list(numbers)
    ).values_list("client__cases__pk", "pk", "types")
    owed = [
        Delivery(**_owed(endpoint_id, case_id, numbers[case_id], kind, at))
        for case_id, endpoint_id, types in listening
        if (kind := event_type(numbers[case_id])).value in types.split(",")
    ]
    if owed:
        Delivery.objects.bulk_create(owed, ignore_conflicts=True)


def replay(delivery: Delivery) -> None:
    """Sends one again, under the same id, from the start of the schedule (a test message once).

    This and the two below send again what came later about the same case as well, so that the
    endpoint's last word is the newest decision.
    """
    _again(delivery.endpoint_id, Delivery.objects.filter(pk=delivery.pk))
    delivery.refresh_from_db()


def replay_failed(endpoint: Endpoint) -> int:
    """Sends all that failed again; how many."""
    return _again(endpoint.pk, endpoint.deliveries.filter(state=DeliveryState.FAILED))


def replay_range(endpoint: Endpoint, since: datetime, until: datetime) -> int:
    """Sends again whatever happened from `since` to before `until`, delivered or not; how many."""
    old = endpoint.deliveries.exclude(state=DeliveryState.PENDING)
    return _again(endpoint.pk, old.filter(at__gte=since, at__lt=until))


def _again(endpoint_id: UUID, deliveries: QuerySet[Delivery]) -> int:
    with transaction.atomic():
        # The endpoint's row before its deliveries, like everybody.
        enabled = Endpoint.objects.select_for_update(no_key=True).filter(
            pk=endpoint_id, state=EndpointState.ENABLED
        )
        if not enabled.exists():
            raise Conflict("This endpoint is disabled. Enable it first.")
        # The later ones first: what is asked for is chosen by its state, which is as it was.
        later = _owe_again(_later(endpoint_id, deliveries))
        return later + _owe_again(deliveries)


def _later(endpoint_id: UUID, deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """What came after these about the same cases."""
    before = deliveries.filter(
        endpoint=OuterRef("endpoint"), case=OuterRef("case"), n__lt=OuterRef("n")
    )
    return Delivery.objects.filter(Exists(before), endpoint_id=endpoint_id, n__gt=1)


def _owe_again(deliveries: QuerySet[Delivery]) -> int:
    """Pending from the start of the schedule. One that is under way is counted as another attempt,
    so that its result cannot settle what is owed anew."""
    answered = Attempt.objects.filter(delivery=OuterRef("pk"), no=OuterRef("tries"))
    under_way = When(
        ~Exists(answered), state=DeliveryState.PENDING, tries__gt=0, then=F("tries") + 1
    )
    return deliveries.update(
        tries=Case(under_way, default=F("tries"), output_field=IntegerField()),
        step=Case(When(type=EventType.TEST, then=Value(LAST)), default=Value(0)),
        state=DeliveryState.PENDING,
        next_at=Now(),
    )


def _owed(
    endpoint_id: UUID, case_id: UUID, n: int, kind: EventType, at: datetime
) -> dict[str, object]:
    return {
        "id": new_id(),
        "endpoint_id": endpoint_id,
        "case_id": case_id,
        "n": n,
        "type": kind.value,
        "at": at,
        "state": DeliveryState.PENDING.value,
        "next_at": at,
    }
