"""The life of a case: received, referred, decided, cancelled."""

from enum import StrEnum

from models_registry.domain.errors import Conflict


class Status(StrEnum):
    """received: stored, not routed yet; referred: waits for people; decided: the client has an
    answer, which a later decision may supersede; cancelled: nobody wants it any more."""

    RECEIVED = "received"
    REFERRED = "referred"
    DECIDED = "decided"
    CANCELLED = "cancelled"


class Kind(StrEnum):
    """Why a case was handed to people."""

    DECIDE = "decide"
    AUDIT = "audit"
    SECOND_LOOK = "second_look"
    CONTEST = "contest"
    ADJUDICATE = "adjudicate"
    GOLD = "gold"


GOLD = "gold"
"""The reason of a case that nobody asked for: its answer is known, people are measured by it."""

ANSWERS = (Kind.DECIDE, Kind.CONTEST, Kind.ADJUDICATE)
"""Referrals whose answer a client waits for; the others look over somebody's shoulder."""


class ReferralState(StrEnum):
    """open: in the queue; settling: answered, may still be undone; closed: carries its answer."""

    OPEN = "open"
    SETTLING = "settling"
    CLOSED = "closed"


class Source(StrEnum):
    """Who made a decision."""

    MODEL = "model"
    HUMAN = "human"
    RULE = "rule"


MOVES: dict[Status, frozenset[Status]] = {
    Status.RECEIVED: frozenset({Status.REFERRED, Status.DECIDED, Status.CANCELLED}),
    Status.REFERRED: frozenset({Status.DECIDED, Status.CANCELLED}),
    Status.DECIDED: frozenset({Status.DECIDED}),  # superseded: a new decision, the same status
    Status.CANCELLED: frozenset(),
}


def move(current: Status, target: Status) -> Status:
    """The new status; Conflict if the case cannot go there."""
    if target not in MOVES[current]:
        raise Conflict(f"A {current} case cannot become {target}.")
    return target


def needs_decision(current: Status, *, same_answer: bool) -> bool:
    """Whether a settled human answer makes a new decision: always on a case nobody decided yet,
    on a decided one (audit, contest) only if it differs, never on a cancelled one."""
    if current is Status.CANCELLED:
        return False
    return not (current is Status.DECIDED and same_answer)
