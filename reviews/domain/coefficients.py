"""Coefficients of agreement beyond chance, and their intervals by drawing the cases again.

Formulas and how to read them: docs/people.md.
"""

import operator
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROUNDS = 1000  # resamples: the ends of a 95 % interval are then steady to about a tenth of it

Label = Any  # whatever can be a key of a dictionary
Agrees = Callable[[Any, Any], bool]
Distance = Callable[[Any, Any], float]
Interval = tuple[float, float]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def alpha(cases: Sequence[Sequence[Label]], distance: Distance | None = None) -> float | None:
    """Krippendorff's alpha, 1 - observed / expected distance: any number of people, answers may be
    missing. Without a distance labels are nominal: the same or not. None where everything said is
    one label, or nothing can be compared.

    >>> alpha([["a", "a"], ["b", "b"]])
    1.0
    """
    return Alphas(cases, distance).exact()


def kappa(pairs: Sequence[tuple[Label, Label]], agrees: Agrees = operator.eq) -> float | None:
    """Cohen's kappa, (observed - expected) / (1 - expected) agreement of two people; None where
    chance alone would make them always agree.

    >>> kappa([(1, 1), (1, 2), (2, 2), (2, 1)])
    0.0
    """
    return Kappas(pairs, agrees).exact()


class Resampled(ABC):
    """A statistic of a sample whose members come in few patterns: `times` counts each, and
    `values` computes the statistic for many weightings of the patterns at once (nan for none)."""

    times: Counts

    @abstractmethod
    def values(self, weights: Counts) -> Floats:
        """The statistic for each row of weights."""

    def exact(self) -> float | None:
        if not self.times.size:
            return None
        (value,) = self.values(self.times[None, :])
        return None if np.isnan(value) else float(value)

    def interval(self, rng: np.random.Generator, rounds: int = ROUNDS) -> Interval | None:
        """95 % interval by drawing as many members again, with replacement, over the draws that
        have a value. None where all have the same: that is blindness, not precision."""
        total = int(self.times.sum())
        values = self.values(rng.multinomial(total, self.times / total, size=rounds))
        low, high = np.nanquantile(values, (0.025, 0.975))
        return (float(low), float(high)) if low < high else None


class Alphas(Resampled):
    def __init__(self, cases: Sequence[Sequence[Label]], distance: Distance | None) -> None:
        found = Counter(frozenset(Counter(case).items()) for case in cases if len(case) > 1)
        labels = list(dict.fromkeys(label for case in cases if len(case) > 1 for label in case))
        place = {label: i for i, label in enumerate(labels)}
        self.times = np.array(list(found.values()), dtype=np.int64)
        self.rows = np.zeros((len(found), len(labels)), dtype=np.float64)
        for row, pattern in zip(self.rows, found, strict=True):
            for label, times in pattern:
                row[place[label]] = times
        self.apart = _apart(labels, distance)

    def values(self, weights: Counts) -> Floats:
        many = self.rows.sum(axis=1)
        inside = ((self.rows @ self.apart) * self.rows).sum(axis=1) / (many - 1)
        n = weights @ many
        given = weights @ self.rows
        expected = ((given @ self.apart) * given).sum(axis=1) / (n * (n - 1))
        observed = (weights @ inside) / n
        undefined: Floats = np.full(len(n), np.nan)
        ratio: Floats = np.divide(observed, expected, out=undefined, where=expected > 0)
        return 1.0 - ratio


def _apart(labels: Sequence[Label], distance: Distance | None) -> Floats:
    """The distance of every two labels."""
    apart: Floats = 1.0 - np.eye(len(labels))
    if distance is not None:
        for (i, one), (j, other) in combinations(enumerate(labels), 2):
            apart[i, j] = apart[j, i] = distance(one, other)
    return apart


class Kappas(Resampled):
    def __init__(self, pairs: Sequence[tuple[Label, Label]], agrees: Agrees) -> None:
        found = Counter(pairs)
        labels = list(dict.fromkeys(label for pair in pairs for label in pair))
        place = {label: i for i, label in enumerate(labels)}
        self.times = np.array(list(found.values()), dtype=np.int64)
        self.first = np.array([place[one] for one, _ in found], dtype=np.int64)
        self.second = np.array([place[other] for _, other in found], dtype=np.int64)
        alike = [[bool(agrees(one, other)) for other in labels] for one in labels]
        self.alike = np.array(alike, dtype=np.int64).reshape(len(labels), len(labels))

    def values(self, weights: Counts) -> Floats:
        one = np.eye(len(self.alike), dtype=np.int64)
        n = weights.sum(axis=1)
        observed = (weights @ self.alike[self.first, self.second]) / n
        by_first, by_second = weights @ one[self.first], weights @ one[self.second]
        expected = ((by_first @ self.alike) * by_second).sum(axis=1) / (n * n)
        undefined: Floats = np.full(len(n), np.nan)
        beyond, left = observed - expected, 1 - expected
        found: Floats = np.divide(beyond, left, out=undefined, where=left > 0)
        return found


class Fleisses(Resampled):
    """Over the cases with exactly `raters` answers, the number that most cases have."""

    def __init__(self, cases: Sequence[Sequence[Label]]) -> None:
        self.raters = modal(cases)
        fitting = [case for case in cases if len(case) == self.raters]
        found = Counter(frozenset(Counter(case).items()) for case in fitting)
        labels = list(dict.fromkeys(label for case in fitting for label in case))
        place = {label: i for i, label in enumerate(labels)}
        self.times = np.array(list(found.values()), dtype=np.int64)
        self.rows = np.zeros((len(found), len(labels)), dtype=np.float64)
        for row, pattern in zip(self.rows, found, strict=True):
            for label, times in pattern:
                row[place[label]] = times

    def values(self, weights: Counts) -> Floats:
        raters, n = self.raters, weights.sum(axis=1)
        alike = ((self.rows**2).sum(axis=1) - raters) / (raters * (raters - 1))
        observed = (weights @ alike) / n
        expected = (((weights @ self.rows) / (n * raters)[:, None]) ** 2).sum(axis=1)
        undefined: Floats = np.full(len(n), np.nan)
        beyond, left = observed - expected, 1 - expected
        ratio: Floats = np.divide(beyond, left, out=undefined, where=left > 0)
        return ratio


def modal(cases: Sequence[Sequence[Label]]) -> int:
    """How many answers most cases have, of those with at least two; the larger number where two
    are as frequent, 0 without any case.

    >>> modal(["ab", "abc", "abc", "a"])
    3
    """
    sizes = Counter(len(case) for case in cases if len(case) > 1)
    return max(sizes, key=lambda size: (sizes[size], size), default=0)


def fleiss(cases: Sequence[Sequence[Label]]) -> float | None:
    """Fleiss' kappa of a fixed number of raters, any people; None where one label is all there is.

    >>> fleiss(["aa", "ab", "bb", "ab"])
    0.0
    """
    return Fleisses(cases).exact()
