"""Consensus: what the reviews of one referral say together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal


@dataclass(frozen=True, slots=True)
class Consensus:
    """settled carries the answer; more: people are missing; conflict: they differ."""

    state: Literal["settled", "more", "conflict"]
    answer: object | None = None


def consensus(
    answers: Sequence[object], needed: int, agrees: Callable[[object, object], bool]
) -> Consensus:
    """Unanimous consensus of `needed` people. The order of answers does not matter, so every two
    are compared: answers that agree within a tolerance need not agree all together.

    >>> consensus(["7"], 1, lambda a, b: a == b)
    Consensus(state='settled', answer='7')
    """
    if len(answers) < needed:
        return Consensus("more")
    if all(agrees(left, right) for left, right in combinations(answers, 2)):
        return Consensus("settled", answers[0])
    return Consensus("conflict")
