"""The log: every message that was owed, and every attempt."""

from uuid import UUID

from django.db.models import QuerySet

from hitl.models import Attempt, Delivery
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


def _of(client_id: UUID | None) -> QuerySet[Delivery]:
    found = Delivery.objects.select_related("endpoint")
    return found if client_id is None else found.filter(endpoint__client_id=client_id)
