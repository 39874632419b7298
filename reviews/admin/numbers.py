"""How the panel says the numbers of people: pace, bias, and what waits."""

from typing import Any

from hitl.admin.wording import Figure, interval, number, percent
from reviews.admin.pages import right
from reviews.domain.bias import LEAST, RULE, Count, Difference, Stamp
from reviews.domain.pace import BAND_TITLES, FAST_RULE, Forecast, Pace
from reviews.services.biasing import Bias, PersonBias
from reviews.services.measuring import Numbers, Team
from reviews.services.queue import Queue

TOO_FEW = "not enough data"
MARKS = {Stamp.UNKNOWN: "◌", Stamp.CLEAR: "●", Stamp.WARNING: "▲"}
"""A shape beside each word, so that no state is told by colour alone."""
TRUTHS = {
    "outcome": "the client's outcome",
    "adjudication": "an adjudicator",
    "others": "all others, unaided",
}


def share(one: Count) -> Figure:
    """A share with its interval and n."""
    if one.share is None or one.interval is None or one.n < LEAST:
        return Figure("", TOO_FEW, f"n {one.n:,}", known=False)
    low, high = one.interval
    note = f"{one.hits:,} of {one.n:,}, {low * 100:.1f}–{high * 100:.1f} %"
    return Figure("", percent(one.share), note)


def points(one: Difference, n: int) -> Figure:
    """A difference of two shares in percentage points."""
    if one.value is None or one.low is None or one.high is None:
        return Figure("", TOO_FEW, f"n {n:,}", known=False)
    value = number(round(one.value * 100, 1) + 0.0, 1)  # a zero has no sign
    return Figure("", f"{value} points", f"{interval(one.low * 100, one.high * 100, 1)}, n {n:,}")


def table(team: Team) -> dict[str, Any]:
    """One line per person, and one for all."""
    lines = [(user.get_username(), one) for user, one in team.people]
    return {
        "rule": FAST_RULE,
        "complete": team.complete,
        "lines": [_line(name, one) for name, one in [*lines, ("Everybody", team.whole)]],
    }


def _line(name: str, one: Numbers) -> dict[str, Any]:
    return {
        "name": name,
        "judged": f"{one.judged:,}",
        "known": right(one.known, "none given"),
        "consensus": share(one.consensus),
        "followed": share(one.followed),
        "seconds": _seconds(one.pace),
        "fast": _fast(one.pace),
        "suspicious": one.pace.suspicious,
    }


def _seconds(pace: Pace) -> Figure:
    if pace.median is None or pace.p90 is None:
        return Figure("", "none", known=False)
    return Figure("", f"{pace.median:.1f} s", f"nine of ten within {pace.p90:.1f} s")


def _fast(pace: Pace) -> Figure:
    if pace.fast is None or pace.bound is None:
        return Figure("", TOO_FEW, known=False)
    note = f"{pace.fast:,} under {pace.bound:.1f} s"
    return Figure("", percent(pace.fast / pace.n), note)


def bias(found: Bias) -> dict[str, Any]:
    """The tables of automation bias."""
    n = found.seen.shown.n + found.seen.hidden.n
    return {
        "any": bool(n or found.people or found.truths),
        "share": "" if found.share is None else f"{found.share * 100:g} %",
        "complete": found.complete,
        "shown": share(found.seen.shown),
        "hidden": share(found.seen.hidden),
        "difference": points(found.difference, n),
        "blind_error": share(found.blind_error),
        "claimed_error": share(found.claimed_error),
        "flipped": share(found.turns.flipped),
        "mended": share(found.turns.mended),
        "truths": [(TRUTHS[name], n) for name, n in found.truths.items()],
        "rule": RULE,
        "people": [_person(one) for one in found.people],
    }


def _person(one: PersonBias) -> dict[str, Any]:
    n = one.seen.shown.n + one.seen.hidden.n
    return {
        "name": one.user.get_username(),
        "shown": share(one.seen.shown),
        "hidden": share(one.seen.hidden),
        "raw": points(one.raw, n),
        "shrunk": points(one.shrunk, n),
        "mark": MARKS[one.stamp],
        "state": one.stamp.value,
        "why": one.why,
        "warning": one.stamp == Stamp.WARNING,
    }


def queue(found: Queue) -> dict[str, Any]:
    """What waits by age, and until when."""
    return {
        "waiting": f"{found.waiting:,}" + ("" if found.complete else " or more"),
        "ages": list(zip(BAND_TITLES, found.ages, strict=True)),
        "forecast": _forecast(found.forecast),
    }


def _forecast(one: Forecast) -> Figure:
    if one.state != "falls":
        return Figure("", one.said, known=one.state == "empty")
    until = "never" if one.high is None else f"{one.high:,} h"
    return Figure("", one.said, f"{one.low or 0:,} h to {until}")
