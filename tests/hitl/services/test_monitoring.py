"""Measuring: tallies per minute, merged upwards, idempotent, recomputable."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from hitl.domain.metrics import METRICS, Row
from hitl.models import Case, Cursor, Decision, Measurement, Prediction, Referral, Series, Workflow
from hitl.services import cases, monitoring, receiving, workflows
from hitl.services.arriving import Submission
from hitl.services.monitoring import DAY, HOUR, LATE, MINUTE
from hitl.services.revisions import Head
from hitl.services.sources import SOURCES
from models_registry.domain.errors import Invalid
from models_registry.domain.scoring import Outcome
from models_registry.models import new_id
from tests import factories, runtimes
from tests.hitl.services.rollouts.rolling import begin, goes_to, second
from tests.reviews import desks

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVER: Any = {"since": NOON - timedelta(days=400), "until": NOON + timedelta(days=400)}


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def send(workflow: Workflow, when: datetime, count: int = 1) -> None:
    row, _ = factories.key(workflow)
    assert row.client_id is not None
    receiving.receive(
        [Submission({"text": str(i)}) for i in range(count)],
        head=Head(workflow.pk, workflow.slug, workflows.in_force(workflow).no),
        client_id=row.client_id,
        batch=new_id(),
        now=when,
    )


def judge(user: User, value: str, when: datetime) -> None:
    desks.judge(user, value, now=when)


def tallies(resolution: int | None = None) -> dict[Any, Any]:
    """Everything measured, by what it is about."""
    rows = Measurement.objects.select_related("series")
    if resolution:
        rows = rows.filter(resolution=resolution)
    return {
        (
            row.series.workflow_id,
            row.series.metric,
            row.series.version,
            row.series.arm,
            row.series.level,
            row.resolution,
            row.start,
        ): row.tally
        for row in rows
    }


def rescanned(resolution: int) -> dict[Any, Any]:
    """The same from the facts, all at once, without windows of windows."""
    rows: dict[Any, list[Row]] = {}
    for source in SOURCES.entries():
        for when, split, row in source(EVER["since"], EVER["until"]):
            rows.setdefault((split, monitoring.floor(when, resolution)), []).append(row)
    return {
        (split.workflow_id, name, split.version, split.arm, split.level, resolution, start): tally
        for (split, start), some in rows.items()
        for name in METRICS
        if (tally := METRICS[name].tally(some))
    }


@pytest.fixture
def busy(spam: Workflow, bob: User) -> Workflow:
    """A day and a half of work at two levels: judged, automated, audited, failed, redone."""
    workflows.change(spam, by=None, reason="test", policy={"audit_share": 1.0})
    send(spam, at(-2000), 2)
    send(spam, at(0), 3)
    judge(bob, "yes", at(0.5))
    judge(bob, "no", at(3))
    workflows.set_level(spam, "full_automation", by=None, reason="test")
    send(spam, at(59.9), 4)
    judge(bob, "yes", at(61))
    runtimes.NONSENSE.append(Outcome(None, None, "out of order"))
    send(spam, at(62))
    runtimes.NONSENSE.clear()
    for case in Case.objects.filter(seq=1)[:2]:
        cases.say(case, kind="redo", value="no", statement="", now=at(125))
    return spam


def test_tallies_equal_a_rescan_at_every_resolution(busy: Workflow) -> None:
    monitoring.measure(at(130))
    for resolution in (MINUTE, HOUR, DAY):
        assert tallies(resolution) == rescanned(resolution)
    assert len(tallies(MINUTE)) > len(tallies(HOUR)) > len(tallies(DAY)) > 0


def test_hours_and_days_are_merges_of_minutes(busy: Workflow) -> None:
    monitoring.measure(at(130))
    for coarse in (HOUR, DAY):
        merged: dict[Any, Counter[str]] = {}
        for (*what, _, start), tally in tallies(MINUTE).items():
            key = (*what, coarse, monitoring.floor(start, coarse))
            merged.setdefault(key, Counter()).update(tally)
        assert tallies(coarse) == {key: dict(tally) for key, tally in merged.items()}


def test_measuring_again_changes_nothing(busy: Workflow) -> None:
    monitoring.measure(at(130))
    first, series = tallies(), Series.objects.count()
    assert monitoring.measure(at(130)) > 0
    assert tallies() == first
    assert Series.objects.count() == series


def test_many_small_runs_give_what_one_gives(busy: Workflow) -> None:
    for minute in range(-2000, 130, 17):
        monitoring.measure(at(minute))
    monitoring.measure(at(130))
    assert tallies(MINUTE) == rescanned(MINUTE)
    assert tallies(DAY) == rescanned(DAY)


def test_a_lost_cursor_means_measuring_from_the_first_case(busy: Workflow) -> None:
    monitoring.measure(at(130))
    first = tallies()
    Cursor.objects.all().delete()
    assert monitoring.measure(at(130)) == 2000 + 131
    assert tallies() == first


def test_wrong_tallies_are_replaced_whole(busy: Workflow) -> None:
    monitoring.measure(at(130))
    first = tallies()
    Measurement.objects.update(tally={"n": 99, "hits": 98})
    Cursor.objects.all().delete()
    monitoring.measure(at(130))
    assert tallies() == first


def test_a_fact_that_becomes_visible_late_is_counted(spam: Workflow) -> None:
    send(spam, at(0))
    monitoring.measure(at(0.9))
    monitoring.measure(at(1.5))
    send(spam, at(0.99))  # written by a transaction that took long
    monitoring.measure(at(2.5))
    volume = [tally for key, tally in tallies(MINUTE).items() if key[1] == "volume"]
    assert volume == [{"n": 2}]
    assert timedelta(minutes=1.5) < LATE


def test_the_cursor_stays_behind_now_and_never_moves_back(spam: Workflow) -> None:
    send(spam, at(0))
    monitoring.measure(at(10.5))
    cursor = Cursor.objects.get(name="measure")
    assert cursor.at == at(10) - LATE
    monitoring.measure(at(5))
    cursor.refresh_from_db()
    assert cursor.at == at(10) - LATE


def test_with_nothing_to_measure_nothing_is_measured(db: None) -> None:
    assert monitoring.measure(at(0)) == 1
    assert not Measurement.objects.exists()


def test_catching_up_goes_hour_by_hour(spam: Workflow) -> None:
    send(spam, at(0))
    assert monitoring.measure(at(200)) == 201
    assert Cursor.objects.get().at == at(198)


def test_an_answer_is_held_against_the_version_and_level_of_its_case(busy: Workflow) -> None:
    monitoring.measure(at(130))
    version = str(Prediction.objects.values_list("version_id", flat=True)[0])
    found = monitoring.lines(busy.pk, "agreement", **EVER, window="day")
    lines = {(line.version, line.arm, line.level): line.points for line in found}
    assert set(lines) == {("", "", ""), (version, "champion", "shadow")}
    (point,) = lines["", "", ""]
    assert (point.start, point.n) == (monitoring.floor(NOON, DAY), 3)
    assert point.value == pytest.approx(2 / 3)
    assert point.low is not None
    assert point.high is not None
    assert point.low < 2 / 3 < point.high


def test_redo_and_null_rates(busy: Workflow) -> None:
    monitoring.measure(at(130))
    redo = monitoring.total(busy.pk, "redo_rate", **EVER)
    assert (redo.value, redo.n) == (2 / Decision.objects.count(), Decision.objects.count())
    null = monitoring.total(busy.pk, "null_rate", **EVER)
    assert (null.value, null.n) == (1 / 10, 10)
    rate = monitoring.total(busy.pk, "automation_rate", **EVER)
    assert (rate.value, rate.n, rate.low) == (0.4, 10, None)


def test_a_total_is_the_same_from_any_window(busy: Workflow) -> None:
    monitoring.measure(at(130))
    totals = [
        monitoring.total(busy.pk, "volume", **EVER, window=window).n
        for window in monitoring.WINDOWS
    ]
    assert totals == [10, 10, 10]


def test_a_span_takes_whole_windows_from_its_start_up_to_its_end(busy: Workflow) -> None:
    monitoring.measure(at(130))
    assert monitoring.total(busy.pk, "volume", since=at(0), until=at(59)).n == 3
    assert monitoring.total(busy.pk, "volume", since=at(1), until=at(60)).n == 4


def test_other_workflows_are_not_counted(busy: Workflow) -> None:
    ham = factories.workflow("ham")
    monitoring.measure(at(130))
    assert monitoring.lines(ham.pk, "volume", **EVER, window="hour") == []
    assert monitoring.total(ham.pk, "volume", **EVER).n == 0


def test_an_unknown_metric_is_refused_with_the_valid_ones(spam: Workflow) -> None:
    with pytest.raises(Invalid) as error:
        monitoring.lines(spam.pk, "accuracy", **EVER, window="hour")
    (problem,) = error.value.problems
    assert problem.pointer == "/metric"
    assert "agreement" in problem.detail


# Today


@pytest.mark.parametrize("measured", [None, 30, 100, 130], ids=lambda m: f"measured at {m}")
def test_today_is_right_however_far_measuring_has_got(
    busy: Workflow, measured: float | None
) -> None:
    if measured is not None:
        monitoring.measure(at(measured))
    counts = monitoring.today(busy, at(130))
    assert (counts.arrived, counts.automated, counts.referred) == (8, 4, 4)
    people = Decision.objects.filter(source="human").count()
    assert counts.decided_by_people == people > 0
    assert counts.waiting == Referral.objects.exclude(state="closed").count()


def test_today_begins_at_midnight(spam: Workflow) -> None:
    send(spam, NOON - timedelta(hours=13))
    send(spam, NOON - timedelta(hours=11))
    assert monitoring.today(spam, NOON).arrived == 1
    assert monitoring.today(spam, NOON + timedelta(days=1)).arrived == 0


def test_the_first_in_line_is_told(spam: Workflow, bob: User) -> None:
    assert monitoring.first_in_line([spam.pk]) is None
    send(spam, at(0))
    send(spam, at(1))
    assert monitoring.first_in_line([spam.pk]) == at(0)
    judge(bob, "no", at(2))
    assert monitoring.first_in_line([spam.pk]) == at(1)


def test_the_first_in_line_is_the_next_to_be_judged_and_not_the_oldest(spam: Workflow) -> None:
    send(spam, at(0))
    send(spam, at(1))
    Referral.objects.filter(opened=at(1)).update(due=at(2))
    assert monitoring.first_in_line([spam.pk]) == at(1)
    Referral.objects.update(due=at(2))
    Referral.objects.filter(opened=at(0)).update(priority=9)
    assert monitoring.first_in_line([spam.pk]) == at(0)


def test_today_says_how_far_it_is_measured(spam: Workflow) -> None:
    assert monitoring.today(spam, NOON).measured is None
    send(spam, at(0))
    monitoring.measure(at(30))
    assert monitoring.today(spam, at(31)).measured == at(30) - monitoring.LATE


def test_waiting_cases_are_counted_up_to_a_limit(spam: Workflow) -> None:
    send(spam, at(0), monitoring.MOST_SHOWN + 1)
    assert monitoring.waiting([spam.pk]) == monitoring.MOST_SHOWN


def test_every_metric_splits_by_arm(spam: Workflow) -> None:
    second(spam, value="no")
    begin(spam)
    for arm in ("champion", "challenger", "challenger"):
        desks.send(spam, arm, subject=goes_to(spam, arm))
    now = datetime.now(UTC)
    monitoring.measure(now)
    span = {"since": now - timedelta(days=2), "until": now + timedelta(days=2)}
    found = monitoring.lines(spam.pk, "volume", **span, window="day")
    counted = {line.arm: sum(point.n for point in line.points) for line in found}
    assert counted == {"": 3, "champion": 1, "challenger": 2}
