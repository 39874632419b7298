"""What waits: how old it is, and when it will all be answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hitl.domain.cases import ANSWERS, ReferralState
from hitl.models import Cursor, Referral, Workflow
from hitl.services import monitoring
from hitl.services.monitoring import HOUR
from reviews.domain import pace
from reviews.domain.pace import WEEK, Forecast

MOST = 10_000  # waiting cases that are looked at


@dataclass(frozen=True, slots=True)
class Queue:
    """ages: waiting referrals per age, as pace.BAND_TITLES name them; `complete` is False if more
    wait than were looked at."""

    waiting: int
    complete: bool
    ages: list[int]
    forecast: Forecast


def look(workflow: Workflow, now: datetime) -> Queue:
    """What nobody has in hand, of any kind but known answers. The forecast is about cases whose
    answer a client waits for. Five reads."""
    pools = monitoring.all_pools(workflow)
    free = Referral.objects.filter(pool__in=pools, state=ReferralState.OPEN, free__gt=0)
    rows: Any = free.order_by().values_list("opened", "kind")[: MOST + 1]
    found = list(rows)
    waiting = found[:MOST]
    owed = sum(kind in ANSWERS for _, kind in waiting)
    arrived, answered = _last_week(workflow, now)
    complete = len(found) <= MOST
    return Queue(
        waiting=len(waiting),
        complete=complete,
        ages=pace.bands(now - opened for opened, _ in waiting),
        forecast=pace.forecast(owed, arrived, answered) if complete else Forecast("unknown"),
    )


def _last_week(workflow: Workflow, now: datetime) -> tuple[list[float], list[float]]:
    """Cases referred to people, and decided by them, in each hour of the last measured week, the
    oldest first; both empty while a week is not measured."""
    cursor = Cursor.objects.filter(name="measure").first()
    until = monitoring.floor(min(now, cursor.at), HOUR) if cursor else now
    since = until - timedelta(hours=WEEK)
    if cursor is None or workflow.created > since or until < now - timedelta(hours=2):
        return [], []
    came, automated, answered = (
        _hourly(workflow, metric, since, until)
        for metric in ("volume", "automation_rate", "human_decisions")
    )
    hours = [since + timedelta(hours=hour) for hour in range(WEEK)]
    referred = [came.get(at, (0, 0))[0] - automated.get(at, (0, 0))[1] for at in hours]
    return [float(n) for n in referred], [float(answered.get(at, (0, 0))[0]) for at in hours]


def _hourly(
    workflow: Workflow, metric: str, since: datetime, until: datetime
) -> dict[datetime, tuple[int, int]]:
    """Per hour of a metric what was counted, and how much of that it is about."""
    lines = monitoring.lines(workflow.pk, metric, since=since, until=until, window="hour")
    whole: Iterable[Any] = (line for line in lines if not line.version and not line.level)
    return {
        point.start: (point.n, round((point.value or 0) * point.n))
        for line in whole
        for point in line.points
    }
