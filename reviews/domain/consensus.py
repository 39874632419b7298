"""Consensus: what the reviews of one referral say together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Consensus:
    """settled carries the answer; more: people are missing; conflict: they differ."""

    state: Literal["settled", "more", "conflict"]
    answer: object | None = None


def consensus(
    answers: Sequence[object], needed: int, agrees: Callable[[object, object], bool]
) -> Consensus:
    """Unanimous consensus of `needed` people. The order of answers does not matter.

    >>> consensus(["7"], 1, lambda a, b: a == b)
    Consensus(state='settled', answer='7')
    """
    if len(answers) < needed:
        return Consensus("more")
    if all(agrees(answers[0], other) for other in answers[1:]):
        return Consensus("settled", answers[0])
    return Consensus("conflict")
