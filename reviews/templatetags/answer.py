"""Answers as forms: what is filled in, what is suggested beside it, which fields come first."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django import template

from models_registry.domain.scoring import is_usable
from models_registry.domain.task_types import TASK_TYPES
from models_registry.domain.task_types.classification import NONE
from reviews.services.desk import OnDesk

register = template.Library()
Form = Mapping[str, Any]
Given = dict[str, list[str]]
"""A form as it is posted: each name with its values."""
KEYS = 9  # digits that choose within a field


@register.filter
def given(value: object, form: Form) -> Given:
    """An answer, also half of one, as the form would post it: the other way round than a task
    type's `posted`. It may come from the API, so it may be anything.

    >>> given("cat", {"choices": []}), given(None, {})
    ({'value': ['cat']}, {})
    >>> given({"paid": True, "total": None}, {"fields": [{"name": "paid"}, {"name": "total"}]})
    {'value.paid': ['yes']}
    """
    if value is None:
        return {}
    if "fields" in form:
        said = value if isinstance(value, Mapping) else {}
        cells = {field["name"]: cell(said.get(field["name"])) for field in form["fields"]}
        return {f"value.{name}": [text] for name, text in cells.items() if text}
    if isinstance(value, list) and "none_of_these" in form:
        return {"value": [str(one) for one in value] or [NONE]}
    return {"value": [cell(value)]}


@register.filter
def as_json(value: Given) -> str:
    """For scripts, in an attribute."""
    return json.dumps(value)


def cell(value: object) -> str:
    """One field's value as it stands in its input."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


@register.filter
def brief(value: object, desk: OnDesk) -> str:
    """An answer in one line, or all of a text."""
    task = TASK_TYPES[desk.form["task_type"]]
    whole = isinstance(value, str) and "multiline" in desk.form
    return str(value) if whole else task.brief(desk.answer, value)


@register.simple_tag
def filled(desk: OnDesk, draft: Mapping[str, Any]) -> Given:
    """What stands in the form at first: the draft; or, where the final answer is asked for, the
    person's own first answer. Nothing is ever chosen among choices before somebody chose it."""
    value = draft["value"]
    if value is None and desk.first is not None and not desk.form.get("choices"):
        value = desk.first
    return given(value, desk.form)


@register.simple_tag
def rows(desk: OnDesk, filled: Given) -> list[dict[str, Any]]:
    """The fields of a form, those to look at first at the front: what differs from the person's
    own first answer, what the model is unsure of; in the order of the definition without it."""
    suggested, first = given(desk.suggestion, desk.form), given(desk.first, desk.form)
    found = []
    for field in desk.form["fields"]:
        name = f"value.{field['name']}"
        options = _options(field)
        proposed = _one(suggested.get(name))
        titles = {option["value"]: option["title"] for option in options}
        same = first.get(name) == suggested.get(name)
        found.append(
            dict(field)
            | {
                "input": name,
                "value": _one(filled.get(name)),
                "options": options,
                "is_suggested": desk.suggestion is not None,
                "suggested": proposed,
                "suggested_title": titles.get(proposed, proposed),
                "confidence": (desk.confidences or {}).get(field["name"]),
                "differs": desk.first is not None and not same,
                "is_done": desk.first is not None and same,
            }
        )
    if desk.suggestion is None:
        return found
    lowest = min(map(_sureness, found))
    for row in found:
        row["doubt"] = _doubt(_sureness(row), desk.threshold, lowest)
    return sorted(found, key=lambda row: (not row["differs"], not row["doubt"], _sureness(row)))


def _doubt(sure: float, threshold: float | None, lowest: float) -> str:
    """Why a field is to be looked at first; '' if it is not.

    >>> _doubt(0.7, 0.8, 0.5), _doubt(0.9, 0.8, 0.5), _doubt(0.5, None, 0.5), _doubt(-1, None, -1)
    ('below the threshold', '', 'least sure', 'no confidence')
    """
    if sure < 0:
        return "no confidence"
    if threshold is not None:
        return "below the threshold" if sure < threshold else ""
    return "least sure" if sure == lowest < 1 else ""


def _sureness(row: Mapping[str, Any]) -> float:
    """A row's confidence; below all others where it cannot be used."""
    sure = row["confidence"]
    return float(sure) if sure is not None and is_usable(sure) else -1.0


def _options(field: Mapping[str, Any]) -> list[dict[str, str]]:
    """What a field offers to choose from, the first nine with their keys."""
    return [
        {**choice, "key": str(place) if place <= KEYS else ""}
        for place, choice in enumerate(field["choices"], 1)
    ]


def _one(values: Iterable[str] | None) -> str:
    return next(iter(values or ()), "")
