"""The same key, the same answer: what makes a POST safe to send again."""

import hashlib
from collections.abc import Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from hitl.models import Idempotency
from hitl.models.together import Row
from models_registry.domain.errors import Conflict, Reused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RUNNING_SECONDS = 60  # a mark left by a killed process is gone after a minute


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer given before."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Attempt:
    """One POST with a key. `render` turns the answers into status and body, case id included."""

    client_id: UUID
    key: str
    body_hash: str
    render: "Callable[[Sequence[Any]], tuple[int, Any, UUID | None]]"

    def row(self, answers: Sequence[Any], now: datetime) -> Row:
        status, body, case_id = self.render(answers)
        return Row(
            Idempotency,
            {
                "client_id": self.client_id,
                "key": self.key,
                "body_hash": self.body_hash,
                "case_id": case_id,
                "status": status,
                "answer": body,
                "at": now,
            },
        )


def stored(client_id: UUID, key: str, body_hash: str) -> Stored | None:
    """The answer this key got before; Reused if it came with another body."""
    row = Idempotency.objects.filter(client_id=client_id, key=key).first()
    if row is None:
        return None
    if row.body_hash != body_hash:
        raise Reused("This Idempotency-Key was used with another body. Use a new key.")
    return Stored(row.status, row.answer)


@contextmanager
def running(client_id: UUID, key: str) -> "Iterator[bool]":
    """Marks the key as being worked on; gives False if somebody else is at it. The mark only
    serves a quick 409: what makes the key safe is the table's primary key."""
    mark = f"idempotency:{client_id}:{hashlib.sha256(key.encode()).hexdigest()}"
    try:
        first = cache.add(mark, 1, RUNNING_SECONDS)
    except RedisError:
        yield True
        return
    try:
        yield first
    finally:
        if first:
            with suppress(RedisError):  # the mark ends by itself
                cache.delete(mark)


def still_running() -> Conflict:
    return Conflict("A request with this Idempotency-Key is still running. Ask again shortly.")


def forget_old(now: datetime) -> int:
    """Deletes keys older than the published time; the number of rows."""
    limit = now - timedelta(hours=settings.HITL_IDEMPOTENCY_HOURS)
    return Idempotency.objects.filter(at__lt=limit).delete()[0]


def fingerprint(*parts: bytes) -> str:
    """SHA-256 over what makes two requests the same."""
    return hashlib.sha256(msgspec.msgpack.encode(parts)).hexdigest()
