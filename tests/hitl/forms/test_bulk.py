"""Deciding many: which cases a form means, and what it sends again."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from hitl.forms import AnswerForm, FilterForm
from hitl.services.bulk import Filter

ANSWERS = [("no", "No"), ("yes", "Yes")]
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
    ],
)
def test_filters_become_what_the_service_takes(given: dict[str, str], wanted: Filter) -> None:
    form = FilterForm(given, pools=["legal"], answers=ANSWERS)
    assert form.is_valid(), form.errors
    got = form.asked()
    assert (got.pool, got.suggestion, got.confidence_from, got.opened_before) == (
        wanted.pool,
        wanted.suggestion,
        wanted.confidence_from,
        wanted.opened_before,
    )
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
        pytest.param({"scope": "some"}, "scope", id="no scope"),
        pytest.param({"scope": "all", "case": [str(CASE)]}, "scope", id="all and ticks"),
        pytest.param({"case": ["x"]}, "case", id="no id"),
        pytest.param({"case": [str(CASE)] * 1001}, "case", id="too many"),
        pytest.param({"value": ""}, "value", id="no answer"),
        pytest.param({"value": "maybe"}, "value", id="no such answer"),
        pytest.param({"pool": "french"}, "pool", id="no such pool"),
        pytest.param({"confidence_from": "2"}, "confidence_from", id="confidence above one"),
        pytest.param({"opened_before": "soon"}, "opened_before", id="no time"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(given: dict[str, Any], field: str) -> None:
    assert list(asked(**given).errors) == [field]
