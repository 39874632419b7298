"""Strategies: how a challenger takes over. One entry each; the plan says with what numbers."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from hitl.domain.rollouts.judgement import Judgement, State, passes
from hitl.domain.rollouts.plan import Plan, Stage
from models_registry.domain.catalogue import Catalogue

Action = Literal["hold", "step", "promote", "abort", "ask"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a rollout stands. step: which one it is at, from 0. since: how long. judged: the
    challenger's cases that people have judged since. certified: it holds a certificate of its own.
    """

    step: int
    since: timedelta
    judged: int
    judgement: Judgement
    certified: bool = False


@dataclass(frozen=True, slots=True)
class Strategy:
    """One way to replace a version.

    counts: whether the challenger's answers count for clients while the rollout lasts.
    silent: whether workers ask it about cases that the champion answers.
    warm: whether every process holds it ready from the first moment.
    steps: whether its share is raised in steps.
    """

    name: str
    title: str
    promise: str
    counts: bool = False
    silent: bool = False
    warm: bool = False
    steps: bool = False

    def stage(self, plan: Plan, step: int) -> Stage | None:
        """The step's dials; None where there are no steps."""
        return plan.steps[step] if self.steps and step < len(plan.steps) else None

    def share(self, plan: Plan, step: int) -> float:
        """The share of cases whose answer is the challenger's at this step."""
        stage = self.stage(plan, step)
        return stage.share if stage else 0.0

    def next(self, plan: Plan, here: Standing) -> Action:
        """What is done next. What is shown to be worse is taken back at once; what is not known
        holds. ask: a step is due, and the plan leaves it to a person."""
        if here.judgement.state is State.WORSE:
            return "abort"
        stage = self.stage(plan, here.step)
        if stage and here.since < timedelta(minutes=stage.soak_minutes):
            return "hold"
        if stage and here.judged < stage.judged:
            return "hold"
        if self.stage(plan, here.step + 1):
            return "step" if plan.advance == "itself" else "ask"
        if not passes(here.judgement, plan, certified=here.certified):
            return "hold"
        return "promote" if plan.advance == "itself" and self.counts else "ask"


STRATEGIES: Catalogue[Strategy] = Catalogue("rollout strategy")
SHADOW = STRATEGIES.register(
    "shadow",
    Strategy(
        "shadow",
        "Shadow",
        "The challenger answers silently, beside the champion; no client ever hears it.",
        silent=True,
    ),
)
CANARY = STRATEGIES.register(
    "canary",
    Strategy(
        "canary",
        "Canary",
        "The challenger's answers count for a share of the cases, raised step by step.",
        counts=True,
        warm=True,
        steps=True,
    ),
)
BLUE_GREEN = STRATEGIES.register(
    "blue_green",
    Strategy(
        "blue_green",
        "Blue-green",
        "Both versions are loaded; one press moves all cases to the challenger, one moves them "
        "back.",
        warm=True,
    ),
)
