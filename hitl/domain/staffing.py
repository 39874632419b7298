"""How many people it takes: from arrivals, time per review, and how long a case may wait.

People who are there together are a queue with several servers, M/M/c: chance arrivals, times that
vary by chance, whoever is free takes the next (A. K. Erlang 1917; the recursion of his loss formula
as in D. L. Jagerman 1974). Real days are less even, so take the result for a lower end.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

LEAST_REVIEWS = 30  # measured reviews below which a mean is a guess
LEAST_CASES = 30
LEAST_SPAN = timedelta(hours=1)
WHOLE_PROFILE = timedelta(days=14)  # each hour of the week twice at least
PROFILE_CASES = 2000  # below which the busiest hour would be chance
MOST_PEOPLE = 10_000
HOUR = 3600.0


def waits(load: float, people: int) -> float:
    """The probability that a case has to wait (Erlang's second formula), at a load of so many
    people's whole time; 1 where the load is too much for them.

    >>> round(waits(2.0, 3), 4), waits(3.0, 3)
    (0.4444, 1.0)
    """
    if load <= 0:
        return 0.0
    if load >= people:
        return 1.0
    lost = 1.0
    for k in range(1, people + 1):
        lost = load * lost / (k + load * lost)
    busy = load / people
    return lost / (1.0 - busy * (1.0 - lost))


def mean_wait(per_hour: float, seconds: float, people: int) -> float:
    """How long a case waits on average until a person takes it, in seconds; infinite where more
    comes in than they can judge.

    >>> round(mean_wait(60, 120, 3), 1)
    53.3
    """
    load = per_hour * seconds / HOUR
    if load >= people:
        return 0.0 if load == 0 else math.inf
    return waits(load, people) * seconds / (people - load)


def people_for(per_hour: float, seconds: float, wait: float) -> int:
    """The fewest people who, all there at the same time, keep the mean wait within `wait` seconds.

    >>> people_for(60, 120, 60), people_for(0, 120, 60)
    (3, 0)
    """
    if per_hour <= 0:
        return 0
    least = math.floor(per_hour * seconds / HOUR) + 1
    for people in range(least, least + MOST_PEOPLE):
        if mean_wait(per_hour, seconds, people) <= wait:
            return people
    raise ValueError("no number of people keeps this wait")


@dataclass(frozen=True, slots=True)
class Effort:
    """How long a review takes, in seconds, by the reviews that were measured."""

    reviews: int
    mean: float
    median: float
    error: float
    """The standard error of the mean."""


def effort(seconds: Sequence[float]) -> Effort | None:
    """None where too few were measured."""
    if len(seconds) < LEAST_REVIEWS:
        return None
    given = np.asarray(seconds, dtype=np.float64)
    error = float(given.std(ddof=1)) / math.sqrt(len(given))
    return Effort(len(given), float(given.mean()), float(np.median(given)), error)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Cases as they come. busiest_day, busiest_hour: times the average, by the profile of the
    week; None where there is too little for one."""

    cases: int
    a_day: float
    busiest_day: float | None = None
    busiest_hour: float | None = None


def arrivals(times: Sequence[datetime], start: datetime, end: datetime) -> Arrivals | None:
    """The rate between two moments; None where that is too little to tell."""
    span = end - start
    if len(times) < LEAST_CASES or span < LEAST_SPAN:
        return None
    a_day = len(times) / (span / timedelta(days=1))
    if span < WHOLE_PROFILE or len(times) < PROFILE_CASES:
        return Arrivals(len(times), a_day)
    weeks = int(span / timedelta(weeks=1))
    since = end - timedelta(weeks=weeks)  # whole weeks, so that each hour comes as often
    recent = [at for at in times if at >= since]
    day = _peak_of([at.weekday() for at in recent], 7)
    return Arrivals(len(times), a_day, day, day * _peak_of([at.hour for at in recent], 24))


def _peak_of(slots: Sequence[int], of: int) -> float:
    """The fullest slot, times the average. (Weekday and hour are looked at one by one, and their
    peaks multiplied: of 168 hours the fullest is fuller by chance alone.)"""
    counted = Counter(slots)
    return max(counted.values(), default=0) * of / max(1, len(slots))


@dataclass(frozen=True, slots=True)
class Wanted:
    """hours_per_day: for which a person reviews; wait: the mean wait aimed at, in minutes."""

    hours_per_day: float = 6.0
    wait: float = 60.0


@dataclass(frozen=True, slots=True)
class Staffing:
    """reviews, hours (low to high): a day, on average. people: needed on the busiest day that is
    known; at_once: of these at the same time; wait: what that comes to, in minutes. profile:
    whether the busiest hour or day of the week is known."""

    reviews: float
    hours: float
    low: float
    high: float
    people: int
    at_once: int
    wait: float
    profile: bool


def staffing(share: float, come: Arrivals, takes: Effort, wanted: Wanted) -> Staffing:
    """People for `share` reviews per case that comes in. A wait below an hour is kept in the
    busiest hour of the week; a longer one over the busiest day, whose reviews may then be spread
    over the hours in which people work."""
    reviews = share * come.a_day
    per_hour, day = _peak(reviews, come, wanted)
    at_once = people_for(per_hour, takes.mean, 60 * wanted.wait)
    hours = reviews * takes.mean / HOUR
    spread = 1.96 * takes.error * reviews / HOUR
    people = max(at_once, math.ceil(day * takes.mean / HOUR / wanted.hours_per_day))
    return Staffing(
        reviews=reviews,
        hours=hours,
        low=max(0.0, hours - spread),
        high=hours + spread,
        people=people,
        at_once=at_once,
        wait=mean_wait(per_hour, takes.mean, at_once) / 60,
        profile=come.busiest_hour is not None,
    )


def wait_with(
    people: int, share: float, come: Arrivals, takes: Effort, wanted: Wanted
) -> float | None:
    """The mean wait in minutes if so many people are there at the same time; None where more comes
    in than they can judge."""
    per_hour, _ = _peak(share * come.a_day, come, wanted)
    wait = mean_wait(per_hour, takes.mean, people) / 60
    return wait if math.isfinite(wait) else None


def _peak(reviews: float, come: Arrivals, wanted: Wanted) -> tuple[float, float]:
    """Reviews an hour that people are measured by, and on the busiest day."""
    day = reviews * (come.busiest_day or 1.0)
    if wanted.wait < 60 and come.busiest_hour is not None:
        return reviews / 24 * come.busiest_hour, day
    return day / wanted.hours_per_day, day
