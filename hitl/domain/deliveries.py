"""Deliveries: what clients can hear of, and what one attempt means for the next. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import msgspec


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
    DELETED = "deleted"


class DeliveryState(StrEnum):
    """pending: to be sent, or sent again; done: the endpoint said 2xx; failed: given up."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class Listener(NamedTuple):
    """An endpoint that is enabled, and the event types it asked for."""

    endpoint_id: UUID
    types: frozenset[str]


class DecisionTold(msgspec.Struct, frozen=True):
    """`data` of a message about a decision. `value` is null for an input that cannot be judged
    (`unusable`) and for content that was erased meanwhile."""

    case: UUID
    workflow: str
    reference: str
    number: int
    value: Any
    source: str
    unusable: bool
    decided_at: datetime


class EndpointTold(msgspec.Struct, frozen=True):
    """`data` of a test message."""

    endpoint: UUID


class Message(msgspec.Struct, frozen=True):
    """The body of a message, as Standard Webhooks recommends it. timestamp: of the event."""

    type: str
    timestamp: datetime
    data: DecisionTold | EndpointTold


SCHEDULE = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
)
"""Waits between attempts, about three days in all; the example of Standard Webhooks 1.0.0."""
LAST = len(SCHEDULE)
"""The step after which there is no other attempt."""
JITTER = 0.2
"""How much longer a wait may be, as a share of it, so that what failed together does not come back
together. It only adds: the schedule never ends before PATIENCE."""
PATIENCE = timedelta(days=3)
DAY = timedelta(days=1)
GONE = 410
THROTTLES = frozenset({429, 502, 503, 504})
"""Answers whose Retry-After holds for the whole endpoint."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an attempt means. next_at: of a delivery that stays pending. pause_until: nothing is
    sent to the endpoint before. disable: why the endpoint is to hear nothing more."""

    state: DeliveryState
    step: int
    next_at: datetime | None = None
    pause_until: datetime | None = None
    disable: str = ""


def is_success(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def retry_after(header: str | None, at: datetime) -> timedelta | None:
    """How long a Retry-After header (seconds, or an HTTP date) asks to wait, a day at most; None
    if it says nothing that can be read.

    >>> retry_after("120", datetime(2026, 1, 1, tzinfo=UTC))
    datetime.timedelta(seconds=120)
    """
    said = (header or "").strip()
    if said.isascii() and said.isdigit():
        return DAY if len(said) > 6 else min(timedelta(seconds=int(said)), DAY)
    try:
        until = parsedate_to_datetime(said)
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return min(max(until - at, timedelta()), DAY)
    except (ValueError, TypeError, OverflowError):
        return None


def judge(
    *,
    at: datetime,
    step: int,
    status: int | None,
    wait: timedelta | None,
    failing_since: datetime | None,
    draw: float,
) -> Verdict:
    """What an answer with this status (None: no answer) means for the delivery and its endpoint.

    step: attempts failed so far, since the last replay. wait: what Retry-After asked for.
    failing_since: the endpoint's first failure after its last success, this one included.
    draw: chance, from 0 to below 1.
    """
    if is_success(status):
        return Verdict(DeliveryState.DONE, step)
    if status == GONE:
        return Verdict(
            DeliveryState.FAILED, step, disable="The endpoint answered 410: it is gone for good."
        )
    pause = at + wait if wait is not None and status in THROTTLES else None
    if step >= LAST:
        silent = failing_since is not None and failing_since <= at - PATIENCE
        why = "No success for three days." if silent else ""
        return Verdict(DeliveryState.FAILED, step, pause_until=pause, disable=why)
    next_at = at + SCHEDULE[step] * (1 + JITTER * draw)
    return Verdict(DeliveryState.PENDING, step + 1, max(next_at, pause or next_at), pause)


AT_ONCE = 8
"""Attempts under way to one endpoint at most, so that one that stalls takes no other's place."""


def places(*, failing: bool, under_way: int) -> int:
    """How many more attempts may begin at an endpoint. One that fails is probed by one at a time:
    many endpoints that stall must not hold all places together."""
    return max(0, (1 if failing else AT_ONCE) - under_way)
