"""What cannot be known is said in sentences, and only where it is so."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hitl.domain.evidence.estimates import Drawn, estimate
from hitl.models import Workflow
from hitl.services.evidence.limits import limits
from hitl.services.evidence.simulating import Asked, simulate
from tests.conftest import Api

pytestmark = pytest.mark.django_db


def _names(workflow: Workflow, asked: Asked) -> list[str]:
    now = datetime.now(UTC) + timedelta(hours=2)
    return [one.name for one in limits(simulate(workflow, asked, 4, now))]


@pytest.fixture
def forty(spam: Workflow, shop: Api) -> Workflow:
    shop.send("POST", "workflows/spam/cases", [{"input": {"text": str(i)}} for i in range(40)])
    return spam


def test_where_people_decide_everything_no_errors_are_in_question(forty: Workflow) -> None:
    assert _names(forty, Asked()) == ["no_times", "no_profile"]


def test_a_target_without_a_grid_says_why_nothing_is_certified(forty: Workflow) -> None:
    asked = Asked(level="partial_automation", max_error=0.02)
    assert {"no_grid", "not_replayed"} <= set(_names(forty, asked))


def test_automation_without_blind_answers_says_so(forty: Workflow) -> None:
    asked = Asked(level="partial_automation", threshold=0.5)
    assert {"no_answers", "awaited"} <= set(_names(forty, asked))


def test_an_empty_workflow_has_too_few(spam: Workflow) -> None:
    assert _names(spam, Asked())[0] == "too_few"


@pytest.mark.parametrize(
    ("drawn", "name", "said"),
    [
        pytest.param(Drawn(1.0, 0, 0), "no_answers", "has been judged blind", id="none"),
        pytest.param(Drawn(1.0, 9, 0, 9), "no_answers", "could tell in none of them", id="missing"),
        pytest.param(Drawn(1.0, 2, 0, 1), "few_answers", "Only 1 of the cases", id="one"),
        pytest.param(Drawn(1.0, 29, 1), "few_answers", "30 are needed", id="few"),
    ],
)
def test_too_few_answers_are_said_as_they_are(
    forty: Workflow, drawn: Drawn, name: str, said: str
) -> None:
    now = datetime.now(UTC) + timedelta(hours=2)
    found = simulate(forty, Asked(level="partial_automation", threshold=0.5), 4, now)
    course = replace(found.then.course, error=estimate([drawn]))
    told = {
        one.name: one.said
        for one in limits(replace(found, then=replace(found.then, course=course)))
    }
    assert said in told[name]


def test_traffic_of_a_moment_is_no_traffic(forty: Workflow) -> None:
    found = simulate(forty, Asked(), 4, datetime.now(UTC))
    assert "within an hour" in {one.name: one.said for one in limits(found)}["no_traffic"]
