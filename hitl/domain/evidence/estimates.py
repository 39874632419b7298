"""How often something is wrong, estimated from cases that were drawn with known probabilities."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor
from typing import NamedTuple

from hitl.domain.evidence.interval import interval

SLACK = 1e-9  # what floating point may be off
LEAST = 30  # answers below which a rate is a guess


class Drawn(NamedTuple):
    """Cases that were drawn with probability pi; `missing`: nobody could tell what is right."""

    pi: float
    cases: int
    errors: int
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """An error rate with an interval that holds at all looks; None while nothing was drawn.

    weighted: the cases were drawn with different probabilities. Each then stands for 1 / pi cases,
    and the interval, exact otherwise, is that of as many equal cases as are worth the same.
    """

    cases: int
    errors: int
    missing: int
    value: float | None
    low: float
    high: float
    weighted: bool

    @property
    def answers(self) -> int:
        """Cases about which people could tell."""
        return self.cases - self.missing

    @property
    def is_enough(self) -> bool:
        """Whether the rate is more than a guess."""
        return self.answers >= LEAST


def estimate(drawn: Iterable[Drawn], confidence: float = 0.95) -> Estimate:
    """The rate among cases with an answer. The interval takes every missing one for right at its
    lower end and for wrong at its upper end.

    >>> found = estimate([Drawn(0.05, 1000, 20)])
    >>> found.value, round(found.low, 3), round(found.high, 3), found.weighted
    (0.02, 0.008, 0.041, False)
    """
    groups = [one for one in drawn if one.cases]
    cases, errors = sum(one.cases for one in groups), sum(one.errors for one in groups)
    missing = sum(one.missing for one in groups)
    if cases == missing:
        return Estimate(cases, errors, missing, None, 0.0, 1.0, weighted=False)
    whole = sum(one.cases / one.pi for one in groups)
    worth = whole**2 / sum(one.cases / one.pi**2 for one in groups)
    wrong = sum(one.errors / one.pi for one in groups)
    unknown = sum(one.missing / one.pi for one in groups)
    equal = max(1, floor(worth + SLACK))
    least = floor(equal * wrong / whole + SLACK)
    most = min(equal, ceil(equal * (wrong + unknown) / whole - SLACK))
    low, high = interval(equal, least, confidence)[0], interval(equal, most, confidence)[1]
    value = wrong / (whole - unknown)
    weighted = len({one.pi for one in groups}) > 1
    return Estimate(cases, errors, missing, value, low, high, weighted)
