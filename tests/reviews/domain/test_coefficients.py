"""Coefficients against second implementations and textbook tables."""

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from reviews.domain.coefficients import alpha, fleiss, kappa, modal

LABELS = st.sampled_from("abcd")
# Fleiss (1971), as in many textbooks: ten subjects, fourteen raters, five categories.
FLEISS_1971 = [
    (0, 0, 0, 0, 14),
    (0, 2, 6, 4, 2),
    (0, 0, 3, 5, 6),
    (0, 3, 9, 2, 0),
    (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0),
    (3, 2, 6, 3, 0),
    (2, 5, 3, 2, 2),
    (6, 5, 2, 1, 0),
    (0, 2, 2, 3, 7),
]


def spread(row: tuple[int, ...]) -> list[int]:
    """A row of counts as the answers themselves."""
    return [label for label, times in enumerate(row) for _ in range(times)]


def textbook(table: list[tuple[int, ...]]) -> float:
    """Fleiss' kappa step by step, as it is taught."""
    cases, raters = len(table), sum(table[0])
    shares = [sum(row[j] for row in table) / (cases * raters) for j in range(len(table[0]))]
    each = [(sum(x * x for x in row) - raters) / (raters * (raters - 1)) for row in table]
    observed, expected = sum(each) / cases, sum(share**2 for share in shares)
    return (observed - expected) / (1 - expected)


def test_fleiss_own_example() -> None:
    assert fleiss([spread(row) for row in FLEISS_1971]) == pytest.approx(0.210, abs=5e-4)


@given(st.lists(st.lists(LABELS, min_size=3, max_size=3), min_size=2, max_size=30))
def test_fleiss_is_the_textbooks(cases: list[list[str]]) -> None:
    assume(len({label for case in cases for label in case}) > 1)
    table = [tuple(case.count(label) for label in "abcd") for case in cases]
    assert fleiss(cases) == pytest.approx(textbook(table))


def test_fleiss_takes_the_cases_with_the_usual_number_of_answers() -> None:
    threes = [["a", "a", "b"], ["b", "b", "b"], ["a", "a", "a"]]
    others = [["a", "b"], ["b"], ["a", "a", "a", "b"]]
    assert fleiss(threes + others) == fleiss(threes)
    assert modal(threes + others) == 3
    assert modal([["a", "a"], ["b"] * 5]) == 5  # the larger one where two are as frequent
    assert modal([["a"], []]) == 0


@pytest.mark.parametrize("cases", [[], [["a"]], [["a", "a"]] * 5], ids=str)
def test_fleiss_of_nothing_to_compare_is_undefined(cases: list[list[str]]) -> None:
    assert fleiss(cases) is None


@given(st.lists(st.tuples(LABELS, LABELS), min_size=2, max_size=40))
def test_cohens_kappa_is_scikit_learns(pairs: list[tuple[str, str]]) -> None:
    assume(len({label for pair in pairs for label in pair}) > 1)
    theirs = cohen_kappa_score([one for one, _ in pairs], [other for _, other in pairs])
    assert kappa(pairs) == pytest.approx(theirs)


@given(st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=2, max_size=30))
def test_alpha_is_the_packages(cases: list[list[int]]) -> None:
    assume(len({label for case in cases for label in case}) > 1)
    theirs = krippendorff.alpha(
        reliability_data=np.array(cases, dtype=float).T,
        level_of_measurement="nominal",
        value_domain=[0, 1, 2, 3],
    )
    assert alpha(cases) == pytest.approx(theirs)
