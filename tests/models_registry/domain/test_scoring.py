"""Scores: the most probable class, and which confidences can be used."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.domain.scoring import Outcome, PredictionFailed, best, is_usable
from tests.properties import units, unusable


@given(units)
def test_a_number_between_0_and_1_is_usable(confidence: float) -> None:
    assert is_usable(confidence)


@given(unusable)
def test_anything_else_is_not(confidence: float | None) -> None:
    assert not is_usable(confidence)


@given(st.lists(units, min_size=1, max_size=20))
def test_the_best_class_has_the_highest_probability_and_is_the_first_of_its_equals(
    probabilities: list[float],
) -> None:
    classes = [f"class {i}" for i in range(len(probabilities))]
    value, confidence = best(classes, probabilities)
    assert confidence == max(probabilities)
    assert classes.index(value) == probabilities.index(confidence)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_row_with_a_nan_gives_no_usable_confidence_wherever_it_stands(at: int) -> None:
    row = [0.2, 0.7, 0.1]
    row[at] = math.nan
    assert not is_usable(best(["a", "b", "c"], row)[1])


def test_probabilities_that_do_not_fit_the_classes_fail() -> None:
    with pytest.raises(PredictionFailed, match="3 probabilities for 2 classes"):
        best(["a", "b"], [0.2, 0.3, 0.5])


def test_an_outcome_has_no_error_by_default() -> None:
    assert Outcome("yes", 0.9) == Outcome("yes", 0.9, error="", latency=0.0)
