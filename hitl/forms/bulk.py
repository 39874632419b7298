"""Deciding many cases at once: which ones, what they are decided as, and why."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from hitl.forms.reasons import reason
from hitl.services.bulk import MOST, Filter

Choices = Sequence[tuple[str, str]]
OWN = "*"  # no pool can have this name; it stands for the workflow's own


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
    """Which open cases. `pools` are the policy's names, `answers` the workflow's."""

    reference = forms.CharField(
        max_length=200,
        required=False,
        help_text="The client's own name of the case, exactly.",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    pool = forms.ChoiceField(required=False, widget=UnfoldAdminSelectWidget)
    suggestion = forms.ChoiceField(
        required=False, label="The model said", widget=UnfoldAdminSelectWidget
    )
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

    def __init__(
        self, *args: Any, pools: Sequence[str] = (), answers: Choices = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        named = [(name, name) for name in pools]
        self._offer("pool", [("", "Any"), (OWN, "The workflow's own"), *named])
        self._offer("suggestion", [("", "Anything, or nothing"), *answers])

    def _offer(self, name: str, choices: Choices) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def asked(self) -> Filter:
        """What `bulk` takes."""
        given = self.cleaned_data
        return Filter(
            reference=given["reference"],
            pool={"": None, OWN: ""}.get(given["pool"], given["pool"]),
            suggestion=given["suggestion"] or None,
            confidence_from=given["confidence_from"],
            opened_before=given["opened_before"],
            cases=given.get("case", ()),
        )

    def hidden(self) -> dict[str, Any]:
        """The filters that are set, for a form that sends them again."""
        return {
            name: self[name].value()
            for name in FilterForm.base_fields
            if self[name].value() not in (None, "")
        }


class AnswerForm(FilterForm):
    """The filters again, the cases that were ticked (if only those are meant), and the answer."""

    SCOPES: Choices = [("all", "All that match"), ("chosen", "Only those ticked")]

    scope = forms.ChoiceField(choices=SCOPES)
    case = CasesField(required=False)
    value = forms.ChoiceField(
        label="Decide them as",
        error_messages={"required": "Choose the answer that these cases get."},
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args: Any, answers: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, answers=answers, **kwargs)
        self._offer("value", [("", "Choose an answer"), *answers])

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
