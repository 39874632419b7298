"""Classification: exactly one of the workflow's classes."""

import reprlib
from collections.abc import Sequence
from typing import Annotated, cast

import msgspec

from models_registry.domain.errors import Invalid
from models_registry.domain.task_types import TASK_TYPES, Choice, Definition, TaskType, definition

KEYS = "1234567890"
MOST_NAMED = 20  # classes that an error message names; it is stored with every invalid prediction
NONE = "none_of_these"
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$(?!\n)")]


class Class(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One class; `title` is what people read, the value when left out."""

    value: Name
    title: str = ""


class Classes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A workflow's classes, in the order in which reviewers see them. `none_of_these` offers one
    more answer, for what is none of them."""

    classes: Annotated[list[Class | Name], msgspec.Meta(min_length=2, max_length=1000)]
    none_of_these: bool = False


def checked(answer: object) -> dict[str, object]:
    """A definition of classes, completed; Invalid if it cannot be used."""
    hint = 'Give {"classes": ["a", "b", ...]} with at least two.'
    parsed = cast(Classes, definition(answer, Classes, hint))
    classes = [c if isinstance(c, Class) else Class(c) for c in parsed.classes]
    values = [c.value for c in classes]
    twice = sorted({v for v in values if values.count(v) > 1})
    if twice:
        raise Invalid.at("/answer/classes", f"Named twice: {', '.join(twice)}.")
    if parsed.none_of_these and NONE in values:
        raise Invalid.at("/answer/classes", f"{NONE} is the name of the answer for none of them.")
    titled = [{"value": c.value, "title": c.title or c.value} for c in classes]
    return {"classes": titled} | ({"none_of_these": True} if parsed.none_of_these else {})


def titles(answer: Definition) -> dict[str, str]:
    """What people read for each answer, in the order in which they see them."""
    found = {c["value"]: c["title"] for c in cast(list[dict[str, str]], answer["classes"])}
    return found | ({NONE: "None of these"} if answer.get("none_of_these") else {})


def choices(answer: Definition) -> list[Choice]:
    """The answers with their keys. Digits keep their own key where every class is a digit, else
    keys follow the order; none of them is 0."""
    known = titles(answer)
    classes = [value for value in known if value != NONE]
    digits = all(len(value) == 1 and value in KEYS for value in classes)
    keys = KEYS.replace("0", "") if NONE in known and not digits else KEYS
    found = []
    for i, value in enumerate(classes):
        key = value if digits else keys[i] if i < len(keys) else ""
        found.append(Choice(value, known[value], key))
    if NONE in known:
        found.append(Choice(NONE, known[NONE], "" if "0" in classes and digits else "0"))
    return found


def refuse_unknown(answer: Definition, value: object, pointer: str) -> None:
    """Invalid, with the valid ones, for what is no class."""
    values = list(titles(answer))
    if value not in values:
        valid = ", ".join(values[:MOST_NAMED])
        more = f" and {len(values) - MOST_NAMED} more" if len(values) > MOST_NAMED else ""
        raise Invalid.at(pointer, f"{reprlib.repr(value)} is not a class. Valid: {valid}{more}.")


def strange(answer: Definition, classes: Sequence[str]) -> str:
    """Which of a model's classes the workflow does not have; '' if it has all."""
    unknown = [c for c in classes if c not in titles(answer)]
    return f"The workflow has no class {', '.join(unknown)}." if unknown else ""


@TASK_TYPES.named("classification")
class Classification(TaskType):
    """One of a fixed list of classes; a class is a string.

    >>> task = Classification()
    >>> answer = task.check({"classes": ["cat", {"value": "dog", "title": "Dog"}]})
    >>> task.normalise(answer, "dog", "/value"), task.distance(answer, "cat", "dog")
    ('dog', 1.0)
    """

    name = "classification"
    title = "Classification"
    template = "reviews/answers/_classification.html"
    example = {"classes": ["spam", "ham"]}

    def check(self, answer: object) -> dict[str, object]:
        return checked(answer)

    def normalise(self, answer: Definition, value: object, pointer: str) -> object:
        refuse_unknown(answer, value, pointer)
        return value

    def fits(self, answer: Definition, classes: Sequence[str]) -> str:
        return strange(answer, classes)

    def form(self, answer: Definition) -> dict[str, object]:
        return {
            "task_type": self.name,
            "choices": [msgspec.to_builtins(choice) for choice in choices(answer)],
        }

    def brief(self, answer: Definition, value: object) -> str:
        return titles(answer).get(str(value), str(value))
