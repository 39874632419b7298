"""Counters: comparisons summed per threshold, in an order that does not matter."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hitl.domain.evidence.grid import Grid

Ints = NDArray[np.int64]


class Sampling(NamedTuple):
    """With what probability cases got a blind answer when one arrived: those at or above the live
    threshold (None: there was none) and those below it."""

    threshold: float | None
    above: float
    below: float

    def least(self, threshold: float) -> float:
        """The least probability among cases that reach this threshold: known before the case."""
        if self.threshold is None:
            return self.below
        everything = self.threshold <= 0.0  # no usable score is below 0
        reaches = everything or threshold >= self.threshold
        return self.above if reaches else min(self.above, self.below)


@dataclass(frozen=True, slots=True)
class Observation:
    """One prediction held against a blind human answer that was drawn with probability pi. loss:
    how wrong it was, from 0 to 1, where that is known and not all or nothing."""

    score: float
    error: bool
    pi: float
    sampling: Sampling
    loss: float | None = None

    @property
    def share_wrong(self) -> float:
        """The loss; an error is wholly wrong where no more is known."""
        return float(self.error) if self.loss is None else min(1.0, max(0.0, self.loss))


class Group(NamedTuple):
    """Cases that were labelled with probability pi, while the least probability above the
    threshold was `least`."""

    pi: float
    least: float


class Counts(NamedTuple):
    """Per threshold: cases that reach it, and errors among them."""

    cases: Ints
    errors: Ints


Counters = Mapping[Group, Counts]


def count(observations: Iterable[Observation], grid: Grid) -> Counters:
    """Sums over some observations. Those whose score reaches no threshold, because it cannot be
    used, count nowhere: they are never automated."""
    found: dict[Group, Counts] = {}
    thresholds = [grid.threshold(i) for i in range(grid.size)]
    floors: dict[Sampling, NDArray[np.float64]] = {}
    for seen in observations:
        if not np.isfinite(seen.score):
            continue
        if seen.sampling not in floors:
            floors[seen.sampling] = np.array([seen.sampling.least(t) for t in thresholds])
        floor, first = floors[seen.sampling], grid.reached(seen.score)
        for least in dict.fromkeys(floor[first:].tolist()):
            counts = found.setdefault(Group(seen.pi, least), _none(grid.size))
            mine = floor[first:] == least
            counts.cases[first:] += mine
            if seen.error:
                counts.errors[first:] += mine
    return found


def merge(*some: Counters) -> Counters:
    """The sums of both."""
    found: dict[Group, Counts] = {}
    for counters in some:
        for group, counts in counters.items():
            known = found.get(group)
            found[group] = (
                counts
                if known is None
                else Counts(known.cases + counts.cases, known.errors + counts.errors)
            )
    return found


def total(counters: Counters, size: int) -> Counts:
    """Cases and errors per threshold, however they were drawn."""
    counts = list(counters.values())
    return Counts(
        sum((one.cases for one in counts), np.zeros(size, dtype=np.int64)),
        sum((one.errors for one in counts), np.zeros(size, dtype=np.int64)),
    )


def _none(size: int) -> Counts:
    return Counts(np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64))
