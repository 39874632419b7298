"""How the evidence is said: plain sentences, each from numbers that stand on the page."""

from dataclasses import dataclass
from math import log10

from hitl.admin.wording import dial, named, number, percent
from hitl.domain.evidence.estimates import LEAST
from hitl.domain.evidence.guard import Temperature
from hitl.domain.evidence.zones import Threshold
from hitl.domain.levels import LEVELS
from hitl.services.evidence.reading import Evidence


@dataclass(frozen=True, slots=True)
class Row:
    """A threshold as the table shows it; `live`: it is the live threshold."""

    threshold: str
    coverage: str
    cases: str
    errors: str
    error: str
    interval: str
    wealth: str
    one_look: str
    needed: str
    zone: str
    live: bool


@dataclass(frozen=True, slots=True)
class Gauge:
    """What takes the model back on a log scale, as parts of a hundred: the guard's strength with
    the limit of `warm`, or its proof."""

    at: float
    warm: float | None
    said: str


def share(value: float) -> str:
    """A share of cases, to whole percents; all and none only where they are exact."""
    shown = round(100 * value)
    if shown == 100 and value < 1:
        return "> 99 %"
    return "< 1 %" if shown == 0 and value > 0 else f"{shown} %"


def cases(n: int, kind: str) -> str:
    """A number with its noun: "1 clean blind answer"."""
    return f"{n:,} {kind}{'' if n == 1 else 's'}"


def at_most(e: Evidence) -> str:
    """What is promised of the decisions, inside a sentence."""
    if e.goal.loss == "distance":
        return f"its answers are on average at most {dial(e.goal.max_error)} from the right one"
    return f"at most {dial(e.goal.max_error)} of its decisions are wrong"


def lead(e: Evidence) -> str:
    """Where it stands, in one sentence."""
    needed = f"{e.scores:,} of {e.scores_needed:,} scores are in"
    level = named(LEVELS[e.level])
    plain = {
        "no_model": "No model answers here, so nothing can be automated.",
        "not_asked": f"At {level} the model is not asked, so there is no evidence about it.",
        "no_evidence": "Nothing has come in yet: evidence begins with the model's next answers.",
        "no_grid": f"Nothing can be proven yet: {needed} from which the thresholds are chosen.",
    }
    if e.state in plain:
        return plain[e.state]
    if e.rule == "fixed":
        return (
            f"The model decides from a confidence of {e.live:g}: a number somebody chose, unproven."
        )
    if e.obstacle:
        return "Nothing can be certified under this target as it stands."
    return _certified(e) if e.live is not None else _nothing(e)


def _certified(e: Evidence) -> str:
    where = f"from a confidence of {e.live:.4g} on" if e.live else "whatever its confidence"
    part = f"{share(e.coverage)} of cases" if e.coverage is not None else "some cases"
    return (
        f"The model may decide {part}: {where}, {at_most(e)}. "
        f"This is proven with {dial(e.goal.confidence)} confidence."
    )


def _nothing(e: Evidence) -> str:
    if e.following is None:
        return (
            "Nothing is certified, and no threshold is left that could be: at each one the model "
            "is wrong too often for this target."
        )
    n = e.following.clean_cases
    verb = "is" if n == 1 else "are"
    more = cases(n, "more clean blind answer")
    return f"Nothing is certified yet: at least {more} {verb} needed."


def notes(e: Evidence) -> list[str]:
    """What else one has to know, and what to do next."""
    return [said for said in (*_what_now(e), *_exceptions(e)) if said]


def _what_now(e: Evidence) -> tuple[str, ...]:
    if e.state == "no_model":
        return ("Register a model and name it in this workflow.",)
    if e.state == "not_asked":
        return ("Raise the level to shadow: people go on deciding, and evidence comes in.",)
    if e.state == "no_grid":
        return ("The labels of these first cases do not count, so that the choice is fair.",)
    if e.state == "no_evidence":
        return ("Workers look every 10 seconds; people's blind answers count once they settle.",)
    return (e.obstacle, _following(e))


def _following(e: Evidence) -> str:
    """The next step in numbers."""
    step = e.following
    if step is None:
        return ""
    where = (
        f"from a confidence of {step.threshold:.4g}" if step.threshold else "of every confidence"
    )
    what = "Next" if e.live is not None and e.rule == "target" else "First"
    return (
        f"{what} in reach: {share(step.coverage)} of cases, {where}. That takes at least "
        f"{cases(step.clean_cases, 'more blind answer')} that agree with the model, about "
        f"{cases(step.stream_cases, 'case')} coming in; every error makes it more."
    )


def _exceptions(e: Evidence) -> tuple[str, ...]:
    level = LEVELS[e.level]
    certified = e.rule == "target" and e.live is not None
    idle = (
        f"At {named(level)} people decide every case; the model may do it from partial automation "
        "on."
    )
    fixed = (
        f"The evidence below is held against the usual target: {dial(e.goal.max_error)} wrong, "
        f"{dial(e.goal.confidence)} confidence. Set it below to switch from the fixed threshold."
    )
    tightened = (
        f"Because of the errors that reviewers may miss, answers must differ in less than "
        f"{percent(e.goal.measured)}."
    )
    return (
        "Automation is stopped: people decide every case." if e.stopped else "",
        "An override is in force: every case is decided without proof." if e.override else "",
        idle if certified and level.automates == "none" and not e.stopped else "",
        fixed if e.rule == "fixed" else "",
        tightened if 0 < e.goal.measured < e.goal.max_error else "",
    )


def audits(e: Evidence) -> str:
    """What audits found, with the interval of the true error."""
    found = e.sampled
    if found.value is None:
        return (
            "No audit has been judged in this epoch: nothing was automated yet, or nobody looked."
        )
    missing = f" People could not tell in {found.missing:,} of them." if found.missing else ""
    if not found.is_enough:
        return (
            f"Of {cases(found.cases, 'audit')} {found.errors:,} found an error: not enough data "
            f"for a rate, which takes {LEAST}.{missing}"
        )
    weighed = " Audits drawn with a smaller share count for more cases." if found.weighted else ""
    return (
        f"Of {cases(found.cases, 'audit')} {found.errors:,} found an error: {percent(found.value)} "
        f"of what the model decided was wrong, with {dial(e.goal.measured_confidence)} confidence "
        f"between {percent(found.low)} and {percent(found.high)}.{missing}{weighed}"
    )


def gauge(e: Evidence) -> Gauge | None:
    """The guard's state; None before there is one."""
    guard = e.guard
    if guard is None:
        return None
    limit, value = guard.roll_back, guard.strength
    if guard.proof_limit is not None:
        limit, value = guard.proof_limit, guard.proof
    whole = log10(1 + limit)
    said = {
        Temperature.COLD: "Calm: audits give no reason to doubt the target.",
        Temperature.WARM: "Warm: audits find more errors than expected, so ten times as many are "
        "made to be sure sooner.",
        Temperature.HOT: "Hot: audits show more errors than the target allows. Under a target "
        "people decide again; a fixed threshold stays as it is.",
    }[guard.temperature]
    at = min(100.0, 100 * log10(1 + value) / whole)
    is_strength = guard.proof_limit is None
    warm_at = round(100 * log10(1 + guard.warm) / whole, 2) if is_strength else None
    return Gauge(round(at, 2), warm_at, said)


def table(e: Evidence) -> list[Row]:
    """The curve in numbers, from strict to loose."""
    return [
        Row(
            threshold="any usable" if row.everything else f"{row.threshold:.4g}",
            coverage=percent(row.coverage),
            cases=f"{row.cases:,}",
            errors=f"{row.errors:,}",
            error=_rate(row),
            interval=f"{percent(row.low)} to {percent(row.high)}",
            wealth=f"{number(row.log_wealth)}, {number(row.best)}",
            one_look="" if row.one_look is None else f"{row.one_look:.2g}",
            needed=number(row.needed),
            zone=row.zone,
            live=e.live is not None and row.threshold == e.live,
        )
        for row in e.thresholds
    ]


def _rate(row: Threshold) -> str:
    return percent(row.error) if row.error is not None and row.cases >= LEAST else "not enough data"


def growth(e: Evidence) -> str:
    """What the curve over time is about."""
    if e.over_time_threshold is None or not e.over_time:
        return ""
    at = e.over_time_threshold
    where = f"Cases from a confidence of {at:.4g}" if at else "Cases of every usable confidence"
    days = cases(len(e.over_time), "day")
    return f"{where}, over {days} with comparisons: 100 % is what the next certificate needs."


def counted(e: Evidence) -> str:
    """What became of the comparisons."""
    told = e.counted
    if not told.total:
        return "Counted so far: no blind answers."
    missing, repeats = percent(told.missing / told.total), percent(told.repeats / told.total)
    return (
        f"Counted so far: {cases(told.total, 'comparison')}. {missing} have no answer (people "
        f"could not tell, or not in time) and count as errors; {repeats} repeat others and do not "
        "count."
    )
