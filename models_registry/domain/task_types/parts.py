"""Answers that are only asked for as one field among others: a date, a yes or no."""

import re
from collections.abc import Sequence
from datetime import date
from typing import cast

import msgspec

from models_registry.domain.errors import Invalid
from models_registry.domain.task_types import Choice, Definition, TaskType, definition

ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
HOW = "Write year, month and day, as 2026-02-03."
YES_OR_NO = {"yes": True, "no": False, "true": True, "false": False}


class Plain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part that has nothing to set."""


class _Part(TaskType):
    def check(self, answer: object) -> dict[str, object]:
        definition(answer, Plain, f"A field of type {self.name} has no options of its own.")
        return {}

    def fits(self, answer: Definition, classes: Sequence[str]) -> str:
        return "" if not classes else "A model of classes does not answer this."


class Day(_Part):
    """A date without a time.

    >>> Day().normalise({}, "2026-02-03", "/value")
    '2026-02-03'
    """

    name = "date"
    title = "A date"

    def normalise(self, answer: Definition, value: object, pointer: str) -> object:
        text = value.strip() if isinstance(value, str) else ""
        if not ISO.fullmatch(text):
            raise Invalid.at(pointer, f"Not a date. {HOW}")
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise Invalid.at(pointer, f"No such date. {HOW}") from error

    def form(self, answer: Definition) -> dict[str, object]:
        return {"task_type": self.name}


class YesNo(_Part):
    """A question with two answers.

    >>> YesNo().normalise({}, "yes", "/value"), YesNo().row({}, False)
    (True, {'value': 'no'})
    """

    name = "yes_no"
    title = "Yes or no"

    def normalise(self, answer: Definition, value: object, pointer: str) -> object:
        found = YES_OR_NO.get(value.strip().lower()) if isinstance(value, str) else value
        if not isinstance(found, bool):
            raise Invalid.at(pointer, "Answer true or false (yes or no).")
        return found

    def form(self, answer: Definition) -> dict[str, object]:
        both = [Choice("yes", "Yes", "1"), Choice("no", "No", "2")]
        return {
            "task_type": self.name,
            "choices": cast(list[object], [msgspec.to_builtins(choice) for choice in both]),
        }

    def brief(self, answer: Definition, value: object) -> str:
        return "Yes" if value else "No"

    def row(self, answer: Definition, value: object) -> dict[str, str]:
        return {"value": "yes" if value else "no"}
