"""Measuring: tallies per one-minute window, merged into hours and days, and read back."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Min, Q

from hitl.domain.cases import GOLD, ReferralState, Source
from hitl.domain.metrics import METRICS, Row, Tally
from hitl.domain.pools import open_to
from hitl.models import Case, Cursor, Measurement, Referral, Series, Workflow
from hitl.services.revisions import revision
from hitl.services.sources import SOURCES, Split

MINUTE, HOUR, DAY = 60, 3600, 86400
WINDOWS = {"minute": MINUTE, "hour": HOUR, "day": DAY}
LATE = timedelta(minutes=2)  # facts may become visible this long after their time: measure again
CHUNK = timedelta(hours=1)  # how much is held in memory at once when catching up
MOST_SHOWN = 1000  # waiting cases are counted up to here; nobody plans by "1,000 or more"


def floor(at: datetime, seconds: int) -> datetime:
    """The start of the window of that length in which `at` lies (UTC)."""
    return datetime.fromtimestamp(at.timestamp() // seconds * seconds, UTC)


def measure(now: datetime | None = None) -> int:
    """Brings all tallies up to now; the number of minute windows replaced. Idempotent: windows
    are replaced whole, and a lost or doubled run changes nothing."""
    now = now or datetime.now(UTC)
    start, end = _begin(now), floor(now, MINUTE) + timedelta(minutes=1)
    windows = 0
    while start < end:
        stop = min(start + CHUNK, end)
        with transaction.atomic():
            # One worker measures at a time: the cursor row is the lock.
            Cursor.objects.get_or_create(name="measure", defaults={"at": start})
            Cursor.objects.select_for_update().get(name="measure")
            _replace_minutes(start, stop)
            _merge_up(start, stop, HOUR, MINUTE)
            _merge_up(start, stop, DAY, HOUR)
            done = max(start, min(stop, floor(now, MINUTE) - LATE))
            Cursor.objects.filter(name="measure").update(at=done)
        windows += int((stop - start).total_seconds()) // MINUTE
        start = stop
    return windows


def _begin(now: datetime) -> datetime:
    cursor = Cursor.objects.filter(name="measure").first()
    if cursor:
        return cursor.at
    first = Case.objects.aggregate(at=Min("created"))["at"]
    return floor(first or now, MINUTE)


def _replace_minutes(start: datetime, stop: datetime) -> None:
    rows: dict[tuple[datetime, Split], list[Row]] = defaultdict(list)
    for source in SOURCES.entries():
        for at, split, row in source(start, stop):
            rows[floor(at, MINUTE), split].append(row)
    found = {
        (split, metric.name, at): tally
        for (at, split), some in rows.items()
        for metric in METRICS.entries()
        if (tally := metric.tally(some))
    }
    series = _series({(split, name) for split, name, _ in found})
    Measurement.objects.filter(resolution=MINUTE, start__gte=start, start__lt=stop).delete()
    Measurement.objects.bulk_create(
        Measurement(series_id=series[split, name], resolution=MINUTE, start=at, tally=tally)
        for (split, name, at), tally in found.items()
    )


def _series(wanted: Iterable[tuple[Split, str]]) -> dict[tuple[Split, str], int]:
    keys = list(wanted)
    Series.objects.bulk_create(
        (Series(metric=name, **split._asdict()) for split, name in keys), ignore_conflicts=True
    )
    known = Series.objects.filter(workflow_id__in={split.workflow_id for split, _ in keys})
    return {
        (Split(s.workflow_id, s.version, s.arm, s.level, s.slice), s.metric): s.pk for s in known
    }


def _merge_up(start: datetime, stop: datetime, coarse: int, fine: int) -> None:
    """Replaces the coarse windows that the span touches by merges of their fine ones."""
    begin = floor(start, coarse)
    end = floor(stop - timedelta(seconds=1), coarse) + timedelta(seconds=coarse)
    parts: dict[tuple[int, str, datetime], list[Tally]] = defaultdict(list)
    finer = Measurement.objects.filter(resolution=fine, start__gte=begin, start__lt=end)
    stored: Iterable[Any] = finer.values_list("series_id", "series__metric", "start", "tally")
    for series_id, metric, at, tally in stored:
        parts[series_id, metric, floor(at, coarse)].append(tally)
    Measurement.objects.filter(resolution=coarse, start__gte=begin, start__lt=end).delete()
    Measurement.objects.bulk_create(
        Measurement(
            series_id=series_id, resolution=coarse, start=at, tally=METRICS[metric].merge(tallies)
        )
        for (series_id, metric, at), tallies in parts.items()
    )


@dataclass(frozen=True, slots=True)
class Point:
    """A metric over one window; low and high are the 95 % interval where it is an estimate."""

    start: datetime
    n: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """The points of one split: the version that answered, in which arm of a rollout, at which
    level; all three are '' for the merge of all."""

    version: str
    arm: str
    level: str
    points: list[Point]


def lines(
    workflow_id: UUID, metric: str, *, since: datetime, until: datetime, window: str
) -> list[Line]:
    """The merge of all series first, then one line per version, arm and level."""
    METRICS.get(metric, "/metric")
    found: dict[tuple[str, str, str], dict[datetime, list[Tally]]] = defaultdict(
        lambda: defaultdict(list)
    )
    measured = Measurement.objects.filter(
        series__workflow_id=workflow_id,
        series__metric=metric,
        resolution=WINDOWS[window],
        start__gte=floor(since, WINDOWS[window]),
        start__lt=until,
    ).order_by("start")
    stored: Iterable[Any] = measured.values_list(
        "series__version", "series__arm", "series__level", "start", "tally"
    )
    for version, arm, level, at, tally in stored:
        found["", "", ""][at].append(tally)
        found[version, arm, level][at].append(tally)
    return [
        Line(version, arm, level, [_point(metric, at, tallies) for at, tallies in windows.items()])
        for (version, arm, level), windows in found.items()
    ]


def total(
    workflow_id: UUID, metric: str, *, since: datetime, until: datetime, window: str = "minute"
) -> Point:
    """One metric over a whole span, from minutes (so that any span is exact to the minute), or
    from coarser windows where a long span would be too many."""
    tallies: Iterable[Any] = Measurement.objects.filter(
        series__workflow_id=workflow_id,
        series__metric=metric,
        resolution=WINDOWS[window],
        start__gte=since,
        start__lt=until,
    ).values_list("tally", flat=True)
    return _point(metric, since, tallies)


def _point(metric_name: str, at: datetime, tallies: Iterable[Tally]) -> Point:
    metric = METRICS[metric_name]
    tally = metric.merge(tallies)
    low, high = metric.interval(tally) or (None, None)
    return Point(at, tally.get("n", 0), metric.value(tally), low, high)


@dataclass(frozen=True, slots=True)
class Counts:
    """A workflow today: cases and decisions since midnight UTC, and what waits now.

    first_in_line: when the case was opened that the next reviewer gets; measured: up to when
    the tallies are complete, None before the first measuring.
    """

    arrived: int
    automated: int
    decided_by_people: int
    waiting: int
    first_in_line: datetime | None
    measured: datetime | None

    @property
    def referred(self) -> int:
        return self.arrived - self.automated


def today(workflow: Workflow, now: datetime) -> Counts:
    """Tallies up to where measuring has got, and a count of the minutes since."""
    midnight = floor(now, DAY)
    cursor = Cursor.objects.filter(name="measure").first()
    split = max(midnight, cursor.at) if cursor else midnight
    volume = total(workflow.pk, "volume", since=midnight, until=split)
    rate = total(workflow.pk, "automation_rate", since=midnight, until=split)
    people = total(workflow.pk, "human_decisions", since=midnight, until=split)
    came = Case.objects.filter(workflow=workflow, created__gte=split).exclude(reason=GOLD)
    fresh = came.aggregate(arrived=Count("pk"), automated=Count("pk", filter=Q(action="automate")))
    pools = all_pools(workflow)
    judged = Referral.objects.filter(
        pool__in=pools, state=ReferralState.CLOSED, closed__gte=split, decision__source=Source.HUMAN
    ).count()
    return Counts(
        arrived=volume.n + fresh["arrived"],
        automated=round((rate.value or 0) * rate.n) + fresh["automated"],
        decided_by_people=people.n + judged,
        waiting=waiting(pools),
        first_in_line=first_in_line(pools),
        measured=cursor.at if cursor else None,
    )


def all_pools(workflow: Workflow) -> list[UUID]:
    """Where cases of this workflow may wait for people; its known answers wait elsewhere."""
    policy = revision(workflow.pk, workflow.revision_no).policy
    return list(open_to(policy, workflow.pk, skills=None))


def waiting(pools: Collection[UUID]) -> int:
    """Open referrals of these pools that nobody has answered, counted up to MOST_SHOWN."""
    queue = Referral.objects.filter(pool__in=pools, state=ReferralState.OPEN)
    return queue.order_by()[:MOST_SHOWN].count()


def first_in_line(pools: Collection[UUID]) -> datetime | None:
    """When the first in the queue was opened; others may be older and due later."""
    queue = Referral.objects.filter(pool__in=pools, state=ReferralState.OPEN, free__gt=0)
    order = queue.order_by("due", "-priority", "-uncertainty", "case")
    return order.values_list("opened", flat=True).first()
