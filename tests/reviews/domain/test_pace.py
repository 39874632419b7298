"""How fast, how old, how long: rules over plain numbers."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from scipy.stats import t as student

from reviews.domain.pace import (
    BAND_TITLES,
    DAYS,
    LEAST_FAST,
    LEAST_TIMED,
    STUDENT,
    WEEK,
    Forecast,
    Pace,
    bands,
    bound,
    forecast,
    pace,
)

FLAT = [0.0] * WEEK


def test_the_bound_is_a_fifth_of_the_teams_median() -> None:
    assert bound([5.0] * 10 + [15.0] * 11) == 3.0
    assert bound([5.0] * (LEAST_TIMED - 1)) is None


def test_a_pace_is_a_median_and_the_slowest_tenth() -> None:
    found = pace([float(i) for i in range(1, 102)], None)
    assert found == Pace(101, 51.0, 91.0)
    assert pace([], 3.0) == Pace(0)


@pytest.mark.parametrize(
    ("fast", "others", "suspicious"),
    [
        pytest.param(LEAST_FAST, 50, True, id="ten of sixty"),
        pytest.param(LEAST_FAST - 1, 5, False, id="nine of fourteen are too few"),
        pytest.param(LEAST_FAST, 91, False, id="ten of a hundred and one are too small a share"),
        pytest.param(LEAST_FAST, 90, True, id="ten of a hundred"),
    ],
)
def test_many_fast_judgements_are_suspicious_and_a_few_are_not(
    fast: int, others: int, suspicious: bool
) -> None:
    found = pace([0.9] * fast + [5.0] * others, 1.0)
    assert (found.fast, found.suspicious) == (fast, suspicious)
    assert pace([1.0] * 100, 1.0).fast == 0  # the bound itself is not too fast


def test_ages_fall_into_bands_whose_beginning_is_theirs() -> None:
    ages = [timedelta(0), timedelta(minutes=59), timedelta(hours=1), timedelta(hours=7.9)]
    ages += [timedelta(hours=8), timedelta(hours=24), timedelta(days=300)]
    assert bands(ages) == [2, 2, 1, 2]
    assert bands([]) == [0] * len(BAND_TITLES)


def test_nothing_waits_is_empty_whatever_was_counted() -> None:
    assert forecast(0, FLAT, FLAT).state == forecast(0, [], []).state == "empty"


def test_less_than_a_week_is_not_enough() -> None:
    assert forecast(5, FLAT[1:], FLAT[1:]) == Forecast("unknown")
    assert "not enough data" in forecast(5, [], []).said


def test_more_coming_in_than_answered_has_no_end() -> None:
    assert forecast(5, [2.0] * WEEK, [1.0] * WEEK).state == "grows"
    assert forecast(5, FLAT, FLAT).state == "grows"
    assert "more comes in than is answered" in forecast(5, FLAT, FLAT).said
    assert forecast(10_000_000, [1.0] * WEEK, [1.1] * WEEK).state == "grows"


def test_a_steady_pace_has_no_spread() -> None:
    found = forecast(100, [3.0] * WEEK, [5.0] * WEEK)
    assert (found.state, found.hours, found.low, found.high, found.net) == (
        "falls",
        50,
        50,
        50,
        -48.0,
    )
    assert found.said == "in about 50 h"


def test_nights_are_waited_through() -> None:
    """Ten an hour are answered from eight to sixteen; it is now midnight."""
    answered = [10.0 if 8 <= hour % 24 < 16 else 0.0 for hour in range(WEEK)]
    assert forecast(10, FLAT, answered).hours == 9
    assert forecast(81, FLAT, answered).hours == 24 + 9


def test_uneven_days_make_it_uncertain_up_to_never() -> None:
    answered = [2.0 + (hour // 24) * 0.2 for hour in range(WEEK)]
    some = forecast(200, [1.0] * WEEK, answered)
    assert some.low is not None
    assert some.hours is not None
    assert some.high is not None
    assert some.low < some.hours < some.high
    wild = [20.0 if hour // 24 == 3 else 0.0 for hour in range(WEEK)]
    assert forecast(200, [1.0] * WEEK, wild).high is None


@given(st.integers(1, 5000), st.lists(st.floats(0, 50), min_size=WEEK, max_size=WEEK))
def test_more_waiting_never_takes_less(waiting: int, answered: list[float]) -> None:
    one, more = forecast(waiting, FLAT, answered), forecast(waiting + 7, FLAT, answered)
    if one.hours is not None and more.hours is not None:
        assert one.hours <= more.hours
    if one.state == "falls":
        assert (one.low or 0) <= (one.hours or 0)
        assert one.high is None or (one.hours or 0) <= one.high


def test_the_quantile_is_students() -> None:
    assert pytest.approx(student.ppf(0.975, DAYS - 1)) == STUDENT


def test_the_interval_holds_the_truth_where_days_differ() -> None:
    """1,000 simulated weeks and the weeks after them; each day has a pace of its own."""
    rng, inside, rounds = np.random.default_rng(3), 0, 1000
    for _ in range(rounds):
        nets = np.repeat(rng.normal(-48.0, 30.0, 70), 24) / 24
        found = forecast(1000, [0.0] * WEEK, list(-nets[:WEEK]))
        left = 1000 + np.cumsum(nets[WEEK:])
        true = int(np.flatnonzero(left <= 0)[0]) + 1 if (left <= 0).any() else WEEK * 9
        if found.state == "falls":
            inside += (found.low or 0) <= true and (found.high is None or true <= found.high)
    print(f"the queue emptied within the interval in {inside / rounds:.3f}")
    assert inside / rounds >= float(binom.ppf(0.01, rounds, 0.95)) / rounds
