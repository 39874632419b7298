"""Simulating: the terms in force give what happened, others what would have, and nothing moves."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from hitl.models import Case, Comparison, Workflow
from hitl.services import handling, workflows
from hitl.services.evidence import past as reading
from hitl.services.evidence.limits import limits
from hitl.services.evidence.simulating import Asked, Simulated, simulate
from models_registry.domain.errors import Invalid
from tests import factories
from tests.hitl.services.evidence.compared import compared
from tests.hitl.services.test_outlook import send
from tests.reviews.desks import level

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def own(db: None) -> Workflow:
    """A workflow at shadow with forty cases of each tenth of confidence."""
    factories.version("own-model", runtime="client")
    made = factories.workflow("own", model="own-model", level="shadow")
    send(made, [i / 10 for i in range(10)] * 40, NOON - timedelta(days=1))
    return made


@pytest.fixture
def timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty judgements of half a minute."""
    monkeypatch.setattr(handling, "seconds", lambda *_: [30.0] * 40)


def simulated(workflow: Workflow, weeks: int = 1, now: datetime = NOON, **asked: Any) -> Simulated:
    return simulate(workflow, Asked(**asked), weeks, now)


def names(found: Simulated) -> set[str]:
    return {one.name for one in limits(found)}


def test_a_level_and_a_threshold_are_replayed_beside_the_present(own: Workflow) -> None:
    found = simulated(own, level="partial_automation", threshold=0.8)
    assert (found.now.automated, found.then.automated) == (0.0, 0.2)
    assert (found.then.course.automated, found.then.course.referred) == (80, 320)
    assert (found.cases, found.predictions, found.complete) == (400, 400, True)
    assert {one.dial for one in found.effects} == {"level", "threshold"}
    alone = {one.dial: one.outcome.automated for one in found.effects}
    assert alone == {"level": 0.1, "threshold": 0.0}  # 0.9 stands; shadow automates nothing


def test_nothing_asked_is_what_is(own: Workflow) -> None:
    found = simulated(own)
    assert found.now == found.then
    assert found.effects == []


def test_asking_writes_nothing(own: Workflow, timed: None) -> None:
    said: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        said.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        simulated(own, level="full_automation", max_error=0.05, audit_share=0.1)
    assert {sql.split()[0] for sql in said} == {"SELECT"}
    assert len(said) <= 14


def test_cases_of_other_weeks_and_versions_do_not_count(own: Workflow) -> None:
    send(own, [0.99] * 50, NOON - timedelta(days=20))
    assert simulated(own).cases == 400
    assert simulated(own, weeks=4).cases == 450


def test_the_newest_are_read_and_it_says_so(own: Workflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST", 100)
    found = simulated(own)
    assert (found.cases, found.complete) == (100, False)
    assert "truncated" in names(found)


def test_too_few_predictions_say_so(own: Workflow) -> None:
    found = simulated(own, now=NOON - timedelta(days=3), level="partial_automation")
    assert not found.then.enough
    assert {"too_few", "no_times", "no_traffic"} <= names(found)


def test_what_was_never_judged_is_not_guessed(own: Workflow) -> None:
    found = simulated(own, level="partial_automation", threshold=0.5)
    assert found.then.course.error.value is None
    assert {"no_answers", "awaited"} <= names(found)
    assisted = level(own, "ai_assistance")
    send(assisted, [0.9] * 40, NOON - timedelta(hours=1))
    found = simulated(assisted, level="partial_automation", threshold=0.5)
    assert found.then.course.unknowable == 40  # the blind share was 0
    assert "selection" in names(found)


def test_people_follow_from_times_and_traffic(own: Workflow, timed: None) -> None:
    found = simulated(own, level="partial_automation", threshold=0.5, reviews_required=2)
    assert found.now.reviews == 1.0
    assert found.then.reviews == 1.0  # half of the cases, by two people each
    assert found.arrivals is not None
    assert found.now.staffing is not None
    assert found.arrivals.a_day == pytest.approx(400.0)
    assert found.now.staffing.hours == pytest.approx(400 * 30 / 3600)
    effect = {one.dial: one.outcome.staffing for one in found.effects}
    assert effect["reviews_required"] is not None
    assert effect["reviews_required"].hours == pytest.approx(2 * found.now.staffing.hours)
    assert found.people == found.now.staffing.at_once
    assert found.now.wait == pytest.approx(found.now.staffing.wait)


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"level": "none"}, "/level"),
        ({"audit_share": 0.3}, "/audit_share"),
        ({"blind_share": 0.3}, "/blind_share"),
        ({"max_error": 1.5}, "/max_error"),
        ({"confidence": 0.2}, "/confidence"),
        ({"threshold": 1.5}, "/threshold"),
        ({"threshold": 0.5, "max_error": 0.02}, "/threshold"),
        ({"reviews_required": 10}, "/reviews_required"),
    ],
)
def test_a_dial_that_cannot_be_is_named(own: Workflow, asked: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as caught:
        simulated(own, **asked)
    assert caught.value.problems[0].pointer == pointer


def test_a_target_replays_the_comparisons_that_were_made(spam: Workflow, bob: User) -> None:
    compared(spam, bob, *["yes"] * 34, "no")
    past = timedelta(hours=1)
    Comparison._base_manager.update(at=datetime.now(UTC) - past)
    Case.objects.update(created=datetime.now(UTC) - past)
    now = datetime.now(UTC)
    loose = simulated(
        spam, now=now, level="partial_automation", max_error=0.5, confidence=0.5, blind_share=1.0
    )
    assert loose.then.course.steps
    assert loose.then.automated == 1.0
    assert loose.then.course.steps[0].cases >= 20
    strict = simulated(spam, now=now, level="partial_automation", max_error=0.02)
    assert strict.then.course.steps == ()
    assert strict.then.automated == 0.0
    fixed = simulated(spam, now=now, level="partial_automation", threshold=0.9)
    assert (fixed.then.course.error.errors, fixed.then.course.error.cases) == (1, 35)


def test_a_stop_is_left_out_of_account_and_said(own: Workflow) -> None:
    level(own, "partial_automation")
    workflows.set_stop(own, stopped=True, by=None, reason="test")
    found = simulated(own)
    assert found.now.automated == 0.1
    assert "stopped" in names(found)


def test_reviewed_times_are_read_from_reviews(spam: Workflow, bob: User) -> None:
    compared(spam, bob, "yes", "yes", "no")
    times = handling.seconds(spam, datetime.now(UTC) - timedelta(hours=1))
    assert len(times) == 3
    assert all(one >= 0 for one in times)
    assert handling.seconds(factories.workflow("other"), datetime.now(UTC)) == []


def test_a_level_above_the_risk_class_is_refused(own: Workflow) -> None:
    workflows.change(own, by=None, reason="risky", policy={"risk": "high"})
    with pytest.raises(Invalid) as refusal:
        simulated(own, level="partial_automation")
    (problem,) = refusal.value.problems
    assert problem.pointer == "/level"
    assert "ai_assistance or less" in problem.detail
    assert simulated(own, level="ai_assistance").then.level == "ai_assistance"
