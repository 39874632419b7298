"""What waits, how old it is, and when it will be answered."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from hitl.models import Cursor, Measurement, Series, Workflow
from hitl.services import monitoring
from reviews.services import queue
from tests import factories
from tests.reviews.answers import case, known

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 6, 12, 30, tzinfo=UTC)
THIS_HOUR = NOW.replace(minute=0)


@pytest.fixture
def measured(spam: Workflow) -> Workflow:
    """A workflow that is older than a week, and measured up to now."""
    Workflow.objects.filter(pk=spam.pk).update(created=NOW - timedelta(days=30))
    Cursor.objects.update_or_create(name="measure", defaults={"at": NOW})
    spam.refresh_from_db()
    return spam


def hourly(workflow: Workflow, metric: str, tally: dict[str, int]) -> None:
    """The same tally in each hour of the last week."""
    series = Series.objects.create(workflow=workflow, metric=metric, level="shadow")
    Measurement.objects.bulk_create(
        Measurement(
            series=series,
            resolution=monitoring.HOUR,
            start=THIS_HOUR - timedelta(hours=back),
            tally=tally,
        )
        for back in range(1, 169)
    )


def test_what_waits_by_age(measured: Workflow, bob: User) -> None:
    for hours in (0.5, 2, 9, 30, 300):
        case(measured, created=NOW - timedelta(hours=hours), free=1)
    case(measured, created=NOW - timedelta(hours=2), free=0)  # somebody has it in hand
    case(measured, created=NOW - timedelta(hours=2), free=1, state="closed")
    case(factories.workflow("ham"), free=1)
    known(measured)
    found = queue.look(measured, NOW)
    assert (found.waiting, found.ages, found.complete) == (5, [1, 1, 1, 2], True)


def test_the_forecast_counts_what_comes_to_people_and_what_they_decide(
    measured: Workflow, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Ten come an hour, four of them automated; people decide eight: two fewer wait each hour."""
    hourly(measured, "volume", {"n": 10})
    hourly(measured, "automation_rate", {"n": 10, "hits": 4})
    hourly(measured, "human_decisions", {"n": 8})
    for _ in range(6):
        case(measured, created=NOW, free=1)
    case(measured, created=NOW, free=1, kind="audit")  # no client waits for it
    queue.look(measured, NOW)
    with django_assert_num_queries(5):
        found = queue.look(measured, NOW)
    assert (found.waiting, found.forecast.state, found.forecast.hours) == (7, "falls", 3)
    assert found.forecast.net == -48.0


def test_more_coming_than_answered_is_said(measured: Workflow) -> None:
    hourly(measured, "volume", {"n": 10})
    case(measured, created=NOW, free=1)
    assert queue.look(measured, NOW).forecast.state == "grows"


def test_nothing_waits(measured: Workflow) -> None:
    found = queue.look(measured, NOW)
    assert (found.waiting, found.ages, found.forecast.state) == (0, [0, 0, 0, 0], "empty")


@pytest.mark.parametrize("why", ["young", "never measured", "measured long ago"])
def test_where_no_whole_week_is_counted_nothing_is_foretold(measured: Workflow, why: str) -> None:
    case(measured, created=NOW, free=1)
    if why == "young":
        measured.created = NOW - timedelta(days=6)
    elif why == "never measured":
        Cursor.objects.all().delete()
    else:
        Cursor.objects.update(at=NOW - timedelta(hours=5))
    assert queue.look(measured, NOW).forecast.state == "unknown"


def test_more_than_is_looked_at_is_said_and_not_foretold(
    measured: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    hourly(measured, "human_decisions", {"n": 8})
    for _ in range(3):
        case(measured, created=NOW, free=1)
    monkeypatch.setattr(queue, "MOST", 2)
    found = queue.look(measured, NOW)
    assert (found.waiting, found.complete, found.forecast.state) == (2, False, "unknown")
