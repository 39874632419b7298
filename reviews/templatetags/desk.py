"""Words and marks that the pages share: counts, levels, choices, confidences."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import template
from django.utils.html import format_html

from hitl.domain.levels import LEVELS, AutomationLevel
from hitl.services.monitoring import MOST_SHOWN
from models_registry.domain.scoring import is_usable

register = template.Library()
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SHORT = 3  # characters of a choice's title up to which many choices fit in one row


@register.filter
def counted(waiting: int) -> str:
    """A count of waiting cases, with a plus where counting ended.

    >>> counted(12), counted(1000)
    ('12', '1,000+')
    """
    return f"{waiting:,}+" if waiting >= MOST_SHOWN else f"{waiting:,}"


@register.filter
def confidence(value: float | None) -> str:
    """A confidence as per cent and as the number that is compared with the threshold.

    >>> confidence(0.8312), confidence(None), confidence(1.7)
    ('83 % · 0.831', 'no confidence given', '1.700 (no usable confidence)')
    """
    if value is None:
        return "no confidence given"
    if not is_usable(value):
        return f"{value:.3f} (no usable confidence)"
    # Cut, not rounded: 0.9996 is not 100 %.
    return f"{int(value * 100 + 1e-9)} % · {int(value * 1000 + 1e-9) / 1000:.3f}"


@register.filter
def length_of_mark(value: float | None) -> float:
    """A confidence as the length of its mark, of 100; 0 where it cannot be used."""
    return round(100 * value, 1) if value is not None and is_usable(value) else 0.0


@register.filter
def titled(value: object, form: Mapping[str, Any]) -> object:
    """How people read a value that the form offers as a choice.

    >>> titled("cat", {"choices": [{"value": "cat", "title": "Cat", "key": "1"}]})
    'Cat'
    """
    return next((c["title"] for c in form.get("choices", []) if c["value"] == value), value)


@register.filter
def are_short(choices: list[Mapping[str, str]]) -> bool:
    """Whether the choices' titles are so short that they can stand like a keypad.

    >>> are_short([{"title": "7"}, {"title": "8"}]), are_short([{"title": "Handwriting"}])
    (True, False)
    """
    return all(len(choice["title"]) <= SHORT for choice in choices)


@register.filter
def clock(left: timedelta) -> str:
    """Minutes and seconds of what is left of a lease.

    >>> clock(timedelta(minutes=9, seconds=12)), clock(timedelta(seconds=-3))
    ('9:12', '0:00')
    """
    minutes, seconds = divmod(max(0, int(left.total_seconds())), 60)
    return f"{minutes}:{seconds:02}"


@register.filter
def letter(position: int) -> str:
    """What the n-th answer is called, from 0 on; after Z it is a number.

    >>> letter(0), letter(8), letter(30)
    ('A', 'I', '31')
    """
    return LETTERS[position] if position < len(LETTERS) else str(position + 1)


@register.filter
def letter_key(position: int, keys: Mapping[str, str]) -> str:
    """The key that takes over the n-th answer; none where the letter is a key of the page. The one
    that accepts a suggestion is free: whoever settles answers is shown none.

    >>> letter_key(0, {"accept": "a"}), letter_key(8, {"skip": "i"}), letter_key(26, {})
    ('A', '', '')
    """
    taken = {key for action, key in keys.items() if action != "accept"}
    known = LETTERS[position : position + 1]
    return "" if known.lower() in taken else known


@register.filter
def cap(key: str) -> str:
    """A key as it stands on a button.

    >>> cap("Enter"), cap("s"), cap("?")
    ('⏎', 'S', '?')
    """
    return "⏎" if key == "Enter" else key.upper()


@register.simple_tag
def key_cap(keys: Mapping[str, str], action: str) -> str:
    """The key of an action, small, for its button; nothing if it has none."""
    key = keys.get(action, "")
    return format_html("<kbd>{}</kbd> ", cap(key)) if key else ""


@register.inclusion_tag("reviews/_level.html")
def level_badge(level: AutomationLevel) -> dict[str, object]:
    """An automation level as step number, word and filled steps of the ladder."""
    return {"level": level, "steps": sorted(known.step for known in LEVELS.entries())}
