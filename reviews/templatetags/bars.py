"""A bar per day as a drawing without scripts; the numbers stand in a table beside it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import template

register = template.Library()
HIGH, WIDE, GAP = 100, 10, 2  # of the drawing, in its own units


@register.inclusion_tag("reviews/_days.html")
def days(counts: Mapping[date, int]) -> dict[str, Any]:
    """The drawing and the table of counts per day, the oldest first."""
    most = max(counts.values(), default=0)
    bars = [
        {"x": i * WIDE, "y": HIGH - high, "height": high, "day": day, "n": n}
        for i, (day, n) in enumerate(counts.items())
        for high in [round(HIGH * n / most, 1) if most else 0]
    ]
    return {
        "bars": bars,
        "wide": WIDE - GAP,
        "width": max(1, len(bars)) * WIDE,
        "height": HIGH,
        "most": most,
        "total": sum(counts.values()),
    }
