"""What cannot be known is said in sentences, and only where it is so."""

from datetime import UTC, datetime, timedelta

import pytest

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
