"""Automation bias: do people agree with the model because it is right, or because they saw it?

The same people answer some cases with the suggestion in sight (shown) and some without it (hidden,
the blind share). Which is which was drawn, so all that differs is the sight of it. Formulas and how
to read them: docs/people.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, betaln

from hitl.domain.metrics import wilson

LEAST = 10  # judgements of a kind below which their share would be a guess
STRENGTHS = np.geomspace(1, 10_000, 31)  # of what is common to all people, in judgements
MEANS = 61  # shares that are tried for what is common
FOLLOWS = 0.98  # who follows at least this share and is fast may not look at all
STAMPS = 50  # judgements with the suggestion in sight before anybody is called fast and following
OVERRIDES = 100  # and before somebody's overrides are held against the model's errors

Interval = tuple[float, float]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Count:
    """`hits` of `n`."""

    hits: int = 0
    n: int = 0

    @property
    def share(self) -> float | None:
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> Interval | None:
        """95 % Wilson interval of the share."""
        return wilson(self.hits, self.n) if self.n else None

    @property
    def rest(self) -> "Count":
        """Those that are no hits, of as many."""
        return Count(self.n - self.hits, self.n)


def counted(hits: Iterable[bool]) -> Count:
    """How many of them are true."""
    found = list(hits)
    return Count(sum(found), len(found))


@dataclass(frozen=True, slots=True)
class Seen:
    """How often people gave the model's answer: with the suggestion in sight, and without."""

    shown: Count = Count()
    hidden: Count = Count()


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two shares with its 95 % interval; None throughout where there are too few
    judgements of either kind."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


def newcombe(one: Count, other: Count) -> Interval:
    """95 % interval of the difference of two independent shares: the square-and-add method from
    Wilson intervals (Newcombe, Statistics in Medicine 1998, method 10). Both n are above 0.

    >>> low, high = newcombe(Count(56, 70), Count(48, 80))
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    first, second = one.hits / one.n, other.hits / other.n
    return _between(first, wilson(one.hits, one.n), second, wilson(other.hits, other.n))


def _between(one: float, of_one: Interval, other: float, of_other: Interval) -> Interval:
    """The interval of a difference from those of its two sides."""
    difference = one - other
    low = difference - float(np.hypot(one - of_one[0], of_other[1] - other))
    high = difference + float(np.hypot(of_one[1] - one, other - of_other[0]))
    return low, high


def difference(seen: Seen) -> Difference:
    """Automation bias: agreement with the suggestion in sight, less that without.

    >>> difference(Seen(Count(9, 9), Count(8, 10)))
    Difference(value=None, low=None, high=None)
    """
    if min(seen.shown.n, seen.hidden.n) < LEAST:
        return Difference()
    value = seen.shown.hits / seen.shown.n - seen.hidden.hits / seen.hidden.n
    return Difference(value, *newcombe(seen.shown, seen.hidden))


@dataclass(frozen=True, slots=True, eq=False)
class Common:
    """What is common to all people of a workflow: beta distributions of their shares, each with
    how likely it is by what all of them said."""

    hits: Floats
    misses: Floats
    weights: Floats

    def share(self, count: Count) -> float:
        """The person's share, drawn towards that of all: the less they did, the further."""
        return self._moments(count)[0]

    def interval(self, count: Count) -> Interval:
        """95 % of what that share may be, by the beta distribution of the same mean and spread."""
        mean, variance = self._moments(count)
        strength = mean * (1 - mean) / variance - 1
        low, high = betaincinv(mean * strength, (1 - mean) * strength, (0.025, 0.975))
        return float(low), float(high)

    def _moments(self, count: Count) -> tuple[float, float]:
        n = count.n + self.hits + self.misses
        means = (count.hits + self.hits) / n
        mean = float(self.weights @ means)
        inside = means * (1 - means) / (n + 1)
        return mean, float(self.weights @ (inside + (means - mean) ** 2))


def common(counts: Sequence[Count]) -> Common:
    """Beta-binomial model of the people's counts, by Bayes' rule over a grid of its mean (flat in
    the logit) and its strength (flat in the logarithm), so that neither is taken as known.

    >>> all_ = common([Count(9, 10), Count(8, 10), Count(90, 100)])
    >>> round(all_.share(Count(1, 2)), 1)
    0.9
    """
    hits = np.array([one.hits for one in counts], dtype=np.float64)
    n = np.array([one.n for one in counts], dtype=np.float64)
    strengths, means = np.meshgrid(STRENGTHS, _means(float(hits.sum()), float(n.sum()), len(n)))
    a, b = (means * strengths).ravel(), ((1 - means) * strengths).ravel()
    columns = a[:, None], b[:, None]
    fits = betaln(hits + columns[0], n - hits + columns[1]) - betaln(*columns)
    likelihood = fits.sum(axis=1)
    weights = np.exp(likelihood - likelihood.max())
    return Common(a, b, weights / weights.sum())


def _means(hits: float, n: float, people: int) -> Floats:
    """Shares around that of all judgements, as far as few or differing people leave it open."""
    share = (hits + 0.5) / (n + 1)
    spread = np.sqrt(1 / ((n + 1) * share * (1 - share)) + 1 / people)
    logits = np.log(share / (1 - share)) + spread * np.linspace(-4, 4, MEANS)
    means: Floats = 1 / (1 + np.exp(-logits))
    return means


def shrunk(people: Sequence[Seen]) -> list[Difference]:
    """Each person's bias, both of its shares drawn towards those of the workflow."""
    if not people:
        return []
    with_it, without = common([one.shown for one in people]), common([one.hidden for one in people])
    return [_drawn(one, with_it, without) for one in people]


def _drawn(one: Seen, with_it: Common, without: Common) -> Difference:
    shown, hidden = with_it.share(one.shown), without.share(one.hidden)
    sides = with_it.interval(one.shown), without.interval(one.hidden)
    return Difference(shown - hidden, *_between(shown, sides[0], hidden, sides[1]))


@dataclass(frozen=True, slots=True)
class Twice:
    """One answer given in two stages, held against the truth: the first without the suggestion,
    the final one with it."""

    first_right: bool
    final_right: bool
    model_right: bool


@dataclass(frozen=True, slots=True)
class Turns:
    """What the suggestion does to answers. flipped: of the first answers that were right while the
    model was wrong, those whose final answer is wrong; mended: of those that were wrong while the
    model was right, those whose final answer is right."""

    flipped: Count
    mended: Count


def turns(answers: Iterable[Twice]) -> Turns:
    """Harm and benefit of seeing the suggestion.

    >>> turns([Twice(True, False, False), Twice(True, True, False), Twice(False, True, True)])
    Turns(flipped=Count(hits=1, n=2), mended=Count(hits=1, n=1))
    """
    known = list(answers)
    led = (not a.final_right for a in known if a.first_right and not a.model_right)
    helped = (a.final_right for a in known if not a.first_right and a.model_right)
    return Turns(counted(led), counted(helped))


class Stamp(StrEnum):
    """Whether somebody may be stamping suggestions without looking."""

    UNKNOWN = "not enough data"
    CLEAR = "no sign of it"
    WARNING = "may be stamping"


RULE = (
    f"A person may be stamping if they follow at least {FOLLOWS * 100:g} % of {STAMPS} or more "
    f"suggestions and are suspiciously fast; or if, after {OVERRIDES} or more suggestions, they "
    "override fewer than the model gets wrong: the upper end of their overrides' interval lies "
    "below the lower end of that of the model's blind error."
)


def stamp(followed: Count, errors: Count, *, fast: bool | None) -> tuple[Stamp, str]:
    """The state, and why in numbers. followed: suggestions in sight whose answer was given;
    errors: of the model, by blind answers; fast: suspiciously so, None where nobody can tell.

    >>> stamp(Count(100, 100), Count(10, 100), fast=False)[0]
    <Stamp.WARNING: 'may be stamping'>
    """
    share = followed.share
    if share is not None and followed.n >= STAMPS and share >= FOLLOWS and fast:
        return Stamp.WARNING, f"follows {followed.hits:,} of {followed.n:,}, suspiciously fast"
    if followed.n < OVERRIDES or errors.n < LEAST:
        return Stamp.UNKNOWN, _missing(followed, errors)
    overrides = followed.rest
    most, least = wilson(overrides.hits, overrides.n)[1], wilson(errors.hits, errors.n)[0]
    said = f"overrides at most {most * 100:.1f} %, the model errs in at least {least * 100:.1f} %"
    return (Stamp.WARNING if most < least else Stamp.CLEAR), said


def _missing(followed: Count, errors: Count) -> str:
    if followed.n < OVERRIDES:
        return f"{followed.n:,} of {OVERRIDES} suggestions seen"
    return f"{errors.n:,} of {LEAST} blind answers that tell how often the model is wrong"
