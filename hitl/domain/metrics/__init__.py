"""Metrics: quantities as mergeable tallies. One module per metric, plus its import line at the
bottom. A metric is a monoid: `tally` over any split of the rows, `merge`d in any order, gives the
same result, so hours and days are merges of minutes and never rescans."""

import math
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from models_registry.domain.catalogue import Catalogue

Tally = Mapping[str, int]
Z95 = 1.959963984540054  # two-sided 95 % quantile of the normal distribution


@dataclass(frozen=True, slots=True)
class Row:
    """One fact as a metric sees it.

    kind: arrived (a case was routed), answered (a referral closed with an answer), decided (the
        client was told a decision), redone (the client sent a redo).
    automated: arrived: decided by the model.
    null: arrived: the live prediction has no value, None if no model was asked.
    agrees: answered: the model's value against the person's, None where nothing can be compared.
    blind: answered: without having seen the suggestion.
    human: decided: by people.
    """

    kind: Literal["arrived", "answered", "decided", "redone"]
    automated: bool = False
    null: bool | None = None
    agrees: bool | None = None
    blind: bool = False
    human: bool = False


class Metric(ABC):
    """A quantity over rows; `unit` is "count" or "share"."""

    name: ClassVar[str]
    title: ClassVar[str]
    unit: ClassVar[Literal["count", "share"]] = "share"

    @abstractmethod
    def tally(self, rows: Iterable[Row]) -> Tally:
        """Counts over some rows: {"n": observations, "hits": those that count}; {} for none."""

    def merge(self, tallies: Iterable[Tally]) -> Tally:
        total: Counter[str] = Counter()
        for tally in tallies:
            total.update(tally)
        return dict(total)

    def value(self, tally: Tally) -> float | None:
        """The metric's value, None while there is nothing to measure."""
        n = tally.get("n", 0)
        return tally.get("hits", 0) / n if n else None

    def interval(self, tally: Tally) -> tuple[float, float] | None:
        """95 % interval of the value where it is an estimate, else None."""
        n = tally.get("n", 0)
        return wilson(tally.get("hits", 0), n) if n else None


def share(flags: Iterable[bool]) -> Tally:
    """{"n", "hits"} of an iterable of yes and no; {} if it is empty."""
    counted = Counter(flags)
    n = counted[True] + counted[False]
    return {"n": n, "hits": counted[True]} if n else {}


def wilson(hits: int, n: int, z: float = Z95) -> tuple[float, float]:
    """Wilson score interval of a binomial share (E. B. Wilson, JASA 1927); 0 <= hits <= n, n > 0.

    >>> low, high = wilson(0, 10)
    >>> low, round(high, 3)
    (0.0, 0.278)
    """
    p = hits / n
    centre = p + z * z / (2 * n)
    spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if hits == 0 else max(0.0, (centre - spread) / scale)
    high = 1.0 if hits == n else min(1.0, (centre + spread) / scale)
    return low, high


METRICS: Catalogue[Metric] = Catalogue("metric")

from hitl.domain.metrics import agreement, automation, nulls, people, redo, volume  # noqa: E402, F401
