"""What a model said about one input, and whether its confidence can be used."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models_registry.domain.errors import DomainError


class PredictionFailed(DomainError):
    """A model could not answer; the case goes to people, the client hears no error."""

    code = "prediction-failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One version's answer to one input.

    value: the answer in the task type's form, or None (a NULL prediction).
    confidence: raw score of that answer as float64, or None if the model gives none.
    confidences: of each part of the answer, for answers that have parts; None for others.
    error: why there is no value, '' otherwise.
    latency: seconds the model took for it; in a batch, the batch's time divided by its length.
    """

    value: object | None
    confidence: float | None
    error: str = ""
    latency: float = 0.0
    confidences: Mapping[str, float] | None = None


def is_usable(confidence: float | None) -> bool:
    """True for a finite number in [0, 1]; everything else is never automated.

    >>> [is_usable(c) for c in (0.0, 0.7, 1.0, None, float("nan"), 1.01)]
    [True, True, True, False, False, False]
    """
    return confidence is not None and math.isfinite(confidence) and 0.0 <= confidence <= 1.0


def best(classes: Sequence[str], probabilities: Sequence[float]) -> tuple[str, float]:
    """The most probable class and its probability; on a tie the first in the order of `classes`.
    Where any probability is NaN the confidence is NaN: such a row says nothing for sure.

    >>> best(["cat", "dog"], [0.2, 0.8])
    ('dog', 0.8)
    """
    if len(classes) != len(probabilities):
        raise PredictionFailed(
            f"The model gave {len(probabilities)} probabilities for {len(classes)} classes."
        )
    index = max(range(len(classes)), key=probabilities.__getitem__)
    certain = not math.isnan(sum(probabilities))
    return classes[index], float(probabilities[index]) if certain else math.nan
