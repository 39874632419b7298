"""The control room, read side: what stands on a workflow's page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from hitl.admin import conditions, dials
from hitl.admin.dials import changes
from hitl.admin.wording import Figure, estimate, percent, redo, spell, towards
from hitl.domain.levels import LEVELS, AutomationLevel
from hitl.domain.policy import parse_policy
from hitl.models import Revision, Workflow
from hitl.services import monitoring, workflows
from hitl.services.monitoring import HOUR, MOST_SHOWN, Counts, Point

PAGE = 50  # revisions shown at once
SPANS = (("last 24 hours", timedelta(days=1), "minute"), ("last 7 days", timedelta(days=7), "hour"))


@dataclass(frozen=True, slots=True)
class Rung:
    """One level on the ladder; `verb` is what going there is called, '' where one stands."""

    level: AutomationLevel
    present: bool
    passed: bool
    verb: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One revision with what it changed."""

    row: Revision
    who: str
    changes: list[str]


@dataclass(frozen=True, slots=True)
class Page:
    """Revisions, the newest first; `older` continues after the last one shown."""

    entries: list[Entry]
    older: int | None


def number(text: str) -> int | None:
    """A revision's number from an address or a form; None if it is none."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def ladder(current: Revision) -> list[Rung]:
    here = LEVELS[current.level]
    return [
        Rung(
            level,
            level is here,
            level.step < here.step,
            "" if level is here else towards(current.level, level.name),
        )
        for level in LEVELS.entries()
    ]


def who(row: Revision) -> str:
    """The person, or what acted instead of one."""
    if row.by is not None:
        return row.by.get_full_name() or row.by.get_username()
    return "the system" if row.cause == "person" else row.cause


def held_since(workflow: Workflow, current: Revision, term: str) -> Revision:
    """The revision from which `term` (level, stopped) has had its present value."""
    rows = workflow.revisions.select_related("by")
    other = rows.exclude(**{term: getattr(current, term)}).order_by("-no").values_list("no")
    last = other.first()
    return rows.filter(no__gt=last[0] if last else 0).order_by("no")[0]


def _read(workflow: Workflow) -> QuerySet[Revision]:
    return workflow.revisions.select_related("by", "champion__model", "challenger__model").order_by(
        "-no"
    )


def _entries(rows: Sequence[Revision], shown: int) -> list[Entry]:
    """The first `shown` rows, each held against the one that follows it (the older one)."""
    names: dict[UUID | None, str] = {
        version.pk: str(version)
        for row in rows
        for version in (row.champion, row.challenger)
        if version
    }
    entries = []
    for row, before in zip(rows[:shown], [*rows[1:], None], strict=False):
        old = workflows.terms(before) if before else None
        entries.append(Entry(row, who(row), changes(old, workflows.terms(row), names)))
    return entries


def revisions(workflow: Workflow, before: int | None = None) -> Page:
    """A page of revisions, those older than `before` if given."""
    found = _read(workflow)
    if before is not None:
        found = found.filter(no__lt=before)
    rows = list(found[: PAGE + 1])
    more = len(rows) > PAGE
    return Page(_entries(rows, PAGE), rows[PAGE - 1].no if more else None)


def came_in(workflow: Workflow, seen: int) -> list[Entry]:
    """Revisions that are newer than the one that was seen, the newest first."""
    rows = list(_read(workflow).filter(no__gte=seen)[: PAGE + 1])
    return _entries(rows, len(rows) - 1) if rows else []


def figures(counts: Counts, now: datetime) -> list[Figure]:
    """Today's cases in numbers."""
    share = f"{percent(counts.automated / counts.arrived)} of them" if counts.arrived else ""
    waiting = f"{counts.waiting:,}{' or more' if counts.waiting >= MOST_SHOWN else ''}"
    return [
        Figure("Arrived", f"{counts.arrived:,}", "cases today"),
        Figure("Automated", f"{counts.automated:,}", share),
        Figure("Referred", f"{counts.referred:,}", "to people"),
        Figure("Decided by people", f"{counts.decided_by_people:,}", "decisions today"),
        Figure("Waiting now", waiting, _first_in_line(counts, now)),
    ]


def _first_in_line(counts: Counts, now: datetime) -> str:
    if counts.first_in_line is None:
        return "all held by reviewers" if counts.waiting else "nobody has to wait"
    return f"first in line for {spell(now - counts.first_in_line)}"


def measured(counts: Counts, now: datetime) -> str:
    """Up to when the figures of quality are complete; the day is named if it is not today."""
    if counts.measured is None:
        return "not measured yet"
    day = "" if counts.measured.date() == now.date() else f"{counts.measured:%Y-%m-%d} "
    return f"measured to {day}{counts.measured:%H:%M} UTC"


def quality(workflow: Workflow, now: datetime) -> list[tuple[str, str, list[Figure]]]:
    """How good the decisions are: a title, its meaning and a figure per span."""
    rows = (
        ("agreement_blind", "Agreement, blind", "people who had not seen the suggestion", estimate),
        ("agreement", "Agreement, all", "every answer that could be compared", estimate),
        ("redo_rate", "Redo rate", "redos that clients reported, per decision", redo),
    )
    return [
        (
            title,
            meaning,
            [
                say(span, _over(workflow, metric, now, length, window))
                for span, length, window in SPANS
            ],
        )
        for metric, title, meaning, say in rows
    ]


def _over(workflow: Workflow, metric: str, now: datetime, length: timedelta, window: str) -> Point:
    since = now - length
    if window == "hour":
        since = monitoring.floor(since, HOUR)
    return monitoring.total(workflow.pk, metric, since=since, until=now, window=window)


def live(workflow: Workflow, now: datetime, seen: int) -> dict[str, Any]:
    """What `_counts.html` shows."""
    counts = monitoring.today(workflow, now)
    return {
        "workflow": workflow,
        "figures": figures(counts, now),
        "measured": measured(counts, now),
        "spans": [span for span, _, _ in SPANS],
        "quality": quality(workflow, now),
        "audits": conditions.audits(workflow, now),
        "conditions": conditions.standing(workflow),
        "newer": came_in(workflow, seen) if workflow.revision_no != seen else [],
    }


def room(workflow: Workflow, now: datetime, before: int | None) -> dict[str, Any]:
    """What the whole page shows."""
    current = workflows.in_force(workflow)
    policy = parse_policy(current.policy)
    level_from = held_since(workflow, current, "level")
    stop_from = held_since(workflow, current, "stopped") if current.stopped else None
    return {
        **live(workflow, now, current.no),
        "current": current,
        "level": LEVELS[current.level],
        "level_from": level_from,
        "level_by": who(level_from),
        "stop_from": stop_from,
        "stop_by": who(stop_from) if stop_from else "",
        "ladder": ladder(current),
        "terms": dials.terms(policy),
        "revisions": revisions(workflow, before),
        "first_page": before is None,
    }
