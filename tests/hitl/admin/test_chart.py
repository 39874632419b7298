"""The chart's data equals the tallies."""

import csv
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from hitl.admin import chart
from hitl.models import Measurement, Revision, Series, Workflow
from hitl.services import monitoring, workflows
from hitl.services.monitoring import DAY, HOUR, MINUTE
from tests.hitl.admin.conftest import Enter, at

pytestmark = pytest.mark.django_db

SIZES = {"minute": MINUTE, "hour": HOUR, "day": DAY}


@pytest.fixture
def measured(spam: Workflow) -> Workflow:
    """Two series of agreement in the present and the previous window of every size."""
    now = datetime.now(UTC)
    for version in ("a", "b"):
        series = Series.objects.create(workflow=spam, metric="agreement", version=version)
        for size in SIZES.values():
            start = monitoring.floor(now, size)
            for back, hits in ((0, 9), (1, 7)):
                Measurement.objects.create(
                    series=series,
                    resolution=size,
                    start=start - timedelta(seconds=size * back),
                    tally={"n": 10, "hits": hits},
                )
    return spam


def metric(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    points: list[dict[str, Any]] = next(m for m in data["metrics"] if m["name"] == name)["points"]
    return points


@pytest.mark.parametrize("window", list(SIZES))
def test_points_are_the_merged_tallies(
    measured: Workflow, alice: User, enter: Enter, window: str
) -> None:
    data = enter(alice).get(at(measured, "chart"), {"window": window}).json()
    points = metric(data, "agreement")
    assert [(p["n"], p["value"]) for p in points] == [(20, 0.7), (20, 0.9)]
    assert all(p["low"] < p["value"] < p["high"] for p in points)
    assert points[1]["start"] - points[0]["start"] == data["step"] == SIZES[window] * 1000
    assert metric(data, "redo_rate") == metric(data, "agreement_blind") == []


def test_the_chart_equals_the_metrics_of_the_api(
    measured: Workflow, alice: User, enter: Enter
) -> None:
    browser = enter(alice)
    told = browser.get(f"/api/v1/workflows/{measured.slug}/metrics?metric=agreement").json()
    whole = next(line for line in told["lines"] if not line["version"])
    data = browser.get(at(measured, "chart")).json()
    assert [(p["n"], p["value"], p["low"]) for p in whole["points"]] == [
        (p["n"], p["value"], p["low"]) for p in metric(data, "agreement")
    ]


def test_revisions_of_the_span_are_marks(spam: Workflow, alice: User, enter: Enter) -> None:
    old = timedelta(days=3)
    workflows.set_level(spam, "ai_assistance", by=alice, reason="earlier")
    Revision.objects.filter(no__lte=2).update(at=datetime.now(UTC) - old)
    workflows.set_stop(spam, stopped=True, by=alice, reason="just now")
    marks = enter(alice).get(at(spam, "chart")).json()["revisions"]
    assert [(mark["no"], mark["what"]) for mark in marks] == [(3, ["Automation stopped"])]


def test_an_unmeasured_workflow_has_no_points(spam: Workflow, alice: User, enter: Enter) -> None:
    data = enter(alice).get(at(spam, "chart")).json()
    assert [m["points"] for m in data["metrics"]] == [[], [], []]


def test_an_unknown_window_is_refused_with_the_valid_ones(
    spam: Workflow, alice: User, enter: Enter
) -> None:
    answer = enter(alice).get(at(spam, "chart"), {"window": "week"})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "window is one of minute, hour, day"


def test_the_same_numbers_come_as_a_table(measured: Workflow, alice: User, enter: Enter) -> None:
    answer = enter(alice).get(at(measured, "chart"), {"window": "hour", "format": "csv"})
    rows = list(csv.DictReader(answer.content.decode().splitlines()))
    assert [(row["metric"], row["n"], row["value"]) for row in rows] == [
        ("agreement", "20", "0.7"),
        ("agreement", "20", "0.9"),
    ]
    assert answer["Content-Disposition"] == 'attachment; filename="spam-hour.csv"'


def test_a_young_workflow_is_shown_by_the_minute(spam: Workflow) -> None:
    assert chart.first_window(spam, spam.created + timedelta(hours=1)) == "minute"
    assert chart.first_window(spam, spam.created + timedelta(hours=4)) == "hour"
