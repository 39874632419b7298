"""What people send from the review page."""

from typing import Any

from django import forms

from models_registry.domain.errors import Invalid, Problem

OUT_OF_DATE = "The page is out of date. Load it again."

SKIP_REASONS = (
    ("unclear", "I cannot tell"),
    ("not_mine", "Not for me"),
    ("unusable", "The input is unusable"),
)


class Held(forms.Form):
    """Something done with a held case; the token says by which claim."""

    token = forms.IntegerField(
        min_value=1, error_messages={"required": OUT_OF_DATE, "invalid": OUT_OF_DATE}
    )


class Judgement(Held):
    """An answer, and what the person wants to add to it."""

    value = forms.CharField(
        max_length=2000, strip=False, error_messages={"required": "Choose an answer first."}
    )
    comment = forms.CharField(max_length=2000, required=False)


class Skipping(Held):
    """Why the person passes the case on: one of the reasons, own words, or both."""

    reason = forms.ChoiceField(choices=SKIP_REASONS, required=False)
    words = forms.CharField(max_length=400, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        title = dict(SKIP_REASONS).get(given.get("reason", ""), "")
        given["said"] = ": ".join(part for part in (title, given.get("words", "")) if part)
        if not given["said"] and not self.errors:
            raise forms.ValidationError("Say why you skip this case.")
        return given


def checked(form: forms.Form) -> dict[str, Any]:
    """What the form says; Invalid with every field that is wrong."""
    if form.is_valid():
        return form.cleaned_data
    problems = [
        Problem(f"/{field.replace('__all__', 'reason')}", str(error))
        for field, errors in form.errors.items()
        for error in errors
    ]
    raise Invalid(problems[0].detail, problems=tuple(problems))
