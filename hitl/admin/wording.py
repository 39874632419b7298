"""How the control room says things: levels, numbers with intervals, effects."""

from dataclasses import dataclass
from datetime import timedelta

from hitl.domain.levels import LEVELS, AutomationLevel
from hitl.domain.policy import Policy, Target
from hitl.services.monitoring import Point
from hitl.services.outlook import DAY, LEAST, Outlook

NO_DATA = "no data yet"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number as it is shown; `known` is False where there is nothing to say yet."""

    label: str
    value: str
    note: str = ""
    known: bool = True


def named(level: AutomationLevel) -> str:
    """A level inside a sentence: its title, small but for abbreviations."""
    first, _, rest = level.title.partition(" ")
    return f"{first if first.isupper() else first.lower()} {rest}".strip()


def towards(before: str, after: str) -> str:
    """The verb of a button: "Raise to partial automation"."""
    verb = "Raise" if LEVELS[after].step > LEVELS[before].step else "Lower"
    return f"{verb} to {named(LEVELS[after])}"


def percent(share: float) -> str:
    """A share to a tenth of a percent; 100 and 0 only where they are exact."""
    shown = f"{share * 100:.1f}"
    if (shown == "100.0" and share < 1) or (shown == "0.0" and share > 0):
        return "> 99.9 %" if share > 0.5 else "< 0.1 %"
    return f"{shown} %"


def dial(value: float) -> str:
    """A share that somebody set, as they set it."""
    return f"{value * 100:g} %"


def spell(span: timedelta) -> str:
    """A length of time in its largest unit."""
    seconds = max(0, int(span.total_seconds()))
    for size, unit in ((86400, "day"), (3600, "h"), (60, "min")):
        if seconds >= size:
            n = seconds // size
            return f"{n} {unit}{'s' if unit == 'day' and n > 1 else ''}"
    return f"{seconds} s"


def number(value: float, digits: int = 2) -> str:
    """A number that may be negative, with a minus that nobody takes for a dash."""
    return f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")


def interval(low: float, high: float, digits: int = 2) -> str:
    """An interval whose ends may be negative: "−0.48 to −0.33"."""
    return f"{number(low, digits)} to {number(high, digits)}"


def daily(cases: float) -> str:
    """Cases a day, to two digits: the rate behind it is known no better."""
    spare = max(0, len(str(round(cases))) - 2)
    return f"about {round(cases, -spare):,.0f} a day"


def estimate(label: str, point: Point) -> Figure:
    """A share with its interval and n."""
    if point.value is None or point.low is None or point.high is None:
        return Figure(label, NO_DATA, known=False)
    note = f"{point.low * 100:.1f}–{point.high * 100:.1f} %, n {point.n:,}"
    return Figure(label, percent(point.value), note)


def redo(label: str, point: Point) -> Figure:
    """Redos per decision; the two are about different cases, so there is no interval."""
    if point.value is None:
        return Figure(label, NO_DATA, known=False)
    hits = round(point.value * point.n)
    return Figure(label, percent(point.value), f"{hits:,} redone, {point.n:,} decided")


@dataclass(frozen=True, slots=True)
class Effect:
    """One row of "what will happen": how it is now and how it would be."""

    label: str
    now: Figure
    then: Figure


def effects(now: Outlook, then: Outlook) -> list[Effect]:
    """What happens to new cases, before and after, side by side."""
    rows = [
        ("Decided by the model", "automated"),
        ("of these judged by a person too (audit)", "audited"),
        ("Referred to people", "referred"),
        ("of these without the suggestion (blind)", "blind"),
    ]
    return [Effect(label, _counted(now, name), _counted(then, name)) for label, name in rows]


def _counted(outlook: Outlook, name: str) -> Figure:
    count: int = getattr(outlook, name)
    if outlook.basis == "known" and name != "blind":
        if name == "referred":
            a_day = outlook.a_day
            note = "" if a_day is None else daily(a_day)
            return Figure(name, "every case", note)
        return Figure(name, "none")
    if outlook.basis == "too_few" or not outlook.replayed:
        return Figure(name, "not enough data", known=False)
    if name == "blind" and count == outlook.replayed:
        return Figure(name, "all of them")
    low, high = outlook.interval(count)
    a_day = outlook.per_day(count)
    note = f"{low:,}–{high:,}" + ("" if a_day is None else f"; {daily(a_day)}")
    return Figure(name, f"about {outlook.per_thousand(count):,} of 1,000", note)


def basis(now: Outlook, then: Outlook, champion: str) -> list[str]:
    """Where the numbers come from, or why there are none."""
    said = []
    bases = {now.basis, then.basis}
    if then.basis == "too_few" and not now.asks_model:
        said.append(
            "At human only the model is not called, so there are no predictions to count with. "
            "At shadow it answers silently, and the numbers appear here."
        )
    elif "too_few" in bases:
        said.append(
            f"Not enough data for numbers: {champion or 'a model'} has answered "
            f"{then.predictions:,} of the last {then.cases:,} cases; {LEAST} are needed."
        )
    if "estimated" in bases:
        said.append(
            f"Routed again: what {champion} said about {then.predictions:,} of the last "
            f"{then.cases:,} cases. Ranges are 95 % intervals."
        )
    return [*said, _traffic(then)]


def _traffic(outlook: Outlook) -> str:
    """What the daily figures are reckoned from, or why there are none."""
    cases = "case" if outlook.arrivals == 1 else "cases"
    said = f"{outlook.arrivals:,} {cases} arrived in the last 24 hours"
    if outlook.a_day is None:
        return f"{said}: not enough traffic yet for a daily figure."
    if outlook.traffic < DAY:
        return f"{said}, the first {spell(outlook.traffic)} ago: a day is reckoned from that."
    return f"{said}."


def target_note(policy: Policy, then: Outlook) -> str:
    """Why a target automates nothing (yet)."""
    if isinstance(policy.threshold, Target) and then.reasons.get("nothing_certified"):
        return "Under the target rule nothing is automated until a certificate exists."
    return ""
