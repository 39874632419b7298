"""Fields that take an answer, of any task type: one choice, several, or what is written."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import msgspec
from django import forms
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from hitl.forms.parts import Part, PartsWidget
from hitl.forms.reasons import in_words
from hitl.models import Revision, Workflow
from models_registry.domain.errors import Invalid
from models_registry.domain.nesting import decoded
from models_registry.domain.task_types import TASK_TYPES, Definition, TaskType

Choices = Sequence[tuple[str, str]]
WRITTEN = "A word or a number as it is, anything else as JSON: as a client is told it."


@dataclass(frozen=True, slots=True)
class Answers:
    """What a workflow's answers are: its task type with its definition."""

    task_type: TaskType
    definition: Definition

    @classmethod
    def of(cls, workflow: Workflow, revision: Revision) -> "Answers":
        return cls(TASK_TYPES[workflow.task_type], revision.answer)

    def choices(self) -> Choices:
        """What a person can choose from: value and title."""
        offered: Any = self.task_type.form(self.definition).get("choices", ())
        return [(choice["value"], choice["title"]) for choice in offered]

    def parts(self) -> Sequence[Part]:
        """What a person fills in one by one, where an answer has named parts."""
        return cast(Sequence[Part], self.task_type.form(self.definition).get("fields", ()))

    def is_answer(self, value: object, *, as_it_is: bool = False) -> bool:
        """Whether this is an answer; `as_it_is`: in the form in which it is stored."""
        try:
            stored = self.task_type.normalise(self.definition, value, "")
        except Invalid:
            return False
        return stored == value or not as_it_is

    def read(self, given: str) -> object:
        """The answer that a text stands for: itself, or what it says as JSON; Invalid if neither
        is an answer."""
        if self.is_answer(given):
            return self.task_type.normalise(self.definition, given, "")
        try:
            value = decoded(given)
        except ValueError:
            value = given
        return self.task_type.normalise(self.definition, value, "")

    def brief(self, value: object) -> str:
        """An answer in one line, whether or not it is still one."""
        if self.is_answer(value):
            value = self.task_type.normalise(self.definition, value, "")
            return self.task_type.brief(self.definition, value)
        return value if isinstance(value, str) else as_text(value)


def as_text(value: object) -> str:
    """An answer as one text that `Answers.read` reads again; '' for none."""
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


class AnswerField(forms.Field):
    """An answer, as its task type stores it; None where nothing was said."""

    answers: Answers | None = None

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.empty_values = [None]  # to name none of several choices is an answer, too

    @property
    def several(self) -> bool:
        return isinstance(self.widget, forms.CheckboxSelectMultiple)

    def prepare_value(self, value: Any) -> Any:
        if not self.several or self.answers is None:
            return as_text(value)
        choices = [one for one, _ in self.answers.choices()]
        given = [value] if isinstance(value, str) else value
        if given and not set(given) <= set(choices):
            with suppress(Invalid):
                given = self.answers.read(given[0])
        return given or [one for one in choices if value is not None and self._is([one], given)]

    def _is(self, choices: list[str], value: object) -> bool:
        with suppress(Invalid):
            return self._normal(choices) == value
        return False

    def to_python(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self._read(value)
        given = [value] if isinstance(value, str) else list(value or ())
        if self.answers is None or not any(one.strip() for one in given):
            return None
        chosen = self.several and set(given) <= {one for one, _ in self.answers.choices()}
        return self._read(given if chosen else given[0])

    def _read(self, given: object) -> object:
        try:
            if isinstance(given, str):
                return cast(Answers, self.answers).read(given)
            return self._normal(given)
        except Invalid as error:
            raise forms.ValidationError(in_words(error)) from error

    def _normal(self, value: object) -> object:
        answers = cast(Answers, self.answers)
        return answers.task_type.normalise(answers.definition, value, "")


def ask(field: AnswerField, answers: Answers, *, nothing: str) -> AnswerField:
    """The field for these answers: a list where one or several are chosen of few, else a box.
    `nothing` is what stands for no answer where one is chosen."""
    choices, field.answers = list(answers.choices()), answers
    values = [value for value, _ in choices]
    if answers.parts():
        field.widget = PartsWidget(answers.parts(), answers.task_type.posted)
    elif values and answers.is_answer(values[0], as_it_is=True):
        field.widget = UnfoldAdminSelectWidget(choices=[("", nothing), *choices])
    elif any(answers.is_answer(values[:n]) for n in range(1, len(values) + 1)):
        field.widget = UnfoldAdminCheckboxSelectMultipleWidget(choices=choices)
    else:
        field.widget = UnfoldAdminTextareaWidget(attrs={"rows": 3, "spellcheck": "false"})
        field.help_text = f"{field.help_text} {WRITTEN}".strip()
    field.widget.is_required = field.required
    return field
