"""The certifier: which thresholds are proven to keep the error of what is automated below a target.

For each threshold a wealth is bet against "the error above it is at least the target". By Ville's
inequality it exceeds 1 / level with probability at most `level`, however often one looks (learn
then test with e-processes: Angelopoulos et al. 2021; Zecchin and Simeone 2024; inverse propensity
in the bet: Xu, Karampatziakis and Mineiro 2024). Thresholds are tested from strict to loose in
chains that share the level. Counters are all it needs. See docs/guarantee.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, logsumexp

from hitl.domain.evidence.counters import Counters
from hitl.domain.evidence.grid import Grid

BETS = 16
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Goal:
    """At most `max_error` of automated decisions wrong, with this confidence; with the loss
    "distance", the mean distance from the right answer at most that."""

    max_error: float
    confidence: float
    loss: Literal["wrong", "distance"] = "wrong"

    @property
    def level(self) -> float:
        """The probability with which the certificate may be wrong."""
        return 1.0 - self.confidence


@lru_cache(maxsize=64)
def bets(max_error: float) -> Floats:
    """Fixed stakes in (0, 1): for each error rate q among the quantiles of Beta(1, 4 / target - 1)
    below the target, the stake that does best if the error is q."""
    shape = 4.0 / max_error - 1.0
    middle = (np.arange(BETS) + 0.5) / BETS
    below = -np.expm1(shape * np.log1p(-max_error))
    q = -np.expm1(np.log1p(-middle * below) / shape)
    stakes: Floats = 1.0 - q / max_error
    return stakes


def log_wealth(counters: Counters, max_error: float) -> Floats | float:
    """The log of the wealth per threshold, the mean over the stakes; counts may have further axes
    in front (looks at other times). 0 without any evidence."""
    sums: Floats | float = 0.0
    for (pi, least), (cases, errors) in counters.items():
        stake = bets(max_error) * least / (1.0 - max_error)
        right: Floats = np.log1p(stake * max_error / pi)
        wrong: Floats = np.log1p(-stake * (1.0 - max_error) / pi)
        more: Floats = (cases - errors)[..., None] * right + errors[..., None] * wrong
        sums = sums + more
    if isinstance(sums, float):
        return 0.0
    wealth: Floats = logsumexp(sums, axis=-1) - np.log(BETS)
    return wealth


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain of tests: thresholds [first, end), its level, and how many are proven."""

    first: int
    end: int
    level: float
    proven: int

    @property
    def is_complete(self) -> bool:
        return self.proven == self.end - self.first

    @property
    def needed(self) -> float:
        """The log of the wealth that a threshold of this chain must have reached."""
        return -float(np.log(self.level))


def chains(best: Sequence[float] | Floats, grid: Grid, level: float) -> list[Chain]:
    """The tests, given the largest log wealth that each threshold has had in this epoch. A chain
    that is proven to its end hands its level on to the next one."""
    found: list[Chain] = []
    recycled = 0.0
    for i, start in enumerate(grid.starts):
        end = grid.starts[i + 1].index if i + 1 < len(grid.starts) else grid.size
        mine = level * start.weight + recycled
        needed = -np.log(mine)
        proven = next((j for j in range(start.index, end) if best[j] < needed), end) - start.index
        chain = Chain(start.index, end, mine, proven)
        found.append(chain)
        recycled = mine if chain.is_complete else 0.0
    return found


def certified(best: Sequence[float] | Floats, grid: Grid, level: float) -> int | None:
    """The index of the loosest threshold that is proven; None if none is."""
    proven = [c.first + c.proven - 1 for c in chains(best, grid, level) if c.proven]
    return max(proven, default=None)


def one_look(cases: int, errors: int, max_error: float) -> float:
    """The exact binomial p-value against "the error is at least `max_error`" of a single look at so
    many cases that was planned before. It proves nothing for who looks all the time; statisticians
    know it, so it stands beside what does.

    >>> round(one_look(149, 0, 0.02), 4)
    0.0493
    """
    return float(bdtr(errors, cases, max_error))


def clean_cases(wealth: float, chain_level: float, max_error: float) -> int:
    """How many more labelled cases without an error are needed at least until a threshold with this
    log wealth is proven at that level. Exact from no evidence, a lower bound after errors.

    >>> clean_cases(0.0, 0.05, 0.02)
    180
    """
    needed = -np.log(chain_level) - wealth
    if needed <= 0:
        return 0
    gain = np.log1p(
        bets(max_error) * max_error / (1.0 - max_error)
    )  # with p = pi the share cancels
    low, high = 0, 1
    while _grown(high, gain) < needed:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _grown(middle, gain) < needed else (low, middle)
    return high


def _grown(n: int, gain: Floats) -> float:
    return float(logsumexp(n * gain) - np.log(BETS))
