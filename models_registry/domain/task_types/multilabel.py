"""Multilabel: any number of the workflow's classes at once."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Annotated, cast

import msgspec

from models_registry.domain.errors import Invalid
from models_registry.domain.task_types import TASK_TYPES, Definition, Posted, TaskType, definition
from models_registry.domain.task_types.classification import (
    NONE,
    Classes,
    checked,
    choices,
    refuse_unknown,
    strange,
    titles,
)

SEPARATOR = ";"
HINT = 'Give {"classes": ["a", "b", ...]} with at least two; least and most are whole numbers.'
Count = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class Several(Classes, frozen=True, forbid_unknown_fields=True):
    """Classes, and how many of them an answer names."""

    least: Count = 1
    most: Count | None = None


@TASK_TYPES.named("multilabel")
class Multilabel(TaskType):
    """Several of a fixed list of classes, in the order of that list; none of them ([]) only where
    the definition has `none_of_these`.

    >>> task = Multilabel()
    >>> answer = task.check({"classes": ["rain", "wind", "snow"], "none_of_these": True})
    >>> task.normalise(answer, ["snow", "rain"], "/value")
    ['rain', 'snow']
    >>> task.distance(answer, ["rain", "snow"], ["rain"]), task.distance(answer, [], [])
    (0.5, 0.0)
    """

    name = "multilabel"
    title = "Several labels"
    template = "reviews/answers/_multilabel.html"
    example = {"classes": ["rain", "wind", "snow"], "none_of_these": True, "least": 1, "most": 3}

    def check(self, answer: object) -> dict[str, object]:
        parsed = cast(Several, definition(answer, Several, HINT))
        given = cast(Mapping[str, object], answer)
        classes = checked({name: given[name] for name in given if name not in ("least", "most")})
        count = len(parsed.classes)
        most = count if parsed.most is None else parsed.most
        if most > count:
            raise Invalid.at("/answer/most", f"There are only {count} classes.")
        if parsed.least > most:
            raise Invalid.at("/answer/least", f"At most {most}, as many as an answer may name.")
        return classes | {"least": parsed.least, "most": most}

    def normalise(self, answer: Definition, value: object, pointer: str) -> object:
        if isinstance(value, str):  # a model of single classes serves such a workflow, too
            refuse_unknown(answer, value, pointer)
        named = [value] if isinstance(value, str) else value
        if not isinstance(named, list):
            raise Invalid.at(pointer, 'Give a list of classes, as ["a", "b"].')
        if len(named) > len(titles(answer)):
            raise Invalid.at(pointer, "The list is longer than that of all classes.")
        for position, one in enumerate(named):
            refuse_unknown(answer, one, f"{pointer}/{position}")
        none = bool(answer.get("none_of_these"))
        if none and named in ([], [NONE]):
            return []
        if none and NONE in named:
            raise Invalid.at(pointer, f"{NONE} stands alone; leave the classes or it out.")
        return self._counted(answer, [c for c in titles(answer) if c in named], pointer)

    def _counted(self, answer: Definition, chosen: list[str], pointer: str) -> list[str]:
        least, most = cast(int, answer["least"]), cast(int, answer["most"])
        if not least <= len(chosen) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            raise Invalid.at(pointer, f"Choose {wanted} of the classes, not {len(chosen)}.")
        return chosen

    def distance(self, answer: Definition, left: object, right: object) -> float:
        """The Jaccard distance: the share of the named classes that only one side names."""
        one, other = set(cast(list[str], left)), set(cast(list[str], right))
        return len(one ^ other) / len(one | other) if one | other else 0.0

    def parts(self, answer: Definition) -> list[str]:
        """Each class: how sure the model is that it belongs to the answer, or does not."""
        return [value for value in titles(answer) if value != NONE]

    def fits(self, answer: Definition, classes: Sequence[str]) -> str:
        return strange(answer, classes)

    def form(self, answer: Definition) -> dict[str, object]:
        """The choices end with none of them, where the definition has it: it is posted alone."""
        return {
            "task_type": self.name,
            "choices": [msgspec.to_builtins(choice) for choice in choices(answer)],
            "none_of_these": bool(answer.get("none_of_these")),
            "least": answer["least"],
            "most": answer["most"],
        }

    def posted(self, given: Posted) -> object | None:
        return list(given.get("value", ())) or None

    def brief(self, answer: Definition, value: object) -> str:
        known = titles(answer)
        named = [known.get(one, one) for one in cast(list[str], value)]
        return ", ".join(named) or "None of these"

    def row(self, answer: Definition, value: object) -> dict[str, str]:
        cell = io.StringIO()
        named = cast(list[str], value) or [NONE]
        csv.writer(cell, delimiter=SEPARATOR, lineterminator="").writerow(named)
        return {"value": cell.getvalue()}

    def parsed(self, answer: Definition, row: Mapping[str, str]) -> object:
        return next(csv.reader([row.get("value", "")], delimiter=SEPARATOR), [])
