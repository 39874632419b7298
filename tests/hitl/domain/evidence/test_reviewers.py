"""What reviewers miss tightens the target."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl.domain.evidence.interval import interval
from hitl.domain.evidence.reviewers import most_missed, tightened


@given(st.integers(1, 400), st.data(), st.floats(0.005, 0.2))
def test_the_limit_holds_however_often_one_looks(
    shown: int, data: st.DataObject, level: float
) -> None:
    missed = data.draw(st.integers(0, shown))
    limit = most_missed(shown, missed, level)
    assert limit == interval(shown, missed, 1.0 - level)[1]
    assert limit >= missed / shown


def test_looking_often_costs_something() -> None:
    """One look at a number that was planned gives 4.9 % for none of 60 missed."""
    assert most_missed(60, 0, 0.05) == pytest.approx(0.0894, abs=1e-4)
    planned = 1.0 - 0.05 ** (1 / 60)
    assert planned == pytest.approx(0.0487, abs=1e-4)


@given(st.integers(0, 50))
def test_who_was_shown_nothing_or_missed_all_may_miss_all(shown: int) -> None:
    assert most_missed(shown, shown, 0.05) == 1.0
    assert tightened(0.02, shown, shown, 0.05) == 0.0


@given(st.integers(2, 300), st.data())
def test_more_misses_tighten_more(shown: int, data: st.DataObject) -> None:
    missed = data.draw(st.integers(0, shown - 2))
    more = tightened(0.02, shown, missed + 1, 0.05)
    assert more <= tightened(0.02, shown, missed, 0.05) <= 0.02
