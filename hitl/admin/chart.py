"""The control room's chart as data: agreement and redo over time, and the revisions as marks."""

import csv
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from hitl.admin.control_room import came_in
from hitl.domain.metrics import METRICS
from hitl.models import Workflow
from hitl.services import monitoring
from hitl.services.monitoring import DAY, HOUR, MINUTE, Point

SHOWN = ("agreement", "agreement_blind", "redo_rate")
SPANS = {
    "minute": (timedelta(hours=2), MINUTE),
    "hour": (timedelta(hours=48), HOUR),
    "day": (timedelta(days=60), DAY),
}
WINDOWS = [("minute", "2 hours"), ("hour", "48 hours"), ("day", "60 days")]
YOUNG = timedelta(hours=3)  # until then an hour's points would be too few to see anything


def chart(workflow: Workflow, window: str, now: datetime) -> dict[str, Any]:
    """Points per metric and the revisions of the same span, times in milliseconds."""
    length, size = SPANS[window]
    since = monitoring.floor(now - length, size) + timedelta(seconds=size)
    return {
        "window": window,
        "step": size * 1000,
        "since": _ms(since),
        "until": _ms(now),
        "metrics": [
            {
                "name": name,
                "title": METRICS[name].title,
                "points": [
                    {**asdict(point), "start": _ms(point.start)}
                    for point in _points(workflow, name, since, now, window)
                ],
            }
            for name in SHOWN
        ],
        "revisions": _marks(workflow, since),
    }


def first_window(workflow: Workflow, now: datetime) -> str:
    """What is shown before anybody chooses."""
    return "minute" if now - workflow.created < YOUNG else "hour"


def _points(
    workflow: Workflow, metric: str, since: datetime, until: datetime, window: str
) -> list[Point]:
    found = monitoring.lines(workflow.pk, metric, since=since, until=until, window=window)
    whole = next((line for line in found if not line.version and not line.level), None)
    return whole.points if whole else []


def _marks(workflow: Workflow, since: datetime) -> list[dict[str, Any]]:
    """The revisions of the span, the oldest first (at most a page of them, the newest ones)."""
    before = workflow.revisions.filter(at__lt=since).order_by("-no").values_list("no").first()
    entries = came_in(workflow, before[0]) if before else came_in(workflow, 1)
    return [
        {"no": entry.row.no, "at": _ms(entry.row.at), "by": entry.who, "what": entry.changes}
        for entry in reversed(entries)
    ]


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def answer(request: HttpRequest, workflow: Workflow, now: datetime) -> HttpResponse:
    """The chart as JSON, or as a table for spreadsheets with `?format=csv`."""
    window = request.GET.get("window", "hour")
    if window not in SPANS:
        return JsonResponse({"detail": f"window is one of {', '.join(SPANS)}"}, status=400)
    if request.GET.get("format") != "csv":
        return JsonResponse(chart(workflow, window, now))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{workflow.slug}-{window}.csv"'
    csv.writer(response).writerows(_table(workflow, window, now))
    return response


def _table(workflow: Workflow, window: str, now: datetime) -> Iterator[list[Any]]:
    length, size = SPANS[window]
    since = monitoring.floor(now - length, size) + timedelta(seconds=size)
    yield ["start", "metric", "n", "value", "low", "high"]
    for name in SHOWN:
        for p in _points(workflow, name, since, now, window):
            yield [p.start.isoformat(), name, p.n, p.value, p.low, p.high]
