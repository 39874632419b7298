"""Answers of the past as evidence under other terms: those that these would have drawn as well."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from hitl.domain.evidence.counters import Observation, Sampling
from hitl.domain.evidence.truth import Counted
from hitl.domain.routing import Route, Rules, Signal, level_in_force

Purpose = Literal["audit", "blind"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What people, blind to the model, found about a prediction, and when that was known. counts:
    it belongs to the evidence epoch that is open. loss: how wrong it was, from 0 to 1."""

    counted: Counted
    pi: float
    sampling: Sampling
    purpose: Purpose
    known: datetime
    counts: bool = True
    loss: float | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """One case as it was: what the model said, with what probability it was drawn for a blind
    answer, whether it was drawn, and that answer if there is one."""

    case_id: UUID
    at: datetime
    signal: Signal
    pi: float = 0.0
    drawn: bool = False
    answer: Answer | None = None


def sampling_of(rules: Rules, threshold: float | None) -> Sampling:
    """With what probability cases get a blind answer under these rules, where this is the live
    threshold."""
    level = level_in_force(rules)
    below = rules.policy.blind_share_in_force if level.shows_suggestion else 1.0
    above = rules.audit_share if level.automates != "none" else below
    return Sampling(threshold, above, below)


def thinned(answer: Answer, way: Route, sampling: Sampling, score: float) -> Observation | None:
    """An answer of the past as evidence under other rules, which would have drawn the case by
    `way`; None if they would not. The probability is that of being drawn under both: draws for one
    purpose are nested, those for two are independent."""
    drawn = way.audit if way.action == "automate" else way.blind and way.pi > 0
    if not drawn or answer.counted is Counted.REPEAT or not answer.counts:
        return None
    old = answer.sampling
    purpose: Purpose = "audit" if way.action == "automate" else "blind"
    both = min(answer.pi, way.pi) if purpose == answer.purpose else answer.pi * way.pi
    if _is_complete(old):
        together = sampling
    elif _is_complete(sampling) or sampling == old:
        together = old
    else:
        least = min(old.above, old.below) * min(sampling.above, sampling.below)
        together = Sampling(None, least, least)
    return Observation(score, answer.counted.against, both, together, answer.loss)


def _is_complete(sampling: Sampling) -> bool:
    return sampling.above == sampling.below == 1.0
