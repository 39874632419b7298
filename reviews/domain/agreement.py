"""Agreement among people: do they, each on their own, say the same?

A case is what its people said: person -> label. A case that fewer than two people judged says
nothing. Distances are between 0 (the same) and whatever is far; agreement of labels is equality
unless the task type knows better. Formulas and how to read them: docs/people.md.
"""

import operator
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hitl.domain.metrics import wilson

LEAST = 10  # cases below which a number would be a guess: 10 of 10 alike still allows 72 %
ROUNDS = 1000  # resamples: the ends of a 95 % interval are then steady to about a tenth of it

Label = Any  # whatever can be a key of a dictionary, as for people
Person = Any
Said = Mapping[Person, Label]
Agrees = Callable[[Any, Any], bool]
Distance = Callable[[Any, Any], float]
Interval = tuple[float, float]
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number from `n` cases with its 95 % interval. Without a value `note` says why there is
    none; without an interval why not."""

    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""


TOO_FEW = f"not enough data: fewer than {LEAST} cases"
ONE_LABEL = "everybody used one and the same label, so chance explains all agreement"
NO_DIFFERENCE = "no interval: drawing the cases again gives the same number every time"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people on the cases that both judged."""

    people: tuple[Person, Person]
    percent: Estimate
    kappa: Estimate


@dataclass(frozen=True, slots=True)
class Agreement:
    """percent: mean over cases of the share of pairs that agree; alpha: Krippendorff's; labels:
    who gives a label, with what share of the others saying the same; people: each with the
    others; pairs: those with enough cases in common."""

    cases: int
    judgements: int
    percent: Estimate
    alpha: Estimate
    labels: dict[Label, Estimate]
    people: dict[Person, Estimate]
    pairs: list[Pair]


def measure(
    said: Iterable[Said],
    rng: np.random.Generator,
    *,
    agrees: Agrees = operator.eq,
    distance: Distance | None = None,
) -> Agreement:
    """All of it over the cases that at least two people judged."""
    cases = [case for case in said if len(case) > 1]
    given = [list(case.values()) for case in cases]
    return Agreement(
        cases=len(cases),
        judgements=sum(map(len, given)),
        percent=_share(percent(given, agrees), len(cases)),
        alpha=_resampled(alpha(given, distance), len(cases), _Alphas(given, distance), rng),
        labels={label: _share(share, n) for label, (share, n) in by_label(given).items()},
        people={who: _share(share, n) for who, (share, n) in by_person(cases, agrees).items()},
        pairs=_pairs(cases, agrees, rng),
    )


def percent(cases: Sequence[Sequence[Label]], agrees: Agrees = operator.eq) -> float | None:
    """The mean over cases of the share of pairs that agree; None without a pair.

    >>> percent([["a", "a"], ["a", "b", "b"]])
    0.6666666666666666
    """
    shares = [_alike(case, agrees) for case in cases if len(case) > 1]
    return sum(shares) / len(shares) if shares else None


def _alike(case: Sequence[Label], agrees: Agrees) -> float:
    found = [agrees(one, other) for one, other in combinations(case, 2)]
    return sum(found) / len(found)


def by_label(cases: Iterable[Sequence[Label]]) -> dict[Label, tuple[float, int]]:
    """Specific agreement: per label the share of the others who say the same, over everybody who
    gives it, and in how many cases somebody does. The label given most often comes first.

    >>> by_label([["a", "a"], ["a", "b"]])
    {'a': (0.6666666666666666, 2), 'b': (0.0, 1)}
    """
    alike: dict[Label, float] = defaultdict(float)
    given: Counter[Label] = Counter()
    seen: Counter[Label] = Counter()
    for case in cases:
        if len(case) < 2:
            continue
        for label, times in Counter(case).items():
            alike[label] += times * (times - 1) / (len(case) - 1)
            given[label] += times
            seen[label] += 1
    return {label: (alike[label] / n, seen[label]) for label, n in given.most_common()}


def by_person(
    cases: Iterable[Said], agrees: Agrees = operator.eq
) -> dict[Person, tuple[float, int]]:
    """Per person the mean over their cases of the share of the others who agree with them, and
    the number of those cases.

    >>> by_person([{"ann": 1, "bob": 1, "cem": 2}])
    {'ann': (0.5, 1), 'bob': (0.5, 1), 'cem': (0.0, 1)}
    """
    shares: dict[Person, list[float]] = defaultdict(list)
    for case in cases:
        for person, label in case.items():
            others = [agrees(label, other) for who, other in case.items() if who != person]
            if others:
                shares[person].append(sum(others) / len(others))
    return {person: (sum(all_) / len(all_), len(all_)) for person, all_ in shares.items()}


def alpha(cases: Sequence[Sequence[Label]], distance: Distance | None = None) -> float | None:
    """Krippendorff's alpha, 1 - observed / expected distance: any number of people, answers may be
    missing. Without a distance labels are nominal: the same or not. None where everything said is
    one label, or nothing can be compared.

    >>> alpha([["a", "a"], ["b", "b"]])
    1.0
    """
    return _Alphas(cases, distance).exact()


def kappa(pairs: Sequence[tuple[Label, Label]], agrees: Agrees = operator.eq) -> float | None:
    """Cohen's kappa, (observed - expected) / (1 - expected) agreement of two people; None where
    chance alone would make them always agree.

    >>> kappa([(1, 1), (1, 2), (2, 2), (2, 1)])
    0.0
    """
    return _Kappas(pairs, agrees).exact()


class _Resampled(ABC):
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


class _Alphas(_Resampled):
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


class _Kappas(_Resampled):
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


def _share(value: float | None, n: int) -> Estimate:
    """A mean of shares over n cases. However many people judge a case, it counts once, so that the
    Wilson interval errs on the wide side."""
    if value is None or n < LEAST:
        return Estimate(n, note=TOO_FEW)
    low, high = wilson(value * n, n)  # type: ignore[arg-type]  # shares of cases: not whole
    return Estimate(n, value, low, high)


def _resampled(
    value: float | None, n: int, sample: _Resampled, rng: np.random.Generator
) -> Estimate:
    if n < LEAST:
        return Estimate(n, note=TOO_FEW)
    if value is None:
        return Estimate(n, note=ONE_LABEL)
    interval = sample.interval(rng)
    if interval is None:
        return Estimate(n, value, note=NO_DIFFERENCE)
    return Estimate(n, value, *interval)


def _pairs(cases: Iterable[Said], agrees: Agrees, rng: np.random.Generator) -> list[Pair]:
    common: dict[tuple[Person, Person], list[tuple[Label, Label]]] = defaultdict(list)
    for case in cases:
        for (one, left), (other, right) in combinations(sorted(case.items(), key=_name), 2):
            common[one, other].append((left, right))
    found = []
    for people, pairs in sorted(common.items(), key=lambda entry: str(entry[0])):
        if len(pairs) >= LEAST:
            share = _share(percent(pairs, agrees), len(pairs))
            sample = _Kappas(pairs, agrees)
            found.append(Pair(people, share, _resampled(sample.exact(), len(pairs), sample, rng)))
    return found


def _name(entry: tuple[Person, Label]) -> str:
    return str(entry[0])
