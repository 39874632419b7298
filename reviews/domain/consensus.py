"""Consensus: what the reviews of one referral say together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Literal

Rule = Literal["unanimous", "majority", "first"]
Agrees = Callable[[object, object], bool]


class Verdict(StrEnum):
    """answer: a value; cannot_decide: this person cannot tell; bad_input: nobody could."""

    ANSWER = "answer"
    CANNOT_DECIDE = "cannot_decide"
    BAD_INPUT = "bad_input"


@dataclass(frozen=True, slots=True)
class Said:
    """What one person said; `value` only with an answer. first: what they had answered before they
    were shown the model's suggestion, where they were asked twice."""

    verdict: Verdict
    value: object | None = None
    first: object | None = None

    @property
    def unaided(self) -> "Said":
        """The same before the suggestion."""
        return self if self.first is None else Said(Verdict.ANSWER, self.first)


@dataclass(frozen=True, slots=True)
class Consensus:
    """settled carries what was said; more: people are missing; conflict: they differ, or the one
    who was asked could not tell."""

    state: Literal["settled", "more", "conflict"]
    said: Said | None = None


def consensus(
    said: Sequence[Said], needed: int, agrees: Agrees, rule: Rule = "unanimous"
) -> Consensus:
    """What the people say together, `said` in the order of time. Who cannot decide agrees with
    nobody. Agreement within a tolerance is not transitive, so unanimity compares every two, and a
    majority is one answer that agrees with more than half (itself counted).

    >>> consensus([Said(Verdict.ANSWER, "7")], 1, lambda a, b: a == b).said
    Said(verdict=<Verdict.ANSWER: 'answer'>, value='7', first=None)
    """
    if len(said) < needed or not said:
        return Consensus("more")
    standing = _standing(said, agrees, rule)
    return Consensus("conflict") if standing is None else Consensus("settled", standing)


def _standing(said: Sequence[Said], agrees: Agrees, rule: Rule) -> Said | None:
    if rule == "first":
        return next((one for one in said if one.verdict != Verdict.CANNOT_DECIDE), None)
    if rule == "majority":
        ahead = (one for one in said if 2 * sum(_same(one, o, agrees) for o in said) > len(said))
        return next(ahead, None)
    if len(said) == 1:
        return said[0] if said[0].verdict != Verdict.CANNOT_DECIDE else None
    return said[0] if all(_same(a, b, agrees) for a, b in combinations(said, 2)) else None


def _same(one: Said, other: Said, agrees: Agrees) -> bool:
    if Verdict.CANNOT_DECIDE in (one.verdict, other.verdict) or one.verdict != other.verdict:
        return False
    return one.verdict == Verdict.BAD_INPUT or agrees(one.value, other.value)
