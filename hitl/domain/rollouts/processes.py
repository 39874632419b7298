"""Evidence for and against a challenger, as processes that may be looked at after every case.

Each is a nonnegative supermartingale that begins at 1 while its null hypothesis holds, so the
chance that it ever reaches 1 / level is at most `level` (Ville's inequality), however often anybody
looks. All are kept as log wealths of their bets, a tuple of floats each.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Wealth = tuple[float, ...]
Floats = NDArray[np.float64]
LOST = -1e6  # the log wealth of a bet that has lost all: JSON knows no infinity
STAKES = tuple((i + 0.5) / 20 for i in range(20))
"""Stakes on who is right where two differ; uniform, they make the Beta mixture over (1/2, 1)."""
MARGIN_STAKES = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8)
RATIOS = (1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
LOW = (0.0, 0.25, 0.5)
HIGH = (1.5, 2.0, 3.0, 5.0, 10.0, 20.0)


def begun(bets: int) -> Wealth:
    """Before the first case."""
    return (0.0,) * bets


def strength(wealth: Sequence[float]) -> float:
    """The mixture of the bets: evidence against the null hypothesis, 1 for none.

    >>> strength((0.0, 0.0))
    1.0
    """
    most = max(wealth)
    total = math.fsum(math.exp(one - most) for one in wealth) / len(wealth)
    return math.exp(min(700.0, most + math.log(total)))


def _add(wealth: Wealth, factors: Floats) -> Wealth:
    return tuple((np.asarray(wealth) + np.log(factors)).tolist())


def differ(wealth: Wealth, *, side: int, weight: float) -> Wealth:
    """A pair in which one version alone was right. Null hypothesis: this side is right at most as
    often as the other. side: 1 if it was this one, else -1. weight: the least probability of
    getting a label over that of this case, at most 1 (statistics of section 3 with weight 1)."""
    return _add(wealth, 1.0 + np.array(STAKES) * weight * side)


def within(wealth: Wealth, *, worse: int, weight: float, margin: float) -> Wealth:
    """One pair. Null hypothesis: the challenger errs more often by at least `margin`. worse: 1
    where the challenger alone was wrong, -1 where the champion alone was, 0 else."""
    stakes = np.array(MARGIN_STAKES) / (1.0 - margin)
    return _add(wealth, 1.0 + stakes * weight * (margin - worse))


def assigned(wealth: Wealth, *, is_challengers: bool, share: float, most: float = 1.0) -> Wealth:
    """An error that occurred, of which the challenger had this share of the cases. Null hypothesis:
    it errs at most `most` times as often as the champion (cf. Lindon and Malek 2022)."""
    ratios = most * np.array(RATIOS)
    whose = share, is_challengers
    return _add(wealth, _likelihood(ratios, *whose) / _likelihood(np.array([most]), *whose))


def cleared(wealth: Wealth, *, is_challengers: bool, share: float, least: float) -> Wealth:
    """The same for the other side: it errs at least `least` times as often."""
    ratios = least / np.array(RATIOS)
    whose = share, is_challengers
    return _add(wealth, _likelihood(ratios, *whose) / _likelihood(np.array([least]), *whose))


def _likelihood(
    ratios: Floats,
    share: float,
    is_challengers: bool,  # noqa: FBT001
) -> Floats:
    odds = share * ratios / (share * ratios + 1.0 - share)
    return odds if is_challengers else 1.0 - odds


def above(wealth: Wealth, *, happened: int, of: int, most: float) -> Wealth:
    """`happened` of `of` answers. Null hypothesis: each one with probability at most `most`."""
    return _add_many(
        wealth, np.minimum(most * np.array(HIGH), (1.0 + most) / 2), happened, of, most
    )


def below(wealth: Wealth, *, happened: int, of: int, most: float) -> Wealth:
    """The same for the other side: with probability at least `most`."""
    return _add_many(wealth, most * np.array(LOW), happened, of, most)


def _add_many(
    wealth: Wealth,
    rates: Floats,
    happened: int,
    of: int,
    most: float,
) -> Wealth:
    with np.errstate(divide="ignore"):
        hit = np.log(rates) - math.log(most)
        miss = np.log1p(-rates) - math.log1p(-most)
    gained = (of - happened) * miss + (happened * hit if happened else 0.0)
    return tuple(np.maximum(np.asarray(wealth) + gained, LOST).tolist())
