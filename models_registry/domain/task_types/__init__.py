"""Task types: the shape of an answer. One module per type, plus its name in the last line."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import msgspec

from models_registry.domain.catalogue import Catalogue
from models_registry.domain.errors import Invalid, cut
from models_registry.domain.scoring import is_usable

Definition = Mapping[str, object]
"""The workflow's own part of an answer, as `check` gave it: for classification its classes."""
Posted = Mapping[str, Sequence[str]]
"""What a page's form says: each name with all its values."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that a person can give with one key ('' when the keys ran out)."""

    value: str
    title: str
    key: str


class TaskType(ABC):
    """All that is particular about answers of one shape.

    name: as it is stored. title: as people read it. template: the fragment that asks for an answer.
    example: a definition that works, for people who write one.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    template: ClassVar[str]
    example: ClassVar[Definition]

    @abstractmethod
    def check(self, answer: object) -> dict[str, object]:
        """The workflow's definition, completed; Invalid if it cannot be used."""

    @abstractmethod
    def normalise(self, answer: Definition, value: object, pointer: str) -> object:
        """`value` in the form that is stored and compared; Invalid at `pointer` if it is none."""

    @abstractmethod
    def form(self, answer: Definition) -> dict[str, object]:
        """What a reviewer may answer, for pages and for API clients."""

    @abstractmethod
    def fits(self, answer: Definition, classes: Sequence[str]) -> str:
        """'' if a model with these classes can serve the workflow, else why not."""

    def distance(self, answer: Definition, left: object, right: object) -> float:
        """How far two normalised answers are apart: 0 the same, 1 nothing in common."""
        return 0.0 if left == right else 1.0

    def agrees(self, answer: Definition, left: object, right: object) -> bool:
        """Whether two normalised answers count as the same."""
        return self.distance(answer, left, right) == 0.0

    def measures(self, answer: Definition, said: object, truth: object) -> dict[str, float]:
        """Measures of the field beside the distance, by name: how `said` differs from `truth`."""
        return {}

    def parts(self, answer: Definition) -> Sequence[str]:
        """The parts of an answer of which a model can be sure each for itself; none by default."""
        return ()

    def confidence(self, answer: Definition, sure: Mapping[str, float]) -> float | None:
        """One confidence for an answer, from those of its parts: the lowest. None if a part has
        none that can be used; such an answer is never automated."""
        found = [sure.get(name) for name in self.parts(answer)]
        usable = [one for one in found if one is not None and is_usable(one)]
        return min(usable, default=None) if len(usable) == len(found) else None

    def posted(self, given: Posted) -> object | None:
        """The answer so far in a page's form, not validated; its fields' names begin with `value`.
        None where nothing is said."""
        return next(reversed(given.get("value", ())), None)

    def brief(self, answer: Definition, value: object) -> str:
        """A normalised answer in one line, as people read it in a list."""
        return str(value)

    def columns(self, answer: Definition) -> list[str]:
        """The columns of a table of answers."""
        return ["value"]

    def row(self, answer: Definition, value: object) -> dict[str, str]:
        """A normalised answer as cells of those columns."""
        return {"value": str(value)}

    def parsed(self, answer: Definition, row: Mapping[str, str]) -> object:
        """The answer of a table's row, to be normalised; cells as `row` writes them."""
        return row.get("value", "")


TASK_TYPES: Catalogue[TaskType] = Catalogue("task type")


def definition(
    answer: object, shape: type[msgspec.Struct], hint: str, pointer: str = "/answer"
) -> msgspec.Struct:
    """An answer definition as `shape`; Invalid at the field that is wrong, with a hint."""
    try:
        return msgspec.convert(answer, shape)
    except msgspec.ValidationError as error:
        detail, _, path = str(error).partition(" - at `$")
        steps = path.rstrip("`").replace("[", ".").replace("]", "").replace(".", "/")
        raise Invalid.at(pointer + cut(steps), f"{cut(detail, 200)}. {hint}") from error


def meaning(answer: object) -> object:
    """An answer definition without what only reads differently, its titles and the order in which
    things are named: while this stays the same, two answers agree or differ as before.

    >>> new = {"classes": [{"value": "b", "title": "B"}, {"value": "a", "title": "first"}]}
    >>> old = {"classes": [{"value": "a", "title": "a"}, {"value": "b", "title": "b"}]}
    >>> meaning(new) == meaning(old)
    True
    """
    if isinstance(answer, Mapping):
        return {name: meaning(part) for name, part in answer.items() if name != "title"}
    if isinstance(answer, list | tuple):
        return sorted((meaning(part) for part in answer), key=msgspec.json.encode)
    return answer


from models_registry.domain.task_types import classification, fields, multilabel, number, text  # noqa: E402, F401
