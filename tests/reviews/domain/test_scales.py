"""Scales of measurement, against the package of that name and Krippendorff's own example."""

from typing import Any, Literal

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reviews.domain.agreement import on_scale
from reviews.domain.scales import SCALES, Scale

CLASSES = {"classes": [{"value": v, "title": v} for v in "abcde"]}
NUMBERS: dict[str, Any] = {"minimum": None, "maximum": None}
CASES = st.lists(
    st.dictionaries(st.sampled_from(["ann", "bob", "cem"]), st.integers(0, 4), max_size=3),
    min_size=10,
    max_size=25,
)


def measured(name: str, cases: list[dict[str, Any]], values: dict[int, Any]) -> float | None:
    """Alpha by our scale; labels are what `values` says they stand for."""
    scale: Scale = SCALES[name]
    places = scale.places({**CLASSES, **NUMBERS}, values)
    assert places is not None
    return on_scale(cases, np.random.default_rng(1), scale, places).value


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
@given(cases=CASES)
def test_a_second_implementation_gives_the_same(
    level: Literal["nominal", "ordinal", "interval"], cases: list[dict[str, int]]
) -> None:
    """Any answers of up to three people, with any missing."""
    pairable = [case for case in cases if len(case) > 1]
    assume(len(pairable) >= 10)
    assume(len({label for case in pairable for label in case.values()}) > 1)
    values: dict[int, Any] = dict(enumerate("abcde")) if level == "ordinal" else {}
    values = values or {i: i for i in range(5)}
    people = ["ann", "bob", "cem"]
    table = [[float(case.get(who, np.nan)) for case in cases] for who in people]
    theirs = krippendorff.alpha(
        reliability_data=np.array(table),
        level_of_measurement=level,
        value_domain=list(range(5)),
    )
    assert measured(level, cases, values) == pytest.approx(theirs, abs=1e-9)


def test_bad_input_is_a_label_and_has_no_place_in_an_order() -> None:
    values = {0: "a", 1: "c", 2: None}
    assert set(SCALES["nominal"].places(CLASSES, values) or {}) == {0, 1, 2}
    assert SCALES["ordinal"].places(CLASSES, values) == {0: 0.0, 1: 2.0}
    assert SCALES["interval"].places(NUMBERS, {0: "1", 1: "2.50", 2: None}) == {0: 1.0, 1: 2.5}


@pytest.mark.parametrize(
    ("name", "definition", "values"),
    [
        pytest.param("ordinal", {"classes": CLASSES["classes"][:2]}, {0: "a"}, id="two classes"),
        pytest.param("ordinal", {}, {0: "a"}, id="no classes"),
        pytest.param("ordinal", CLASSES, {0: ["a", "b"]}, id="several classes at once"),
        pytest.param("interval", CLASSES, {0: "1"}, id="a class that looks like a number"),
        pytest.param("interval", NUMBERS, {0: "a"}, id="no number"),
        pytest.param("interval", NUMBERS, {0: True}, id="yes or no"),
        pytest.param("interval", NUMBERS, {0: "1", 1: "1e300"}, id="beyond distances"),
        pytest.param("interval", NUMBERS, {0: "NaN"}, id="not a number"),
        pytest.param("interval", NUMBERS, {0: None}, id="only bad input"),
        pytest.param("interval", NUMBERS, {}, id="nothing"),
    ],
)
def test_a_scale_says_where_it_does_not_apply(
    name: str, definition: dict[str, Any], values: dict[int, Any]
) -> None:
    assert SCALES[name].places(definition, values) is None


def test_a_class_that_is_no_more_has_no_place() -> None:
    assert SCALES["ordinal"].places(CLASSES, {0: "a", 1: "gone"}) == {0: 0.0}


def test_every_scale_has_a_title() -> None:
    assert [scale.name for scale in SCALES.entries()] == list(SCALES)
    assert all(scale.title for scale in SCALES.entries())
