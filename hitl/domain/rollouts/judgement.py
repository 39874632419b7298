"""What the evidence says about a challenger: better, worse, not worse, or not enough to tell."""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from hitl.domain.rollouts import processes
from hitl.domain.rollouts.plan import Plan
from hitl.domain.rollouts.processes import Wealth

PASSES = 20.0
"""Evidence at which something counts as shown: wrong at most once in twenty, ever."""
ERRS, FAILS, SLOW = 25.0, 200.0, 200.0
"""Evidence at which it counts as worse: together wrong at most once in twenty, ever."""


class State(StrEnum):
    """not_enough: nothing is shown either way, so nothing passes."""

    BETTER = "better"
    WORSE = "worse"
    NOT_WORSE = "not_worse"
    NOT_ENOUGH = "not_enough"


class Evidence(msgspec.Struct, frozen=True):
    """All that was seen so far. Log wealths; cases and errors of each arm that people have judged;
    answers of the challenger, failed ones and slow ones. of_step: the challenger's judged cases
    since the step began. erred: units whose errors have counted."""

    wins: Wealth = processes.begun(len(processes.STAKES))
    losses: Wealth = processes.begun(len(processes.STAKES))
    margin: Wealth = processes.begun(len(processes.MARGIN_STAKES))
    worse: Wealth = processes.begun(len(processes.RATIOS))
    better: Wealth = processes.begun(len(processes.RATIOS))
    cleared: Wealth = processes.begun(len(processes.RATIOS))
    failing: Wealth = processes.begun(len(processes.HIGH))
    sound: Wealth = processes.begun(len(processes.LOW))
    slow: Wealth = processes.begun(len(processes.HIGH))
    quick: Wealth = processes.begun(len(processes.LOW))
    champion_judged: int = 0
    champion_errors: int = 0
    challenger_judged: int = 0
    challenger_errors: int = 0
    won: int = 0
    lost: int = 0
    answers: int = 0
    failed: int = 0
    late: int = 0
    of_step: int = 0
    erred: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A state with the evidence behind it. for_better, for_worse, for_not_worse: strengths; needed:
    what each of them has to reach."""

    state: State
    for_better: float
    for_worse: float
    for_not_worse: float
    needed_for_worse: float
    needed: float = PASSES


@dataclass(frozen=True, slots=True)
class Judgement:
    """The three things that are judged: how often it is wrong, fails, and is slow."""

    errors: Verdict
    failures: Verdict
    slowness: Verdict

    @property
    def state(self) -> State:
        """All three together: one that is worse makes it worse, one that is open leaves it open."""
        states = {one.state for one in (self.errors, self.failures, self.slowness)}
        for state in (State.WORSE, State.NOT_ENOUGH):
            if state in states:
                return state
        return self.errors.state


def judge(seen: Evidence, *, is_paired: bool) -> Judgement:
    """The judgement of all evidence so far; pairs in shadow, whose the errors are in a canary."""
    if is_paired:
        errors = _verdict(seen.wins, seen.losses, seen.margin, ERRS)
    else:
        errors = _verdict(seen.better, seen.worse, seen.cleared, ERRS)
    nothing = processes.begun(1)
    return Judgement(
        errors,
        failures=_verdict(nothing, seen.failing, seen.sound, FAILS),
        slowness=_verdict(nothing, seen.slow, seen.quick, SLOW),
    )


def _verdict(better: Wealth, worse: Wealth, not_worse: Wealth, limit: float) -> Verdict:
    found = [processes.strength(one) for one in (better, worse, not_worse)]
    for_better, for_worse, for_not_worse = found
    if for_worse >= limit:
        state = State.WORSE
    elif for_better >= PASSES:
        state = State.BETTER
    elif for_not_worse >= PASSES:
        state = State.NOT_WORSE
    else:
        state = State.NOT_ENOUGH
    return Verdict(state, for_better, for_worse, for_not_worse, limit)


def passes(judgement: Judgement, plan: Plan, *, certified: bool) -> bool:
    """Whether all traffic may move to the challenger by itself."""
    if judgement.state is State.WORSE:
        return False
    sound = all(
        one.state in (State.BETTER, State.NOT_WORSE)
        for one in (judgement.failures, judgement.slowness)
    )
    if plan.goal == "certified":
        return certified and sound
    wanted = (State.BETTER,) if plan.goal == "better" else (State.BETTER, State.NOT_WORSE)
    return sound and judgement.errors.state in wanted
