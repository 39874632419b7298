"""The thresholds that are tested: chosen from scores alone, before a label counts."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
import numpy as np

SIZE = 40
LEAST_SCORES = 400
STARTS = ((0.05, 0.1), (0.15, 0.2), (0.4, 0.4), (0.7, 0.3))
"""Where the chains of tests begin, as coverage, and how much of the level each gets."""
EVERYTHING = -float("inf")


class Start(msgspec.Struct, frozen=True):
    """A chain of tests: the index of its first threshold, and its share of the level."""

    index: int
    weight: float


class Grid(msgspec.Struct, frozen=True):
    """Thresholds from strict to loose, each with the share of scores at or above it when it was
    frozen. `whole`: the last one means every usable confidence."""

    thresholds: tuple[float, ...]
    coverages: tuple[Annotated[float, msgspec.Meta(gt=0, le=1)], ...]
    starts: tuple[Start, ...]
    whole: bool = True

    @property
    def size(self) -> int:
        return len(self.thresholds) + self.whole

    def reached(self, score: float) -> int:
        """The index of the strictest threshold that a score reaches; all looser ones, too."""
        return int(np.searchsorted(-np.asarray(self.thresholds), -score, side="left"))

    def threshold(self, index: int) -> float:
        """The threshold; minus infinity for everything."""
        return self.thresholds[index] if index < len(self.thresholds) else EVERYTHING


def freeze(scores: Sequence[float], size: int = SIZE) -> Grid:
    """A grid at even coverages of these finite scores. Equal scores cannot be told apart by a
    threshold, so fewer remain where scores are few.

    >>> freeze([0.9, 0.9, 0.5, 0.1], size=4)
    Grid(thresholds=(0.9, 0.5), coverages=(0.5, 0.75, 1.0), starts=(Start(index=0, weight=0.7), \
Start(index=1, weight=0.3)), whole=True)
    """
    given = np.sort(np.asarray(scores, dtype=np.float64))[::-1]
    if not given.size or not np.isfinite(given).all():
        raise ValueError("a grid is frozen from finite scores")
    places = np.ceil(np.arange(1, size) / size * given.size).astype(int) - 1
    thresholds = np.unique(given[places])[::-1]
    coverages = np.searchsorted(-given, -thresholds, side="right") / given.size
    partial = coverages < 1.0
    kept = thresholds[partial]
    covered = (*coverages[partial].tolist(), 1.0)
    return Grid(tuple(kept.tolist()), covered, _starts(covered))


def _starts(coverages: Sequence[float]) -> tuple[Start, ...]:
    """The chains' first thresholds; chains that begin at the same one are one, with both shares."""
    weights: dict[int, float] = {}
    for coverage, weight in STARTS:
        index = next(i for i, one in enumerate(coverages) if one >= coverage)
        weights[index] = weights.get(index, 0.0) + weight
    return tuple(Start(index, round(weight, 12)) for index, weight in weights.items())
