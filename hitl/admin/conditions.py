"""What is wrong with a workflow right now, in words: since when, how bad, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hitl.admin.wording import dial, percent
from hitl.domain.deadlines import LOWERS, REPORTED
from hitl.models import Workflow
from hitl.services import deadlines
from hitl.services.deadlines import AUDITS_OVERDUE, LOOKS_BACK
from hitl.services.evidence.telling import LAPSED, ROLLED_BACK


@dataclass(frozen=True, slots=True)
class Standing:
    """A condition that is there: what it is called, how bad it is, what to do."""

    title: str
    text: str
    advice: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Audits:
    """How audits stand. mark: fine, watch or bad; `known` is False where none fell due."""

    text: str
    note: str
    mark: str
    known: bool = True


def standing(workflow: Workflow) -> list[Standing]:
    """The conditions of a workflow, the oldest first."""
    rows = workflow.conditions.order_by("since", "name")
    return [Standing(*_words(row.name, row.numbers), row.since) for row in rows]


def _words(name: str, numbers: Mapping[str, Any]) -> tuple[str, str, str]:
    if name == AUDITS_OVERDUE:
        return (
            "Audits wait too long",
            f"{_audits(numbers)} of those that fell due in the last {LOOKS_BACK.days} days. "
            "Without audits nobody notices when the model begins to err.",
            f"Have the open audits judged, let more people judge, or lower the audit share. "
            f"Above {dial(LOWERS)} the level falls to AI assistance by itself.",
        )
    if name == ROLLED_BACK:
        return (
            "Automation was taken back",
            f"{numbers['audits']:,} audits showed more errors than the target allows. People "
            "decide every case again, and what was proven before counts no more.",
            "Look at the decisions that audits corrected, and mend or replace the model. The level "
            "can be raised again once new blind answers have earned a certificate.",
        )
    if name == LAPSED:
        return (
            "The certificate has lapsed",
            f"It was {numbers['days']:,} days old, {numbers['cases']:,} cases were automated under "
            "it, and what came since does not prove it anew. Nothing is automated by it.",
            "New blind answers earn the next one. If too few come in, raise `audit_share`, or "
            "let certificates hold for longer: `lapse_days`, `lapse_cases`.",
        )
    counted = ", ".join(f"{key} {value}" for key, value in numbers.items())
    return name.replace("_", " ").capitalize(), counted, ""


def _audits(numbers: Mapping[str, int]) -> str:
    share = percent(numbers["overdue"] / numbers["due"])
    return f"{numbers['overdue']:,} of {numbers['due']:,} overdue ({share})"


def audits(workflow: Workflow, now: datetime) -> Audits:
    """The audits that fell due of late, and what is said of them."""
    numbers = deadlines.audits(workflow, now)
    if not numbers["due"]:
        return Audits("none fell due", f"in the last {LOOKS_BACK.days} days", "fine", known=False)
    share = numbers["overdue"] / numbers["due"]
    if share > LOWERS:
        return Audits(_audits(numbers), f"above {dial(LOWERS)}: nothing is automated", "bad")
    if share > REPORTED:
        return Audits(_audits(numbers), f"above {dial(REPORTED)}: have them judged", "watch")
    return Audits(_audits(numbers), f"reported above {dial(REPORTED)}", "fine")
