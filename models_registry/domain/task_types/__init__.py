"""Task types: the shape of an answer. One module per type, plus its import line at the bottom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from models_registry.domain.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that a person can give with one key ('' when the keys ran out)."""

    value: str
    title: str
    key: str


class TaskType(Protocol):
    """What the service must know about answers of one shape; `answer` is the workflow's own part
    of it (for classification its classes), validated by `check`."""

    name: str
    title: str
    template: str

    def check(self, answer: object) -> dict[str, object]:
        """The workflow's answer definition, completed; Invalid if it cannot be used."""

    def normalise(self, answer: Mapping[str, object], value: object, pointer: str) -> object:
        """`value` in the form that is stored and compared; Invalid at `pointer` if it is none."""

    def distance(self, left: object, right: object) -> float:
        """How far two normalised answers are apart: 0 the same, 1 nothing in common."""

    def agrees(self, left: object, right: object) -> bool:
        """Whether two normalised answers count as the same."""

    def fits(self, answer: Mapping[str, object], classes: Sequence[str]) -> str:
        """'' if a model with these classes can serve the workflow, else why not."""

    def form(self, answer: Mapping[str, object]) -> dict[str, object]:
        """What a reviewer may answer, for pages and for API clients."""


TASK_TYPES: Catalogue[TaskType] = Catalogue("task type")

from models_registry.domain.task_types import classification  # noqa: E402, F401
