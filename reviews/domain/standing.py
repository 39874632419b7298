"""Where a person stands: what their known answers say about their judgement."""

from dataclasses import dataclass
from enum import StrEnum

from hitl.domain.metrics import wilson
from hitl.domain.policy import Policy

KNOWS = "Knew this answer before it was served."
"""Why a known answer is not for somebody: they gave it, or met the case that it was made from."""


class StandingState(StrEnum):
    """onboarding: judges known answers only, until enough are given; active: judges; paused:
    below the bar, judges again when an operator lifts it."""

    ONBOARDING = "onboarding"
    ACTIVE = "active"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Tally:
    """Known answers a person was given, and how many of them they got right."""

    given: int
    right: int

    @property
    def accuracy(self) -> float | None:
        return self.right / self.given if self.given else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of the accuracy (Wilson score interval); None without any answer."""
        return wilson(self.right, self.given) if self.given else None


def standing(
    policy: Policy, tally: Tally, *, passed: bool, length: int | None = None
) -> StandingState:
    """The state that follows from the known answers. `passed`: the person has been active here
    before, so the onboarding test is behind them. length: of the test, where fewer known answers
    can be asked than the policy wants; 0 is no test.

    >>> standing(Policy(onboarding=3), Tally(2, 2), passed=False)
    <StandingState.ONBOARDING: 'onboarding'>
    """
    test = 0 if passed else policy.onboarding if length is None else length
    if tally.given < test:
        return StandingState.ONBOARDING
    least = test or policy.gold_least
    # Divided, not multiplied: 0.28 * 25 is more than 7 in floats, and 7 of 25 are 28 %.
    if tally.given >= least and tally.right / tally.given < policy.gold_bar:
        return StandingState.PAUSED
    return StandingState.ACTIVE


def uses_golds(policy: Policy) -> bool:
    """Whether anybody is ever served a known answer under this policy."""
    return policy.gold_share > 0 or policy.onboarding > 0


def reason(policy: Policy, tally: Tally, state: StandingState, length: int | None = None) -> str:
    """Why, in numbers, for the person and for who runs the workflow; '' for the active. length:
    of the test, if it is not the policy's.

    >>> reason(Policy(), Tally(10, 3), StandingState.PAUSED)
    '3 of 10 known answers right; 80 % are needed'
    """
    if state is StandingState.PAUSED:
        bar = f"{policy.gold_bar * 100:g} %"
        return f"{tally.right} of {tally.given} known answers right; {bar} are needed"
    if state is StandingState.ONBOARDING:
        test = policy.onboarding if length is None else length
        return f"{tally.given} of {test} known answers given"
    return ""
