"""Routing: who decides a case. Pure: same rules, same case id, same prediction, same route."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from hitl.domain.draws import is_drawn
from hitl.domain.levels import LEVELS, SHADOW, AutomationLevel
from hitl.domain.policy import SHARES, Policy, Target
from models_registry.domain.scoring import is_usable

WHOLE_POPULATION = 0.0  # a live threshold that every usable confidence reaches
LEAST_AUDITS = min(share for share in SHARES if share)

Reason = Literal[
    "level",  # at this level people decide
    "stopped",  # a person pressed stop
    "confident",  # confidence at or above the live threshold
    "usable",  # full automation: the prediction can be used
    "below_threshold",
    "nothing_certified",  # the target rule holds no certificate for the version that answered
    "no_prediction",  # no model, or it failed
    "invalid_prediction",  # the model answered something that is no answer
    "unusable_confidence",  # missing, NaN, infinite or outside [0, 1]
    "gold",  # a known answer: served to reviewers, told to no client
]


@dataclass(frozen=True, slots=True)
class Rules:
    """What routing needs of the revision in force.

    thresholds: live threshold per model version id, from certificates; 0 says that the whole
        population is certified.
    key: the workflow's sampling key.
    override: a person lets everything be automated at the highest level without a certificate.
    more_audits: the share that is audited while that is more than the policy's: soon after a
        threshold came into force, and while the guard is warm.
    """

    level: str
    stopped: bool
    policy: Policy
    thresholds: Mapping[str, float]
    key: bytes
    more_audits: float = 0.0
    override: bool = False

    @property
    def audit_share(self) -> float:
        """The share of automated cases that a person judges as well: never none under a target,
        which is not kept by itself."""
        least = LEAST_AUDITS if isinstance(self.policy.threshold, Target) else 0.0
        return max(least, self.policy.audit_share, self.more_audits)


@dataclass(frozen=True, slots=True)
class Signal:
    """What the live version said: `version` is '' when none was asked, `has_value` is False for a
    NULL prediction, `valid` is False when the value is no answer of the task type."""

    version: str = ""
    has_value: bool = False
    valid: bool = True
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """The answer of routing.

    threshold: the live threshold that was compared, None where none was.
    audit: an automated case that a person judges blind as well.
    blind: the reviewer sees no suggestion.
    pi: probability, fixed before anybody answers, that this case gets a blind human answer while
        the model has answered it too; 0 where the level yields no evidence.
    """

    action: Literal["automate", "refer"]
    reason: Reason
    threshold: float | None
    audit: bool
    blind: bool
    pi: float


def level_in_force(rules: Rules) -> AutomationLevel:
    """The level cases are routed at: while stopped every case is routed as at shadow, and at human
    only it stays there (a stop never makes the machine do more)."""
    level = LEVELS[rules.level]
    return SHADOW if rules.stopped and level.step > SHADOW.step else level


def route(rules: Rules, case_id: UUID, signal: Signal) -> Route:
    """Who decides this case."""
    level = level_in_force(rules)
    threshold = _live_threshold(rules, level, signal)
    reason = _obstacle(rules, level, threshold, signal)
    if reason is None:
        share = rules.audit_share
        audit = is_drawn(rules.key, "audit", case_id, share)
        whole = level.automates == "usable" and threshold == WHOLE_POPULATION
        granted: Reason = "usable" if whole else "confident"
        return Route("automate", granted, threshold, audit=audit, blind=True, pi=share)
    if not level.shows_suggestion:
        pi = 1.0 if level.asks_model else 0.0
        return Route("refer", reason, threshold, audit=False, blind=True, pi=pi)
    share = rules.policy.blind_share_in_force
    blind = is_drawn(rules.key, "blind", case_id, share)
    return Route("refer", reason, threshold, audit=False, blind=blind, pi=share)


def _live_threshold(rules: Rules, level: AutomationLevel, signal: Signal) -> float | None:
    """The confidence from which the machine may decide. Full automation takes every usable
    prediction, except under a target while the whole population is not certified: then it is
    routed as partial automation."""
    if level.automates == "none":
        return None
    rule = rules.policy.threshold
    if isinstance(rule, Target) and not (rules.override and level.automates == "usable"):
        return rules.thresholds.get(signal.version)
    if level.automates == "usable" or isinstance(rule, Target):
        return WHOLE_POPULATION
    return rule.threshold


def _obstacle(
    rules: Rules, level: AutomationLevel, threshold: float | None, signal: Signal
) -> Reason | None:
    """Why the machine may not decide, None if it may."""
    if rules.stopped:
        return "stopped"
    if level.automates == "none":
        return "level"
    if not signal.has_value:
        return "no_prediction"
    if not signal.valid:
        return "invalid_prediction"
    confidence = signal.confidence
    if confidence is None or not is_usable(confidence):
        return "unusable_confidence"
    if threshold is None:
        return "nothing_certified"
    return None if confidence >= threshold else "below_threshold"  # a NaN threshold stops too
