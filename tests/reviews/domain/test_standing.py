"""Where a person stands: what follows from their known answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl.domain.policy import Policy
from reviews.domain.standing import StandingState, Tally, reason, standing, uses_golds

TEST = Policy(onboarding=5, gold_bar=0.8, gold_least=10)
MIXED = Policy(gold_share=0.1, gold_bar=0.8, gold_least=10)


@pytest.mark.parametrize(
    ("policy", "given_", "right", "passed", "state"),
    [
        pytest.param(TEST, 0, 0, False, "onboarding", id="new"),
        pytest.param(TEST, 4, 4, False, "onboarding", id="the test is not over"),
        pytest.param(TEST, 4, 0, False, "onboarding", id="nor is it when it goes badly"),
        pytest.param(TEST, 5, 4, False, "active", id="passed at the bar"),
        pytest.param(TEST, 5, 3, False, "paused", id="not passed"),
        pytest.param(TEST, 5, 0, True, "active", id="a test behind them is not judged again"),
        pytest.param(TEST, 10, 7, True, "paused", id="later below the bar"),
        pytest.param(MIXED, 0, 0, False, "active", id="no test, no answers"),
        pytest.param(MIXED, 9, 0, False, "active", id="too few to tell"),
        pytest.param(MIXED, 10, 8, False, "active", id="at the bar"),
        pytest.param(MIXED, 10, 7, False, "paused", id="below the bar"),
        pytest.param(Policy(), 0, 0, False, "active", id="no known answers at all"),
    ],
)
def test_the_state(policy: Policy, given_: int, right: int, passed: bool, state: str) -> None:
    assert standing(policy, Tally(given_, right), passed=passed) == state


@given(st.integers(1, 100), st.data())
def test_who_is_exactly_at_the_bar_is_not_below_it(given_: int, data: st.DataObject) -> None:
    """Whatever floats make of bar times given: 0.28 * 25 is more than 7."""
    right = data.draw(st.integers(0, given_))
    policy = Policy(gold_bar=right / given_, gold_least=1, gold_share=0.1)
    assert standing(policy, Tally(given_, right), passed=True) == StandingState.ACTIVE
    if right:
        assert standing(policy, Tally(given_, right - 1), passed=True) == StandingState.PAUSED


def test_twenty_eight_percent_of_twenty_five_are_seven() -> None:
    policy = Policy(gold_bar=0.28, gold_least=1, gold_share=0.1)
    assert 0.28 * 25 > 7
    assert standing(policy, Tally(25, 7), passed=True) == StandingState.ACTIVE


@given(st.integers(0, 50), st.integers(0, 50), st.booleans())
def test_one_more_right_answer_never_pauses(right: int, wrong: int, passed: bool) -> None:
    before = standing(MIXED, Tally(right + wrong, right), passed=passed)
    after = standing(MIXED, Tally(right + wrong + 1, right + 1), passed=passed)
    if before == StandingState.ACTIVE and right + wrong >= MIXED.gold_least:
        assert after == StandingState.ACTIVE


def test_the_accuracy_comes_with_its_interval() -> None:
    assert Tally(0, 0).accuracy is None
    assert Tally(0, 0).interval is None
    low, high = Tally(100, 90).interval or (0.0, 0.0)
    assert (Tally(100, 90).accuracy, round(low, 3), round(high, 3)) == (0.9, 0.826, 0.945)


def test_the_reason_has_the_numbers() -> None:
    paused, testing = StandingState.PAUSED, StandingState.ONBOARDING
    assert reason(MIXED, Tally(10, 3), paused) == "3 of 10 known answers right; 80 % are needed"
    odd = Policy(gold_bar=0.55, gold_share=0.1)
    assert reason(odd, Tally(10, 3), paused).endswith("55 % are needed")
    assert reason(TEST, Tally(2, 2), testing) == "2 of 5 known answers given"
    assert reason(TEST, Tally(9, 9), StandingState.ACTIVE) == ""


@pytest.mark.parametrize(
    ("policy", "used"), [(Policy(), False), (TEST, True), (MIXED, True)], ids=str
)
def test_whether_known_answers_are_served(policy: Policy, used: bool) -> None:
    assert uses_golds(policy) is used
