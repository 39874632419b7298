"""What a client is told about a case. It never holds a prediction that did not decide: a reviewer
who could read it would no longer be blind."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from hitl.domain.routing import Reason


class RouteOut(msgspec.Struct, frozen=True):
    """Who was to decide, and why; `withheld` to people who may be asked to judge the case: an audit
    would show that the machine decided."""

    action: Literal["automate", "refer"]
    reason: Reason | Literal["withheld"]
    threshold: float | None
    audit: bool


class DecisionOut(msgspec.Struct, frozen=True):
    """The current decision; `number` counts the case's decisions, a higher one supersedes.
    `unusable`: people say that the input cannot be judged; the value is null then."""

    value: Any
    source: Literal["model", "human", "rule"]
    number: int
    decided_at: datetime
    unusable: bool = False


class CaseOut(msgspec.Struct, frozen=True):
    """One case as its client sees it."""

    id: UUID
    workflow: str
    reference: str
    status: Literal["received", "referred", "decided", "cancelled"]
    automation_level: str
    route: RouteOut
    decision: DecisionOut | None
    created_at: datetime
    notices: list[str] = []
