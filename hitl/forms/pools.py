"""The pools of a policy as rows of a form. Empty rows count for nothing."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from hitl.domain.policy import PoolRule
from hitl.forms.fields import NAME, NAME_RULE, NamesField

ROWS, SPARE = 5, 2  # rows there are at least, and those that are left empty
MOST = 100  # rows that a forged form can have us build
PARTS = ("name", "skills", "escalates_to", "after_minutes")
KEY = re.compile(r"pool_(\d{1,3})_name")


def key(row: int, part: str) -> str:
    """The name of one field of a row."""
    return f"pool_{row}_{part}"


def rows_of(given: Mapping[str, Any]) -> int:
    """How many rows a form has that was filled with this."""
    found = [int(match[1]) for name in given if (match := KEY.fullmatch(name))]
    return min(MOST, max([ROWS, *(row + 1 for row in found)]))


def shown(pools: Sequence[PoolRule]) -> dict[str, Any]:
    """The pools as their rows show them, some empty ones after them."""
    empty = [PoolRule("a")] * max(SPARE, ROWS - len(pools))
    return {
        key(row, part): _shown(rule, part) if row < len(pools) else ""
        for row, rule in enumerate([*pools, *empty])
        for part in PARTS
    }


def _shown(rule: PoolRule, part: str) -> Any:
    value = getattr(rule, part)
    if part == "skills":
        return ", ".join(value)
    return "" if value is None else value


def fields_of(row: int) -> dict[str, forms.Field]:
    """The fields of one row; the table's head says what they are, so do their hidden names."""
    fields: dict[str, forms.Field] = {
        "name": forms.CharField(max_length=40, widget=_text(row, "Name")),
        "skills": NamesField(widget=_text(row, "Skills, separated by commas")),
        "escalates_to": forms.CharField(
            max_length=40, widget=_text(row, "Moves on to the pool", list="pool-names")
        ),
        "after_minutes": forms.IntegerField(
            min_value=1,
            max_value=525600,
            widget=UnfoldAdminIntegerFieldWidget(attrs={"aria-label": _named(row, "Minutes")}),
        ),
    }
    for field in fields.values():
        field.required = False
    return {key(row, part): field for part, field in fields.items()}


def _text(row: int, what: str, **attributes: str) -> forms.Widget:
    given = {"aria-label": _named(row, what), "autocomplete": "off", **attributes}
    widget: forms.Widget = UnfoldAdminTextInputWidget(attrs=given)
    return widget


def _named(row: int, what: str) -> str:
    return f"{what}, pool {row + 1}"


def used(given: Mapping[str, Any], rows: int) -> list[int]:
    """The rows in which anything stands."""
    return [row for row in range(rows) if any(given.get(key(row, part)) for part in PARTS)]


def asked(given: Mapping[str, Any], rows: Iterable[int]) -> list[dict[str, Any]]:
    """The rows as `parse_policy` takes them."""
    return [
        {
            "name": given.get(key(row, "name")) or "",
            "skills": given.get(key(row, "skills")) or [],
            "escalates_to": given.get(key(row, "escalates_to")) or "",
            "after_minutes": given.get(key(row, "after_minutes")),
        }
        for row in rows
    ]


def wrong_names(given: Mapping[str, Any], rows: Iterable[int]) -> dict[str, str]:
    """What is wrong with the names of rows, by field."""
    found, names = {}, set()
    for row in rows:
        name = given.get(key(row, "name"))
        if name is None:  # refused already
            continue
        if not name:
            found[key(row, "name")] = "Name the pool, or empty its row."
        elif not NAME.fullmatch(name):
            found[key(row, "name")] = f"{NAME_RULE.capitalize()}."
        elif name in names:
            found[key(row, "name")] = "Another pool has this name."
        names.add(name)
    return found
