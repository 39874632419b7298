"""Staffing: Erlang's formula against known values and a played queue, rates, and what dials do."""

import heapq
import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl.domain import staffing
from hitl.domain.staffing import Arrivals, Effort, Wanted

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
TAKES = Effort(400, 60.0, 45.0, 2.0)


@pytest.mark.parametrize(
    ("load", "people", "probability"),
    [
        pytest.param(0.5, 1, 0.5, id="one person waits as often as they are busy"),
        pytest.param(2.0, 3, 4 / 9, id="by hand"),
        pytest.param(10.0, 12, 0.4493882, id="a published table"),
        pytest.param(0.0, 0, 0.0, id="nothing to do"),
        pytest.param(3.0, 3, 1.0, id="never done"),
    ],
)
def test_the_chance_to_wait_is_erlangs(load: float, people: int, probability: float) -> None:
    assert staffing.waits(load, people) == pytest.approx(probability, abs=1e-6)


def _formula(load: float, people: int) -> float:
    """Erlang's second formula as it stands in textbooks."""
    top = load**people / math.factorial(people) * people / (people - load)
    return top / (sum(load**k / math.factorial(k) for k in range(people)) + top)


@given(people=st.integers(1, 40), busy=st.floats(0.01, 0.99))
def test_the_recursion_is_the_formula(people: int, busy: float) -> None:
    load = busy * people
    assert staffing.waits(load, people) == pytest.approx(_formula(load, people), rel=1e-9)


def test_a_played_queue_waits_as_long_as_reckoned() -> None:
    chance, people, per_hour, seconds = np.random.default_rng(7), 3, 70.0, 120.0
    free, waited, now = [0.0] * people, 0.0, 0.0
    cases = 200_000
    for gap, takes in zip(
        chance.exponential(3600 / per_hour, cases), chance.exponential(seconds, cases), strict=True
    ):
        now += gap
        begins = max(now, heapq.heappop(free))
        waited += begins - now
        heapq.heappush(free, begins + takes)
    expected = staffing.mean_wait(per_hour, seconds, people)
    assert waited / cases == pytest.approx(expected, rel=0.05)


@given(per_hour=st.floats(0.1, 2000), seconds=st.floats(1, 600), wait=st.floats(1, 36_000))
def test_the_fewest_people_that_keep_the_wait(per_hour: float, seconds: float, wait: float) -> None:
    people = staffing.people_for(per_hour, seconds, wait)
    assert staffing.mean_wait(per_hour, seconds, people) <= wait
    assert staffing.mean_wait(per_hour, seconds, people - 1) > wait or people == 1


def test_too_few_reviews_or_cases_say_nothing() -> None:
    assert staffing.effort([10.0] * 29) is None
    few = [MONDAY + timedelta(minutes=i) for i in range(29)]
    assert staffing.arrivals(few, MONDAY, MONDAY + timedelta(days=1)) is None
    many = [MONDAY + timedelta(seconds=i) for i in range(99)]
    assert staffing.arrivals(many, MONDAY, MONDAY + timedelta(minutes=59)) is None


def test_effort_is_mean_median_and_how_well_the_mean_is_known() -> None:
    found = staffing.effort([10.0] * 60 + [40.0] * 30)
    assert found is not None
    assert (found.reviews, found.mean, found.median) == (90, 20.0, 10.0)
    assert found.error == pytest.approx(math.sqrt(200 * 90 / 89) / math.sqrt(90))


def _weeks(weeks: int, weekend: int, day: int, night: int) -> list[datetime]:
    """So many cases in each hour of a day; fewer at weekends."""
    times = []
    for at in (MONDAY + timedelta(hours=h) for h in range(weeks * 168)):
        busy = 9 <= at.hour < 17
        n = weekend if at.weekday() > 4 else day if busy else night
        times += [at + timedelta(minutes=i) for i in range(n)]
    return times


def test_the_busiest_day_and_hour_come_from_the_week() -> None:
    end = MONDAY + timedelta(weeks=4)
    found = staffing.arrivals(_weeks(4, 2, 20, 5), MONDAY, end)
    assert found is not None
    by_day = [8 * 20 + 16 * 5] * 5 + [24 * 2] * 2
    mean = sum(by_day) / 7
    assert found.a_day == pytest.approx(mean)
    assert found.busiest_day == pytest.approx(240 / mean)
    by_hour = [(100 if 9 <= h < 17 else 25) + 4 for h in range(24)]
    peak = max(by_hour) / (sum(by_hour) / 24)
    assert found.busiest_hour == pytest.approx(240 / mean * peak)


def test_without_two_weeks_or_enough_cases_there_is_no_profile() -> None:
    times = _weeks(1, 20, 20, 20)
    young = staffing.arrivals(times, MONDAY, MONDAY + timedelta(days=7))
    assert young is not None
    assert (young.busiest_day, young.busiest_hour) == (None, None)
    thin = staffing.arrivals(_weeks(4, 0, 2, 0), MONDAY, MONDAY + timedelta(weeks=4))
    assert thin is not None
    assert thin.busiest_hour is None


def test_people_for_a_day_are_those_whom_the_work_fills() -> None:
    found = staffing.staffing(1.0, Arrivals(5000, 1440), TAKES, Wanted(6.0, 60.0))
    assert found.hours == pytest.approx(24.0)
    assert (found.low, found.high) == pytest.approx((24 - 1.568, 24 + 1.568))
    assert found.at_once == 5  # 4 would be busy all the time
    assert found.people == 5
    assert not found.profile
    assert 0 < found.wait <= 60


def test_a_short_wait_is_kept_in_the_busiest_hour() -> None:
    come = Arrivals(5000, 1440, busiest_day=1.5, busiest_hour=4.0)
    calm = staffing.staffing(1.0, come, TAKES, Wanted(6.0, 60.0))
    quick = staffing.staffing(1.0, come, TAKES, Wanted(6.0, 0.5))
    assert calm.at_once == 7  # 1440 x 1.5 minutes in six hours are 6 people's whole time
    assert quick.at_once == 6  # 240 an hour are 4 people's whole time, and half a minute is short
    assert calm.people == 7
    assert quick.people == 6
    assert quick.wait <= 0.5


def test_half_the_reviews_take_half_the_hours_and_more_never_fewer_people() -> None:
    come = Arrivals(5000, 1440)
    one, half = (staffing.staffing(s, come, TAKES, Wanted()) for s in (1.0, 0.5))
    assert half.hours == pytest.approx(one.hours / 2)
    people = [staffing.staffing(s / 10, come, TAKES, Wanted()).people for s in range(31)]
    assert people == sorted(people)
    assert people[0] == 0


def test_more_than_people_can_judge_is_a_wait_without_end() -> None:
    come = Arrivals(5000, 1440)
    assert staffing.wait_with(4, 1.0, come, TAKES, Wanted()) is None
    found = staffing.wait_with(5, 1.0, come, TAKES, Wanted())
    assert found is not None
    assert found == pytest.approx(staffing.mean_wait(240, 60, 5) / 60)
