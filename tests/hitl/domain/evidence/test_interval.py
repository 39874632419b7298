"""Confidence sequences: the truth stays inside at all looks, at its rate."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from hitl.domain.evidence.interval import interval, log_bet

RUNS, LOOKS = 400, (10, 30, 100, 300, 1000, 3000)


@given(st.integers(1, 5000), st.data())
def test_the_ends_are_where_the_bet_wins(cases: int, data: st.DataObject) -> None:
    errors = data.draw(st.integers(0, cases))
    low, high = interval(cases, errors)
    assert 0.0 <= low <= errors / cases <= high <= 1.0
    if low:
        assert log_bet(low, cases, errors) == pytest.approx(math.log(20), abs=1e-5)
    if high < 1.0:
        assert log_bet(high, cases, errors) == pytest.approx(math.log(20), abs=1e-5)


@pytest.mark.parametrize("p", [0.005, 0.02, 0.3])
@pytest.mark.parametrize("n", [1, 40])
def test_the_bet_is_fair(p: float, n: int) -> None:
    expected = sum(binom.pmf(x, n, p) * math.exp(log_bet(p, n, x)) for x in range(n + 1))
    assert expected == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("p", [0.005, 0.02, 0.1])
def test_the_truth_is_missed_as_rarely_as_promised(p: float) -> None:
    chance, missed = np.random.default_rng(11), 0
    for _ in range(RUNS):
        errors = np.cumsum(chance.random(LOOKS[-1]) < p)
        ends = [interval(n, int(errors[n - 1])) for n in LOOKS]
        missed += not all(low <= p <= high for low, high in ends)
    assert missed <= binom.ppf(0.99, RUNS, 0.05), f"missed in {missed} of {RUNS} runs"


def test_without_cases_everything_is_possible() -> None:
    assert interval(0, 0) == (0.0, 1.0)


@given(st.integers(1, 300), st.floats(0.5, 0.999))
def test_more_confidence_is_wider(cases: int, confidence: float) -> None:
    low, high = interval(cases, cases // 3, confidence)
    wide_low, wide_high = interval(cases, cases // 3, (1 + confidence) / 2)
    assert wide_low <= low
    assert wide_high >= high
