"""Deliveries: what clients can hear of, and what one attempt means for the next. Pure."""

from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class EventType(StrEnum):
    """What a client system can hear of."""

    DECIDED = "case.decided"
    SUPERSEDED = "case.superseded"
    TEST = "hitl.test"


SUBSCRIBABLE = (EventType.DECIDED, EventType.SUPERSEDED)


def event_type(n: int) -> EventType:
    """The event that decision number `n` of a case is."""
    return EventType.DECIDED if n == 1 else EventType.SUPERSEDED


class EndpointState(StrEnum):
    ENABLED = "enabled"
    DISABLED = "disabled"


class DeliveryState(StrEnum):
    """pending: to be sent, or sent again; done: the endpoint said 2xx; failed: given up."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class Listener(NamedTuple):
    """An endpoint that is enabled, and the event types it asked for."""

    endpoint_id: UUID
    types: frozenset[str]


SCHEDULE = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
)
"""Waits between attempts, about three days in all; the example of Standard Webhooks 1.0.0."""
