"""The log: every message that was owed, and every attempt."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from hitl.domain.deliveries import DeliveryState
from hitl.models import Attempt, Delivery, Endpoint
from models_registry.domain.errors import Missing


def listing(
    client_id: UUID | None = None,
    *,
    endpoint: UUID | None = None,
    state: str = "",
    case: UUID | None = None,
    after: UUID | None = None,
    limit: int = 100,
) -> list[Delivery]:
    """Deliveries of a client (or of all), the newest first, from the one after `after`."""
    found = _of(client_id).order_by("-pk")
    if endpoint:
        found = found.filter(endpoint_id=endpoint)
    if state:
        found = found.filter(state=state)
    if case:
        found = found.filter(case_id=case)
    if after:
        found = found.filter(pk__lt=after)
    return list(found[:limit])


def one(delivery_id: UUID, client_id: UUID | None = None) -> Delivery:
    found = _of(client_id).filter(pk=delivery_id).first()
    if found is None:
        raise Missing("There is no such delivery.")
    return found


def attempts(delivery: Delivery) -> list[Attempt]:
    """Every attempt, in order."""
    return list(delivery.attempts.order_by("no"))


def with_last_day(endpoints: QuerySet[Endpoint], now: datetime) -> QuerySet[Endpoint]:
    """Endpoints with what was owed to them within a day (`owed`), and what of it they took
    (`took`)."""
    owed = Delivery.objects.filter(endpoint=OuterRef("pk"), at__gte=now - timedelta(days=1))
    return endpoints.annotate(
        owed=_counted(owed), took=_counted(owed.filter(state=DeliveryState.DONE))
    )


def _counted(deliveries: QuerySet[Delivery]) -> Coalesce:
    groups = deliveries.order_by().values("endpoint").annotate(count=Count("pk"))
    return Coalesce(Subquery(groups.values("count"), output_field=IntegerField()), 0)


def _of(client_id: UUID | None) -> QuerySet[Delivery]:
    found = Delivery.objects.select_related("endpoint")
    return found if client_id is None else found.filter(endpoint__client_id=client_id)
