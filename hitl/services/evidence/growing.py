"""How evidence grew: comparisons replayed day by day, against what a step needs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Count
from django.db.models.functions import TruncDate

from hitl.domain.evidence.certifier import log_wealth
from hitl.domain.evidence.counters import Counts, Group, Sampling
from hitl.domain.evidence.grid import EVERYTHING
from hitl.domain.evidence.truth import Counted
from hitl.models import Comparison

DAYS = 90  # shown; what came before is in the sums


@dataclass(frozen=True, slots=True)
class GrowthDay:
    """A day's comparisons at or above a threshold, and all up to its end: cases, errors (missing
    answers among them), log wealth."""

    day: date
    new_cases: int
    new_errors: int
    cases: int
    errors: int
    log_wealth: float


def growth(epoch_id: UUID, threshold: float, max_error: float) -> list[GrowthDay]:
    """The last days of an epoch on which something was compared, the oldest first."""
    counting = Comparison.objects.filter(epoch=epoch_id, score__isnull=False)
    if threshold != EVERYTHING:
        counting = counting.filter(score__gte=threshold)
    rows: Any = (
        counting.exclude(counted=Counted.REPEAT)
        .annotate(day=TruncDate("at"))
        .values("day", "pi", "sampling", "counted")
        .annotate(n=Count("pk"))
        .order_by("day")
    )
    return list(_days(rows, threshold, max_error))[-DAYS:]


def _days(
    rows: Iterable[dict[str, Any]], threshold: float, max_error: float
) -> Iterator[GrowthDay]:
    sums: dict[Group, list[int]] = {}
    for day, of_day in groupby(rows, key=lambda row: row["day"]):
        new = [0, 0]
        for row in of_day:
            wrong = row["n"] if Counted(row["counted"]).against else 0
            group = Group(row["pi"], Sampling(*row["sampling"]).least(threshold))
            for count in (sums.setdefault(group, [0, 0]), new):
                count[0] += row["n"]
                count[1] += wrong
        counters = {group: Counts(*np.array([count]).T) for group, count in sums.items()}
        wealth = float(np.ravel(log_wealth(counters, max_error))[0])
        cases, errors = (sum(count[i] for count in sums.values()) for i in (0, 1))
        yield GrowthDay(day, new[0], new[1], cases, errors, wealth)
