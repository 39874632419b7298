"""Certificates as they are read: what each one says, and whether it still holds."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Exists, OuterRef, QuerySet

from hitl.models import Certificate, Revision, Workflow
from hitl.services import workflows
from models_registry.domain.errors import Missing


class Standing(StrEnum):
    """valid: the live threshold rests on it. superseded: a later one of the same epoch goes
    further. lapsed: it was not earned anew in time, or its threshold is no longer in force. ended:
    its evidence no longer counts, as after a roll-back."""

    VALID = "valid"
    SUPERSEDED = "superseded"
    LAPSED = "lapsed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Certified:
    """One certificate. statement: what it says, exactly. threshold: 0 where it holds for every
    usable confidence (`whole`). slice: the part of the cases it is about, '' for all. numbers: all
    that it was computed from."""

    id: UUID
    version: str
    epoch: int
    slice: str
    threshold: float
    whole: bool
    statement: str
    numbers: dict[str, Any]
    standing: Standing
    at: datetime
    lapses_at: datetime | None


def listing(
    workflow: Workflow, *, after: UUID | None = None, limit: int, now: datetime | None = None
) -> list[Certified]:
    """Certificates of a workflow, the newest first, those that follow `after` if given."""
    known = Certificate.objects.filter(epoch__workflow=workflow)
    found = known
    if after is not None:
        last = known.filter(pk=after).first()
        if last is None:
            raise Missing("There is no certificate of this id here: start without `after`.")
        found = known.filter(at__lte=last.at).exclude(at=last.at, pk__gte=after)
    rules, now = workflows.in_force(workflow), now or datetime.now(UTC)
    return [_told(row, rules, now) for row in _read(found)[:limit]]


def _read(found: QuerySet[Certificate]) -> QuerySet[Certificate]:
    later = Certificate.objects.filter(epoch=OuterRef("epoch"), at__gt=OuterRef("at"))
    rows = found.select_related("epoch__version__model").order_by("-at", "-pk")
    return rows.annotate(followed=Exists(later))


def _told(row: Any, rules: Revision, now: datetime) -> Certified:
    return Certified(
        id=row.pk,
        version=str(row.epoch.version),
        epoch=row.epoch.no,
        slice=row.epoch.slice,
        threshold=row.threshold,
        whole=row.whole,
        statement=statement(row),
        numbers=row.numbers,
        standing=_standing(row, rules, now),
        at=row.at,
        lapses_at=row.lapses_at,
    )


def _standing(row: Any, rules: Revision, now: datetime) -> Standing:
    if row.epoch.closed:
        return Standing.ENDED
    if row.followed:
        return Standing.SUPERSEDED
    live = rules.thresholds.get(str(row.epoch.version_id))
    over = row.lapses_at is not None and row.lapses_at <= now
    replaced = not row.epoch.slice and live != row.threshold
    return Standing.LAPSED if over or replaced else Standing.VALID


def statement(row: Certificate) -> str:
    """What a certificate says, for a statistician."""
    numbers = row.numbers
    where = "any usable confidence" if row.whole else f"confidence ≥ {row.threshold:.6g}"
    what = "mean distance" if numbers.get("loss") == "distance" else "P(wrong"
    what = f"{what} | {where}" + ("" if what == "mean distance" else ")")
    of = f" among {row.epoch.slice!r}" if row.epoch.slice else ""
    target = np.format_float_positional(numbers["max_error"], trim="-")
    return (
        f"{what}{of} < {target}, at confidence {numbers['confidence']:g} for all certificates of "
        f"epoch {row.epoch.no} of {row.epoch.version} together: log wealth "
        f"{numbers['log_wealth']:.3f} of {numbers['needed']:.3f} needed, {numbers['cases']:,} "
        f"cases, {numbers['errors']:,} count as errors."
    )
