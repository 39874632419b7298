"""Chance that can be replayed: a keyed hash of the case id, not a random number generator."""

import hashlib
import hmac
from uuid import UUID


def draw(key: bytes, purpose: str, case_id: UUID) -> float:
    """A number in [0, 1), uniform over case ids, fixed by key, purpose and id.

    Replayable by an auditor who holds the key, not guessable without it, and not selectable: ids
    are made by the service. 53 bits of HMAC-SHA256 fill a float64 exactly.
    """
    return draw_of(key, purpose, case_id.bytes)


def draw_of(key: bytes, purpose: str, unit: bytes) -> float:
    """The same for anything that has bytes, a subject for example."""
    digest = hmac.digest(key, purpose.encode() + b"\0" + unit, hashlib.sha256)
    return (int.from_bytes(digest[:8], "big") >> 11) / (1 << 53)


def is_drawn(key: bytes, purpose: str, case_id: UUID, share: float) -> bool:
    """True for a `share` of all case ids; raising the share never un-draws a case."""
    return draw(key, purpose, case_id) < share
