"""Deadlines: what time does to a referral that nobody has answered. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from hitl.domain.cases import Kind
from hitl.domain.policy import Policy, PoolRule

LAPSES = frozenset({Kind.DECIDE, Kind.ADJUDICATE})
"""What may lapse: cases that a client waits for. Audits have a deadline of their own, and whoever
objects is owed a person."""

REPORTED, LOWERS = 0.10, 0.25
"""Shares of overdue audits: above the first it is reported, above the second the level falls."""

Act = Literal["escalate", "raise", "adjudicate", "default"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A referral as far as time concerns it. decided: the case has a decision already; rule: the
    pool it waits in, None for the workflow's own; entered: since when it waits there; raised: it
    goes before the others already; contested: somebody objects."""

    kind: str
    decided: bool
    due: datetime
    opened: datetime
    entered: datetime
    rule: PoolRule | None
    raised: bool = False
    contested: bool = False


def lapses_at(policy: Policy, waiting: Waiting) -> datetime | None:
    """When the referral lapses; None for never. An adjudication has its full time, however late
    the case was; it is not handed to an adjudicator again, and no rule replaces a decision."""
    if policy.on_lapse == "leave" or waiting.kind not in LAPSES or waiting.contested:
        return None
    if waiting.decided if policy.on_lapse == "default" else waiting.raised:
        return None
    if waiting.kind != Kind.ADJUDICATE:
        return waiting.due
    if policy.on_lapse == "adjudicate":
        return None
    return max(waiting.due, waiting.opened + timedelta(hours=policy.due_hours))


def escalates_at(waiting: Waiting) -> datetime | None:
    """When the referral moves on to another pool; None for never."""
    if waiting.rule is None or waiting.rule.after_minutes is None:
        return None
    return waiting.entered + timedelta(minutes=waiting.rule.after_minutes)


def acts_at(policy: Policy, waiting: Waiting) -> datetime | None:
    """When the next rule about time applies; None for never."""
    moments = (lapses_at(policy, waiting), escalates_at(waiting))
    return min((moment for moment in moments if moment is not None), default=None)


def act(policy: Policy, waiting: Waiting, now: datetime) -> Act | None:
    """What is to be done now; None for nothing."""
    lapse, escalation = lapses_at(policy, waiting), escalates_at(waiting)
    if lapse is not None and lapse <= now and policy.on_lapse != "leave":
        return policy.on_lapse
    return "escalate" if escalation is not None and escalation <= now else None
