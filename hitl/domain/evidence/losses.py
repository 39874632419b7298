"""Bounded losses: the same bets where an answer can be wrong by a part.

A loss is a number from 0 to 1: the distance of an answer from the right one. Counters are not
enough then; per threshold the log wealth of each stake is kept, a sum over the cases in any order.
With losses of 0 and 1 alone it is what counters give.
"""

from collections.abc import Iterable

import numpy as np
from scipy.special import logsumexp

from hitl.domain.evidence.certifier import BETS, Floats, bets
from hitl.domain.evidence.counters import Observation, Sampling
from hitl.domain.evidence.grid import Grid


def log_wealths(observations: Iterable[Observation], grid: Grid, max_error: float) -> Floats:
    """What these observations add to the log wealth, per threshold and stake."""
    found = np.zeros((grid.size, BETS))
    thresholds = [grid.threshold(i) for i in range(grid.size)]
    stakes: dict[Sampling, Floats] = {}
    for seen in observations:
        if not np.isfinite(seen.score):
            continue
        if seen.sampling not in stakes:
            least = np.array([seen.sampling.least(one) for one in thresholds])
            stakes[seen.sampling] = least[:, None] * bets(max_error) / (1.0 - max_error)
        first = grid.reached(seen.score)
        odds = (max_error - seen.share_wrong) / seen.pi
        found[first:] += np.log1p(stakes[seen.sampling][first:] * odds)
    return found


def mixed(log_wealths: Floats) -> Floats:
    """The log wealth per threshold: the mean over the stakes."""
    wealth: Floats = logsumexp(log_wealths, axis=-1) - np.log(BETS)
    return wealth
