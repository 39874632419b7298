"""Agreement among people: do they, each on their own, say the same?

A case is what its people said: person -> label. A case that fewer than two people judged says
nothing. Distances are between 0 (the same) and whatever is far; agreement of labels is equality
unless the task type knows better. Formulas and how to read them: docs/people.md.
"""

import operator
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any, TypeVar

import numpy as np

from hitl.domain.metrics import wilson
from reviews.domain.coefficients import (
    Agrees,
    Alphas,
    Distance,
    Fleisses,
    Kappas,
    Label,
    Resampled,
)
from reviews.domain.scales import Places, Scale

LEAST = 10  # cases below which a number would be a guess: 10 of 10 alike still allows 72 %

Person = Any  # whatever can be a key of a dictionary
Said = Mapping[Person, Label]
Period = TypeVar("Period", bound=Hashable)


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
    """percent: mean over cases of the share of pairs that agree; alpha: Krippendorff's; fleiss:
    Fleiss' kappa over the cases with exactly `raters` answers; labels: who gives a label, with what
    share of the others saying the same; people: each with the others; pairs: those with enough
    cases in common."""

    cases: int
    judgements: int
    percent: Estimate
    alpha: Estimate
    fleiss: Estimate
    raters: int
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
    fixed = Fleisses(given)
    return Agreement(
        cases=len(cases),
        judgements=sum(map(len, given)),
        percent=share_estimate(percent(given, agrees), len(cases)),
        alpha=_resampled(len(cases), Alphas(given, distance), rng),
        fleiss=_resampled(int(fixed.times.sum()), fixed, rng),
        raters=fixed.raters,
        labels={label: share_estimate(share, n) for label, (share, n) in by_label(given).items()},
        people={
            who: share_estimate(share, n) for who, (share, n) in by_person(cases, agrees).items()
        },
        pairs=_pairs(cases, agrees, rng),
    )


def on_scale(
    said: Iterable[Said], rng: np.random.Generator, scale: Scale, places: Places
) -> Estimate:
    """Krippendorff's alpha on another scale; what has no place there is left out. For its interval
    distances stay those of all cases together."""
    cases = [[label for label in case.values() if label in places] for case in said]
    given = [case for case in cases if len(case) > 1]
    distance = scale.distance(places, Counter(label for case in given for label in case))
    return _resampled(len(given), Alphas(given, distance), rng)


def by_period(
    said: Iterable[tuple[Period, Said]],
    rng: np.random.Generator,
    *,
    agrees: Agrees = operator.eq,
    distance: Distance | None = None,
) -> list[tuple[Period, Estimate, Estimate]]:
    """Per period, in the order of their first case: the share of pairs that agree, and alpha."""
    periods: dict[Period, list[list[Label]]] = {}
    for period, case in said:
        if len(case) > 1:
            periods.setdefault(period, []).append(list(case.values()))
    return [
        (
            period,
            share_estimate(percent(given, agrees), len(given)),
            _resampled(len(given), Alphas(given, distance), rng),
        )
        for period, given in periods.items()
    ]


def mean_between(
    said: Iterable[Said], between: Callable[[Any, Any], Mapping[str, float]]
) -> dict[str, tuple[float, int]]:
    """Per name the mean over cases of what `between` gives, itself a mean over both directions of
    every two people: which of them is right is not known. With it the number of those cases.

    >>> mean_between([{"ann": 1, "bob": 4}], lambda one, other: {"more": max(0.0, one - other)})
    {'more': (1.5, 1)}
    """
    found: dict[str, list[float]] = defaultdict(list)
    for case in said:
        ways: dict[str, list[float]] = defaultdict(list)
        for one, other in permutations(case.values(), 2):
            for name, value in between(one, other).items():
                ways[name].append(value)
        for name, values in ways.items():
            found[name].append(sum(values) / len(values))
    return {name: (sum(values) / len(values), len(values)) for name, values in found.items()}


def mean_estimate(value: float, n: int) -> Estimate:
    """A mean over n cases that is no share, so without an interval."""
    return Estimate(n, value) if n >= LEAST else Estimate(n, note=TOO_FEW)


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


def share_estimate(value: float | None, n: int) -> Estimate:
    """A mean of shares over n cases. However many people judge a case, it counts once, so that the
    Wilson interval errs on the wide side."""
    if value is None or n < LEAST:
        return Estimate(n, note=TOO_FEW)
    low, high = wilson(value * n, n)  # type: ignore[arg-type]  # shares of cases: not whole
    return Estimate(n, value, low, high)


def _resampled(n: int, sample: Resampled, rng: np.random.Generator) -> Estimate:
    if n < LEAST:
        return Estimate(n, note=TOO_FEW)
    value = sample.exact()
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
            share = share_estimate(percent(pairs, agrees), len(pairs))
            kappa = _resampled(len(pairs), Kappas(pairs, agrees), rng)
            found.append(Pair(people, share, kappa))
    return found


def _name(entry: tuple[Person, Label]) -> str:
    return str(entry[0])
