"""Pace: how fast people judge, how long cases wait, and when the queue will be empty."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST_TIMED = 20  # judgements of the team below which nobody is called fast
FIFTH = 5  # a judgement is too fast below the team's median over this
LEAST_FAST = 10  # of them, and
SHARE_FAST = 0.1  # at least this share of a person's, before anybody calls that suspicious
FAST_RULE = (
    "A judgement is too fast if it took less than a fifth of the team's median here. A person is "
    f"suspiciously fast with at least {LEAST_FAST} of them, if they are at least "
    f"{SHARE_FAST * 100:g} % of theirs."
)

DAYS, HOURS = 7, 24
WEEK = DAYS * HOURS
STUDENT = 2.4469118511449692  # two-sided 95 % quantile of Student's t, six degrees of freedom
FARTHEST = 8 * WEEK  # hours; nobody plans further ahead by the counts of one week
BANDS = (timedelta(hours=1), timedelta(hours=8), timedelta(hours=24))
BAND_TITLES = ("less than 1 h", "1 to 8 h", "8 to 24 h", "24 h and more")


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a person takes, in seconds. fast: judgements under `bound`, and `suspicious` by the
    rule; None where the team has judged too little to tell."""

    n: int
    median: float | None = None
    p90: float | None = None
    bound: float | None = None
    fast: int | None = None
    suspicious: bool | None = None


def bound(team: Sequence[float]) -> float | None:
    """Below how many seconds a judgement is too fast; None where the team judged too little.

    >>> bound([10.0] * 20)
    2.0
    """
    return float(np.median(team)) / FIFTH if len(team) >= LEAST_TIMED else None


def pace(seconds: Sequence[float], too_fast: float | None) -> Pace:
    """A person's pace, held against the team's bound.

    >>> pace([1.0, 3.0, 2.0], None).median
    2.0
    """
    if not seconds:
        return Pace(0)
    median, p90 = (float(q) for q in np.quantile(seconds, (0.5, 0.9)))
    if too_fast is None:
        return Pace(len(seconds), median, p90)
    fast = sum(one < too_fast for one in seconds)
    suspicious = fast >= max(LEAST_FAST, SHARE_FAST * len(seconds))
    return Pace(len(seconds), median, p90, too_fast, fast, suspicious)


def bands(ages: Iterable[timedelta]) -> list[int]:
    """How many are of each age, as BAND_TITLES name them.

    >>> bands([timedelta(minutes=5), timedelta(hours=1), timedelta(days=3)])
    [1, 1, 0, 1]
    """
    counts = [0] * len(BAND_TITLES)
    for age in ages:
        counts[sum(age >= end for end in BANDS)] += 1
    return counts


State = Literal["empty", "falls", "grows", "unknown"]


@dataclass(frozen=True, slots=True)
class Forecast:
    """When nothing waits any more, in hours from now. empty: nothing waits; falls: `hours` says
    when, and `low` to `high` how sure that is (None at the end: it may be never); grows: more comes
    in than is answered; unknown: less than a week is counted, or not all that waits."""

    state: State
    hours: int | None = None
    low: int | None = None
    high: int | None = None
    net: float | None = None

    @property
    def said(self) -> str:
        """The state in words."""
        return {
            "empty": "nothing waits",
            "falls": f"in about {self.hours} h",
            "grows": "cannot say: more comes in than is answered",
            "unknown": "not enough data: less than seven days are counted, or too many wait",
        }[self.state]


def forecast(waiting: int, arrived: Sequence[float], answered: Sequence[float]) -> Forecast:
    """When the queue will be empty if the coming weeks go like the last one, hour by hour of the
    week. arrived, answered: cases in each of the last 168 hours, the oldest first; the coming hour
    is like the oldest. The interval moves all hours alike, by as much as the mean net of so many
    coming days may differ from that of these seven: t * s * sqrt(1/7 + 1/days), 95 %.

    >>> forecast(24, [1.0] * 168, [2.0] * 168).hours
    24
    """
    if not waiting:
        return Forecast("empty", 0, 0, 0)
    if min(len(arrived), len(answered)) < WEEK:
        return Forecast("unknown")
    nets = np.asarray(arrived[-WEEK:], float) - np.asarray(answered[-WEEK:], float)
    daily = nets.reshape(DAYS, HOURS).sum(axis=1)
    net = float(daily.mean())
    found = _hours(waiting, nets)
    if net >= 0 or found is None:
        return Forecast("grows", net=net)
    coming = max(1.0, found / HOURS)
    spread = STUDENT * float(daily.std(ddof=1)) * sqrt(1 / DAYS + 1 / coming) / HOURS
    fast, slow = _hours(waiting, nets - spread), _hours(waiting, nets + spread)
    return Forecast("falls", found, fast, slow, net)


def _hours(waiting: int, nets: Floats) -> int | None:
    """The first hour after which nothing waits; None if there is none within FARTHEST."""
    left = waiting + np.cumsum(np.tile(nets, FARTHEST // WEEK))
    empty = np.flatnonzero(left <= 0)
    return int(empty[0]) + 1 if empty.size else None
