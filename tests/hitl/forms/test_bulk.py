"""Deciding many: which cases a form means, and what it sends again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from hitl.forms import AnswerForm, FilterForm
from hitl.forms.answers import Answers
from hitl.services.bulk import Filter
from models_registry.domain.task_types import TASK_TYPES

TASK = TASK_TYPES["classification"]
ANSWERS = Answers(TASK, TASK.check({"classes": ["no", "yes"]}))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CASE = UUID(int=1)


def asked(**given: Any) -> AnswerForm:
    given = {"scope": "all", "value": "yes"} | given
    return AnswerForm(given, pools=["legal"], answers=ANSWERS)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        pytest.param({}, Filter(), id="all"),
        pytest.param({"pool": "*"}, Filter(pool=""), id="the workflow's own pool"),
        pytest.param({"pool": "legal"}, Filter(pool="legal"), id="a pool"),
        pytest.param(
            {"suggestion": "no", "confidence_from": "0"},
            Filter(suggestion="no", confidence_from=0.0),
            id="what the model said",
        ),
        pytest.param(
            {"opened_before": "2026-03-01T12:00"},
            Filter(opened_before=datetime(2026, 3, 1, 12, tzinfo=UTC)),
            id="a time",
        ),
        pytest.param({"due": "overdue"}, Filter(due_before=NOW), id="overdue"),
        pytest.param({"due": "soon"}, Filter(due_before=NOW + timedelta(hours=4)), id="due soon"),
        pytest.param(
            {"due": "soon", "due_before": "2026-03-01T13:00"},
            Filter(due_before=datetime(2026, 3, 1, 13, tzinfo=UTC)),
            id="due soon when it was shown",
        ),
    ],
)
def test_filters_become_what_the_service_takes(given: dict[str, str], wanted: Filter) -> None:
    form = FilterForm(given, pools=["legal"], answers=ANSWERS)
    assert form.is_valid(), form.errors
    assert replace(form.asked(NOW), cases=()) == wanted
    assert form.hidden() == given


def test_ticked_cases_are_those_that_are_meant() -> None:
    form = asked(scope="chosen", case=[str(CASE)])
    assert form.is_valid()
    assert form.asked().cases == [CASE]
    form = asked(scope="all")
    assert form.is_valid()
    assert form.asked().cases == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        pytest.param({"scope": "chosen"}, "scope", id="nothing ticked"),
        pytest.param({"scope": ""}, "scope", id="nothing chosen"),
        pytest.param({"scope": "some"}, "scope", id="no such scope"),
        pytest.param({"scope": "all", "case": [str(CASE)]}, "scope", id="all and ticks"),
        pytest.param({"case": ["x"]}, "case", id="no id"),
        pytest.param({"case": [str(CASE)] * 1001}, "case", id="too many"),
        pytest.param({"value": ""}, "value", id="no answer"),
        pytest.param({"value": "maybe"}, "value", id="no such answer"),
        pytest.param({"pool": "french"}, "pool", id="no such pool"),
        pytest.param({"due": "never"}, "due", id="no such time"),
        pytest.param({"confidence_from": "2"}, "confidence_from", id="confidence above one"),
        pytest.param({"opened_before": "soon"}, "opened_before", id="no time"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(given: dict[str, Any], field: str) -> None:
    assert list(asked(**given).errors) == [field]
