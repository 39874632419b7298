"""How a rollout is said: plain sentences and drawings, each from numbers that stand on the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import log

from hitl.admin.wording import dial, interval, percent
from hitl.domain.rollouts.strategies import STRATEGIES
from hitl.services.rollouts.reading import ArmRead, RolloutRead, VerdictRead

STATES = {
    "better": "better",
    "worse": "worse",
    "not_worse": "not worse",
    "not_enough": "not enough data yet",
}
DUE = {
    "hold": "It holds: a step needs its time and its judged cases, and all traffic needs proof.",
    "step": "The next step is taken within seconds.",
    "promote": "All cases move to the challenger within seconds.",
    "abort": "It is taken back within seconds.",
    "ask": "What the plan asks for is there: the next step is yours.",
    "": "",
}


@dataclass(frozen=True, slots=True)
class Arm:
    """One version's row: cases judged, wrong ones, and the share with its interval."""

    role: str
    version: str
    judged: str
    errors: str
    error: str
    interval: str


@dataclass(frozen=True, slots=True)
class Gauge:
    """Evidence on a log scale, as a part of a hundred of what it needs to reach."""

    name: str
    at: float
    said: str
    tone: str


def lead(told: RolloutRead) -> str:
    """Where it stands, in one sentence."""
    title, version = STRATEGIES[told.strategy].title, told.challenger.version
    if told.closed:
        return f"{title} of {version} was {told.state}."
    held = "paused" if told.state == "paused" else "under way"
    share = f", {dial(told.share)} of cases" if told.share else ""
    found = STATES[told.judgement]
    return f"{title} of {version} is {held}{share}: {found}."


def notes(told: RolloutRead) -> list[str]:
    """What else one has to know."""
    strategy = STRATEGIES[told.strategy]
    said = [strategy.promise, DUE[told.due]]
    if strategy.steps and not told.closed:
        stage = told.plan.steps[min(told.step, told.steps - 1)]
        said.append(
            f"Step {told.step + 1} of {told.steps}: {told.of_step:,} of {stage.judged:,} cases "
            f"judged, at least {stage.soak_minutes:,} minutes since {told.stepped:%Y-%m-%d %H:%M} "
            "UTC."
        )
    if told.said:
        said.append(f"Ended because: {told.said}")
    return [one for one in said if one]


def arms(told: RolloutRead) -> list[Arm]:
    """Both versions, side by side."""
    return [_arm("Champion", told.champion), _arm("Challenger", told.challenger)]


def _arm(role: str, arm: ArmRead) -> Arm:
    if arm.error is None or arm.low is None or arm.high is None:
        return Arm(role, arm.version, "0", "0", "no data", "")
    between = f"{interval(100 * arm.low, 100 * arm.high)} %"
    return Arm(role, arm.version, f"{arm.judged:,}", f"{arm.errors:,}", percent(arm.error), between)


def gauges(told: RolloutRead) -> list[Gauge]:
    """What speaks for taking it back, and what for going on."""
    errors, failures, slowness = told.errors, told.failures, told.slowness
    found = [
        _gauge("It is wrong more often", errors.for_worse, errors.needed_for_worse, "hot"),
        _gauge("It is not wrong more often", _best(errors), errors.needed, "cold"),
    ]
    for verb, verdict in (("fails", failures), ("is slow", slowness)):
        found += [
            _gauge(f"It {verb} too often", verdict.for_worse, verdict.needed_for_worse, "hot"),
            _gauge(f"It {verb} rarely enough", verdict.for_not_worse, verdict.needed, "cold"),
        ]
    return found


def _best(verdict: VerdictRead) -> float:
    return max(verdict.for_better, verdict.for_not_worse)


def _gauge(name: str, strength: float, needed: float, tone: str) -> Gauge:
    at = 100 * min(1.0, max(0.0, log(max(strength, 1.0)) / log(needed)))
    return Gauge(name, at, f"{strength:,.3g} of {needed:,.0f}", tone)


def line(points: Sequence[tuple[datetime, float]], until: datetime | None) -> str:
    """The ramp as points of a drawing 100 wide and 40 high: shares that last until they change."""
    if not points:
        return ""
    end = until or datetime.now(UTC)
    start = points[0][0]
    span = max(1.0, (end - start).total_seconds())
    drawn, share = [], 0.0
    for at, now in points:
        x = 100 * min(1.0, (at - start).total_seconds() / span)
        drawn += [(x, share), (x, now)]
        share = now
    drawn.append((100.0, share))
    return " ".join(f"{x:.2f},{38 - 36 * y:.2f}" for x, y in drawn)
