"""Scales of measurement for Krippendorff's alpha: what answers mean beside being the same or not.

Alpha by the task type's own distance stands first; these stand beside it where they apply. A scale
is a class with a name here. Formulas: docs/people.md.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from itertools import accumulate
from typing import Any, ClassVar

from models_registry.domain.catalogue import Catalogue
from models_registry.domain.task_types import Definition
from reviews.domain.coefficients import Distance, Label

Places = Mapping[Label, float]
"""Where each label stands on a scale; what is not in it has no place."""


class Scale(ABC):
    """One level of measurement; `title` is what people read."""

    name: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    def places(self, answer: Definition, values: Mapping[Label, object]) -> Places | None:
        """Where the labels stand, whose values are answers by this definition (None: the input
        cannot be judged). None if such answers have no place on this scale."""

    @abstractmethod
    def distance(self, places: Places, given: Mapping[Label, int]) -> Distance:
        """How far two labels with a place are apart; given: how often each was."""


SCALES: Catalogue[Scale] = Catalogue("scale")


@SCALES.named("nominal")
class Nominal(Scale):
    """The same or not; for any answer."""

    name = "nominal"
    title = "Nominal: the same or not"

    def places(self, answer: Definition, values: Mapping[Label, object]) -> Places | None:
        return {label: float(i) for i, label in enumerate(values)}

    def distance(self, places: Places, given: Mapping[Label, int]) -> Distance:
        return lambda one, other: float(one != other)


@SCALES.named("ordinal")
class Ordinal(Scale):
    """Three classes or more, taken to be defined in their order: how many answers lie between."""

    name = "ordinal"
    title = "Ordinal: classes in their order"

    def places(self, answer: Definition, values: Mapping[Label, object]) -> Places | None:
        classes: Any = answer.get("classes", ())
        order = {one["value"]: float(i) for i, one in enumerate(classes)}
        said = {label: value for label, value in values.items() if value is not None}
        if len(order) < 3 or not all(isinstance(value, str) for value in said.values()):
            return None
        return {label: order[value] for label, value in said.items() if value in order}

    def distance(self, places: Places, given: Mapping[Label, int]) -> Distance:
        order = sorted(given, key=lambda label: places[label])
        upto = dict(zip(order, accumulate(given[label] for label in order), strict=True))

        def between(one: Label, other: Label) -> float:
            low, high = sorted((one, other), key=lambda label: places[label])
            if low == high:
                return 0.0
            inside = upto[high] - upto[low] + given[low]
            return float((inside - (given[low] + given[high]) / 2) ** 2)

        return between


@SCALES.named("interval")
class Interval(Scale):
    """Numbers, whose definition has a minimum (None where there is none): the squared
    difference."""

    name = "interval"
    title = "Interval: squared difference of numbers"

    def places(self, answer: Definition, values: Mapping[Label, object]) -> Places | None:
        if "minimum" not in answer:
            return None
        said = {label: value for label, value in values.items() if value is not None}
        found = {label: _number(value) for label, value in said.items()}
        known = {label: place for label, place in found.items() if place is not None}
        return known if known and len(known) == len(found) else None

    def distance(self, places: Places, given: Mapping[Label, int]) -> Distance:
        return lambda one, other: (places[one] - places[other]) ** 2


def _number(value: object) -> float | None:
    """The number that a value is or spells; None for what is none, or too large for a distance."""
    try:
        found = float(str(value))
    except ValueError:  # no number has no place
        return None
    return found if math.isfinite(found) and abs(found) < 1e150 else None
