"""Values and names as people read them."""

from collections.abc import Mapping
from typing import Any

import msgspec


def mapping(value: object) -> Mapping[str, Any]:
    """The value where it is a mapping; nothing where it is anything else: schemas are foreign."""
    return value if isinstance(value, Mapping) else {}


def titled(name: str, hints: Mapping[str, Any]) -> str:
    """The schema's title of a property, else its name as words."""
    return str(hints.get("title") or name.replace("_", " "))


def described(hints: Mapping[str, Any]) -> str:
    return str(hints.get("description") or "")


def said(value: object) -> str:
    """A value in a few words: no value is a word too, not a gap.

    >>> said(None), said(True), said([1, 2])
    ('nothing', 'yes', '[1,2]')
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, str | float) else raw(value, indent=-1)


def raw(value: object, indent: int = 2) -> str:
    """Formatted JSON; on one line where `indent` is negative."""
    try:
        return msgspec.json.format(msgspec.json.encode(value), indent=indent).decode()
    except (OverflowError, RecursionError, TypeError, ValueError):
        return "This value cannot be shown."
