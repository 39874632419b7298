"""Deciding many cases at once: which ones, what they are decided as, and why."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django import forms
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from hitl.forms.answers import AnswerField, Answers, as_text, ask
from hitl.forms.reasons import reason
from hitl.services.bulk import MOST, Filter

Choices = Sequence[tuple[str, str]]
OWN = "*"  # no pool can have this name; it stands for the workflow's own
SOON = timedelta(hours=4)
DUE: Choices = [("", "Any time"), ("overdue", "Overdue"), ("soon", "Within 4 hours, or overdue")]


class CasesField(forms.Field):
    """Cases that were ticked, by id."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[UUID]:
        try:
            found = [UUID(str(one)) for one in value or ()]
        except ValueError as error:
            raise forms.ValidationError("One of the chosen cases has no valid id.") from error
        if len(found) > MOST:
            raise forms.ValidationError(f"Choose at most {MOST:,} cases.")
        return found


class FilterForm(forms.Form):
    """Which open cases. `pools` are the policy's names, `answers` the workflow's. due_before: what
    `due` meant when the cases were shown, for a form that sends the filters again."""

    reference = forms.CharField(
        max_length=200,
        required=False,
        help_text="The client's own name of the case, exactly.",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    pool = forms.ChoiceField(required=False, widget=UnfoldAdminSelectWidget)
    due = forms.ChoiceField(choices=DUE, required=False, widget=UnfoldAdminSelectWidget)
    suggestion = AnswerField(required=False, label="The model said")
    confidence_from = forms.FloatField(
        min_value=0,
        max_value=1,
        required=False,
        label="Its confidence, from",
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "any", "inputmode": "decimal"}),
    )
    opened_before = forms.DateTimeField(
        required=False,
        label="Waiting since before",
        help_text="Date and time, UTC.",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
    )
    due_before = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        pools: Sequence[str] = (),
        answers: Answers | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        pool = cast(forms.ChoiceField, self.fields["pool"])
        named = [(name, name) for name in pools]
        pool.choices = [("", "Any"), (OWN, "The workflow's own"), *named]
        self._ask("suggestion", answers, "Anything, or nothing")

    def _ask(self, name: str, answers: Answers | None, nothing: str) -> None:
        if answers is not None:
            ask(cast(AnswerField, self.fields[name]), answers, nothing=nothing)

    def asked(self, now: datetime | None = None) -> Filter:
        """What `bulk` takes."""
        given = self.cleaned_data
        return Filter(
            reference=given["reference"],
            pool={"": None, OWN: ""}.get(given["pool"], given["pool"]),
            suggestion=given["suggestion"],
            confidence_from=given["confidence_from"],
            opened_before=given["opened_before"],
            due_before=due_before(given["due"], given["due_before"], now),
            cases=given.get("case", ()),
        )

    def hidden(self) -> dict[str, str]:
        """The filters that are set, for a form that sends them again."""
        given = {name: self[name].value() for name in FilterForm.base_fields}
        return {
            name: as_text(value) for name, value in given.items() if value not in (None, "", [])
        }


def due_before(due: str, pinned: datetime | None, now: datetime | None = None) -> datetime | None:
    """By when the cases are due that `due` stands for; None for all."""
    now = now or datetime.now(UTC)
    return (pinned or now + (SOON if due == "soon" else timedelta())) if due else None


class AnswerForm(FilterForm):
    """The filters again, the cases that were ticked (if only those are meant), and the answer."""

    SCOPES: Choices = [("all", "All that match"), ("chosen", "Only those ticked")]

    scope = forms.ChoiceField(
        choices=SCOPES,
        error_messages={"required": "Choose all that match, or only those ticked."},
    )
    case = CasesField(required=False)
    value = AnswerField(
        label="Decide them as",
        error_messages={"required": "Give the answer that these cases get."},
    )

    def __init__(self, *args: Any, answers: Answers | None = None, **kwargs: Any) -> None:
        super().__init__(*args, answers=answers, **kwargs)
        self._ask("value", answers, "Choose an answer")

    def clean(self) -> None:
        """Both at once says two things, of which one would be thrown away: neither is guessed."""
        given = self.cleaned_data
        if given.get("scope") == "all" and given.get("case"):
            n = len(given["case"])
            self.add_error(
                "scope",
                f"You chose all that match, and ticked {n:,} case{'' if n == 1 else 's'}. "
                "Choose “Only those ticked”, or untick them.",
            )
        elif given.get("scope") == "chosen" and "case" not in self.errors and not given.get("case"):
            self.add_error("scope", "Tick the cases that you mean, or choose all that match.")


class DecideForm(forms.Form):
    """Why these cases are decided together."""

    reason = reason(
        "Say why, for those who read the decisions.", "Stands with each decision, and your name."
    )
