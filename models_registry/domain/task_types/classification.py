"""Classification: exactly one of the workflow's classes."""

import reprlib
from collections.abc import Mapping, Sequence
from typing import Annotated, cast

import msgspec

from models_registry.domain.errors import Invalid
from models_registry.domain.task_types import TASK_TYPES, Choice

KEYS = "1234567890"
MOST_NAMED = 20  # classes that an error message names; it is stored with every invalid prediction
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$(?!\n)")]


class Class(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One class; `title` is what people read, the value when left out."""

    value: Name
    title: str = ""


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A workflow's classes, in the order in which reviewers see them."""

    classes: Annotated[list[Class | Name], msgspec.Meta(min_length=2, max_length=1000)]


def _key(position: int, value: str, values: Sequence[str]) -> str:
    """Digits keep their own key where every class is a digit, else keys follow the order."""
    if all(len(v) == 1 and v in KEYS for v in values):
        return value
    return KEYS[position] if position < len(KEYS) else ""


@TASK_TYPES.named("classification")
class Classification:
    """One of a fixed list of classes; a class is a string.

    >>> task = Classification()
    >>> answer = task.check({"classes": ["cat", {"value": "dog", "title": "Dog"}]})
    >>> task.normalise(answer, "dog", "/value"), task.distance("cat", "dog")
    ('dog', 1.0)
    """

    name = "classification"
    title = "Classification"
    template = "reviews/answers/_classification.html"

    def check(self, answer: object) -> dict[str, object]:
        try:
            parsed = msgspec.convert(answer, Answer)
        except msgspec.ValidationError as error:
            detail, _, path = str(error).partition(" - at `$")
            raise Invalid.at(
                "/answer" + path.rstrip("]`").replace(".", "/").replace("[", "/").replace("]", ""),
                f'{detail}. Give {{"classes": ["a", "b", ...]}} with at least two.',
            ) from error
        classes = [c if isinstance(c, Class) else Class(c) for c in parsed.classes]
        values = [c.value for c in classes]
        twice = sorted({v for v in values if values.count(v) > 1})
        if twice:
            raise Invalid.at("/answer/classes", f"Named twice: {', '.join(twice)}.")
        return {"classes": [{"value": c.value, "title": c.title or c.value} for c in classes]}

    def normalise(self, answer: Mapping[str, object], value: object, pointer: str) -> object:
        values = self._values(answer)
        if value not in values:
            valid = ", ".join(values[:MOST_NAMED])
            more = f" and {len(values) - MOST_NAMED} more" if len(values) > MOST_NAMED else ""
            raise Invalid.at(
                pointer, f"{reprlib.repr(value)} is not a class. Valid: {valid}{more}."
            )
        return value

    def distance(self, left: object, right: object) -> float:
        return 0.0 if left == right else 1.0

    def agrees(self, left: object, right: object) -> bool:
        return left == right

    def fits(self, answer: Mapping[str, object], classes: Sequence[str]) -> str:
        strange = [c for c in classes if c not in self._values(answer)]
        return f"The workflow has no class {', '.join(strange)}." if strange else ""

    def form(self, answer: Mapping[str, object]) -> dict[str, object]:
        values = self._values(answer)
        classes = cast(list[dict[str, str]], answer["classes"])
        choices = [
            Choice(c["value"], c["title"], _key(i, c["value"], values))
            for i, c in enumerate(classes)
        ]
        return {"task_type": self.name, "choices": [msgspec.to_builtins(c) for c in choices]}

    @staticmethod
    def _values(answer: Mapping[str, object]) -> list[str]:
        return [c["value"] for c in cast(list[dict[str, str]], answer["classes"])]
