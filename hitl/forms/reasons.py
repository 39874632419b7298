"""Why somebody changes something, and where a service's refusal stands on a form."""

from collections.abc import Mapping
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from models_registry.domain.errors import DomainError


def blame(form: forms.BaseForm, error: DomainError, fields: Mapping[str, str]) -> None:
    """Puts a service's refusal beside the field that it is about. `fields` maps JSON pointers,
    without the first slash, to fields; one stands for all that is below it, the longest counts.
    What fits none stands above the form."""
    problems = [(problem.pointer, problem.detail) for problem in error.problems]
    for pointer, detail in problems or [("", error.detail)]:
        form.add_error(_field(pointer, fields), detail)


def _field(pointer: str, fields: Mapping[str, str]) -> str | None:
    steps = pointer.strip("/").split("/")
    ways = ("/".join(steps[:length]) for length in range(len(steps), 0, -1))
    return next((fields[way] for way in ways if way in fields), None)


def in_words(error: DomainError, below: str = "") -> list[str]:
    """A refusal for people: what is wrong, after where in the value it is ("fields 2, type").
    `below`: the pointer of the whole value."""
    found = []
    for problem in error.problems:
        path: list[str] = []
        for step in problem.pointer.removeprefix(below).strip("/").split("/"):
            if step.isdecimal() and path:
                path[-1] += f" {int(step) + 1}"
            elif step:
                path.append(step.replace("~1", "/").replace("~0", "~"))
        found.append(f"{', '.join(path)}: {problem.detail}" if path else problem.detail)
    return found or [error.detail]


def reason(missing: str, text: str) -> forms.CharField:
    """A line that says why; it has the focus when the page opens."""
    return forms.CharField(
        max_length=2000,
        label="Reason",
        error_messages={"required": missing},
        help_text=text,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True, "autocomplete": "off"}),
    )


class ReasonForm(forms.Form):
    """Why, and which revision was on the page when the button was pressed."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    reason = reason(
        "Say why, for those who read the revisions.",
        "Stands in the revisions, beside your name.",
    )


class OverrideForm(ReasonForm):
    """Also whether the machine is to decide what nobody has proven."""

    field_order = ("seen", "override", "reason")
    override = forms.BooleanField(
        required=False,
        label="Override: decide every case, proven or not",
        error_messages={"required": "Tick it to override the proof, or leave it as it is."},
        help_text="The model decides whatever it can answer, however unsure it is. The control "
        "room shows this in red until somebody ends it.",
        widget=UnfoldBooleanWidget,
    )


class NeededForm(OverrideForm):
    """Where there is nothing to do without the override."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["override"].required = True
