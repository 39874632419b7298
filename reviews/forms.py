"""What people send from the review page."""

from typing import Any, NamedTuple

from django import forms
from django.http import QueryDict

from models_registry.domain.errors import Invalid, Problem
from models_registry.domain.task_types import TaskType
from reviews.domain.claims import SkipKind

OUT_OF_DATE = "The page is out of date. Load it again."
LONGEST_REASON = 500
LONGEST_ANSWER = 200_000  # characters of a whole form


class Skip(NamedTuple):
    """A way to give no answer: what people read, and what happens then."""

    kind: SkipKind
    title: str
    effect: str


SKIPS = (
    Skip(SkipKind.NOT_FOR_ME, "Not for me", "Another person gets it; you will not meet it again."),
    Skip(SkipKind.CANNOT_DECIDE, "I cannot decide", "Counts as your answer; an adjudicator looks."),
    Skip(SkipKind.BAD_INPUT, "The input is bad", "Counts as your answer: decided as unusable."),
)


class Held(forms.Form):
    """Something done with a held case; the token says by which claim."""

    token = forms.IntegerField(
        min_value=1, error_messages={"required": OUT_OF_DATE, "invalid": OUT_OF_DATE}
    )


class Read(Held):
    """Something said about a held case; `guidelines_no` says which guidelines lay beside it."""

    guidelines_no = forms.IntegerField(
        min_value=0,
        max_value=2**31 - 1,
        required=False,
        error_messages={"invalid": OUT_OF_DATE, "min_value": OUT_OF_DATE, "max_value": OUT_OF_DATE},
    )


class Judgement(Read):
    """What a person adds to an answer; the answer itself is read by its task type."""

    comment = forms.CharField(max_length=2000, required=False)


class Skipping(Read):
    """Why the person gives no answer: the kind, and a reason in their words."""

    kind = forms.TypedChoiceField(
        choices=[(skip.kind, skip.title) for skip in SKIPS],
        coerce=SkipKind,
        error_messages={"required": "Choose why you skip this case."},
    )
    reason = forms.CharField(
        max_length=LONGEST_REASON, error_messages={"required": "Say why in a few words."}
    )


class Drafting(Held):
    """Whatever is on the page so far; nothing of it has to be complete."""

    comment = forms.CharField(max_length=2000, strip=False, required=False)
    kind = forms.ChoiceField(choices=[(skip.kind, skip.title) for skip in SKIPS], required=False)
    reason = forms.CharField(max_length=LONGEST_REASON, strip=False, required=False)


def posted(task: TaskType, given: QueryDict) -> object | None:
    """The answer so far in what was posted, not validated; None where nothing is said."""
    if sum(len(one) for name in given for one in given.getlist(name)) > LONGEST_ANSWER:
        raise Invalid.at("/value", f"An answer has at most {LONGEST_ANSWER:,} characters.")
    said = task.posted({name: given.getlist(name) for name in given})
    return None if said == "" else said


def told(given: QueryDict) -> list[tuple[str, str]]:
    """What was posted as an answer, for people who are to have it back: names and values."""
    names = [name for name in given if name.partition(".")[0] == "value"]
    found = [
        (
            name.partition(".")[2].replace("_", " ") or "Your judgement",
            ", ".join(given.getlist(name)),
        )
        for name in names
    ]
    return [(name, value) for name, value in found if value]


def answered(task: TaskType, given: QueryDict) -> object:
    """The answer that was posted, not validated; Invalid if there is none."""
    value = posted(task, given)
    if value is None:
        raise Invalid.at("/value", "Give an answer first.")
    return value


def checked(form: forms.Form) -> dict[str, Any]:
    """What the form says; Invalid with every field that is wrong."""
    if form.is_valid():
        return form.cleaned_data
    problems = [
        Problem(f"/{field}", str(error))
        for field, errors in form.errors.items()
        for error in errors
    ]
    raise Invalid(problems[0].detail, problems=tuple(problems))
