"""What the evidence says about each threshold of a grid: proven, still open, or worse than the
target."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from hitl.domain.evidence.certifier import Chain, Floats, Goal, chains, clean_cases, one_look
from hitl.domain.evidence.counters import Counters
from hitl.domain.evidence.estimates import Drawn, Estimate, estimate
from hitl.domain.evidence.grid import EVERYTHING, Grid


class Zone(StrEnum):
    """certified: proven. forbidden: the error above it is shown to exceed the target. candidate:
    neither; more evidence will tell."""

    CERTIFIED = "certified"
    CANDIDATE = "candidate"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Threshold:
    """One threshold. everything: it means every usable confidence (`threshold` is 0 then).
    coverage: the share of cases that reach it, when the grid was frozen. cases, errors: counters,
    with missing answers as errors. log_wealth: now; best: the largest so far; needed: what best
    must reach. one_look: the p-value of one planned look at so many cases, where every case was
    looked at and an answer is right or wrong; None elsewhere."""

    index: int
    threshold: float
    everything: bool
    coverage: float
    cases: int
    errors: int
    error: float | None
    low: float
    high: float
    log_wealth: float
    best: float
    needed: float
    zone: Zone
    one_look: float | None = None


@dataclass(frozen=True, slots=True)
class NextStep:
    """The threshold that can be proven next with the fewest cases. clean_cases: blind answers at
    or above it that are needed at least, all without an error; stream_cases: cases in which so
    many are found on average."""

    index: int
    threshold: float
    coverage: float
    needed: float
    clean_cases: int
    stream_cases: int


def thresholds(
    counters: Counters, wealth: Floats, best: Sequence[float], grid: Grid, goal: Goal
) -> list[Threshold]:
    """Every threshold that is tested, from strict to loose; those stricter than where the first
    chain begins are not. wealth, best: its log now, and the largest so far."""
    return [
        _threshold(i, counters, grid, goal, chain, float(wealth[i]), best[i])
        for chain in chains(best, grid, goal.level)
        for i in range(chain.first, chain.end)
    ]


def _threshold(
    i: int,
    counters: Counters,
    grid: Grid,
    goal: Goal,
    chain: Chain,
    wealth: float,
    best: float,
) -> Threshold:
    found = estimate(
        (
            Drawn(group.pi, int(counts.cases[i]), int(counts.errors[i]))
            for group, counts in counters.items()
        ),
        goal.confidence,
    )
    threshold = grid.threshold(i)
    everything = threshold == EVERYTHING
    return Threshold(
        index=i,
        threshold=0.0 if everything else threshold,
        everything=everything,
        coverage=grid.coverages[i],
        cases=found.cases,
        errors=found.errors,
        error=found.value,
        low=found.low,
        high=found.high,
        log_wealth=wealth,
        best=best,
        needed=chain.needed,
        zone=_zone(found, goal, proven=i < chain.first + chain.proven),
        one_look=_one_look(i, counters, goal),
    )


def _one_look(i: int, counters: Counters, goal: Goal) -> float | None:
    if goal.loss == "distance" or any(group.pi < 1.0 for group in counters):
        return None
    cases = sum(int(counts.cases[i]) for counts in counters.values())
    errors = sum(int(counts.errors[i]) for counts in counters.values())
    return one_look(cases, errors, goal.max_error) if cases and goal.max_error > 0.0 else None


def _zone(found: Estimate, goal: Goal, *, proven: bool) -> Zone:
    if proven:
        return Zone.CERTIFIED
    if goal.loss == "distance":  # which a count of errors says little about
        return Zone.CANDIDATE
    return Zone.FORBIDDEN if found.low > goal.max_error else Zone.CANDIDATE


def following(rows: Sequence[Threshold], grid: Grid, goal: Goal) -> NextStep | None:
    """The next step that would let more be automated; None if everything is proven. A chain goes on
    at its first threshold that is not proven; those that are shown to be too bad are no step."""
    known = {row.index: row for row in rows}
    best = [known[i].best if i in known else 0.0 for i in range(grid.size)]
    proven = max((row.index for row in rows if row.zone is Zone.CERTIFIED), default=-1)
    at = [c.first + c.proven for c in chains(best, grid, goal.level) if not c.is_complete]
    open_ones = [known[i] for i in at if i > proven and known[i].zone is Zone.CANDIDATE]
    return min((_step(row, goal) for row in open_ones), key=lambda s: s.stream_cases, default=None)


def _step(row: Threshold, goal: Goal) -> NextStep:
    level = float(np.exp(-row.needed))
    clean = clean_cases(row.log_wealth, level, goal.max_error)
    stream = int(np.ceil(clean / row.coverage))
    return NextStep(row.index, row.threshold, row.coverage, row.needed, clean, stream)
