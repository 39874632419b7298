"""Estimates: what was drawn less often stands for more."""

import pytest

from hitl.domain.evidence.estimates import Drawn, estimate
from hitl.domain.evidence.interval import interval


def test_equal_shares_give_the_exact_interval() -> None:
    found = estimate([Drawn(0.1, 400, 8), Drawn(0.1, 600, 12)])
    assert (found.cases, found.errors, found.weighted) == (1000, 20, False)
    assert found.value == pytest.approx(0.02)
    assert (found.low, found.high) == interval(1000, 20)


def test_different_shares_are_weighed() -> None:
    found = estimate([Drawn(1.0, 100, 10), Drawn(0.1, 90, 0)])
    assert found.weighted
    assert found.value == pytest.approx(10 / (100 + 900))
    assert found.value is not None
    assert found.low < found.value < found.high
    assert found.high - found.low > interval(190, 2)[1] - interval(190, 2)[0]


def test_missing_answers_widen_the_interval_and_are_no_part_of_the_rate() -> None:
    found = estimate([Drawn(0.5, 100, 5, 20)])
    assert found.value == pytest.approx(5 / 80)
    assert (found.low, found.high) == (interval(100, 5)[0], interval(100, 25)[1])


@pytest.mark.parametrize(
    "drawn", [pytest.param([], id="nothing"), pytest.param([Drawn(1.0, 3, 0, 3)], id="no answer")]
)
def test_without_an_answer_there_is_no_rate(drawn: list[Drawn]) -> None:
    found = estimate(drawn)
    assert (found.value, found.low, found.high) == (None, 0.0, 1.0)


def test_one_rare_error_among_many_certain_cases_has_an_interval() -> None:
    found = estimate([Drawn(0.01, 30, 0), Drawn(1.0, 1000, 1)])
    assert found.low == 0.0
    assert found.value is not None
    assert found.value < found.high < 1.0


def test_a_rate_takes_thirty_answers() -> None:
    assert estimate([Drawn(1.0, 30, 0)]).is_enough
    few = estimate([Drawn(1.0, 30, 1, 1)])
    assert (few.answers, few.is_enough) == (29, False)
