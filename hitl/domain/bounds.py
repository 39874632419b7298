"""Bounds of what a revision may say: the risk class caps the level, an override has one place to
be, and a live threshold holds for the rule it was proven for."""

from hitl.domain.levels import LEVELS, AutomationLevel
from hitl.domain.policy import Policy, Target
from models_registry.domain.errors import Conflict, Invalid

CAPS = {
    "low": "full_automation",
    "medium": "partial_automation",
    "high": "ai_assistance",
}


def cap(policy: Policy) -> AutomationLevel:
    """The highest level that the risk class allows.

    >>> cap(Policy(risk="medium")).name
    'partial_automation'
    """
    return LEVELS[CAPS[policy.risk]]


def refuse_above_cap(before: str, after: str, policy: Policy) -> None:
    """Nobody raises the level above the cap, and no risk class comes in below the level in force:
    lowering the level is a decision of its own. `before` is '' for a new workflow."""
    highest = cap(policy)
    if LEVELS[after].step <= highest.step:
        return
    said = f"The risk class {policy.risk!r} allows at most {highest.title}"
    if not before:
        raise Invalid.at("/level", f"{said}. Begin there, or choose another `risk`.")
    if after != before:
        raise Conflict(f"{said}. To go higher, change `risk` in the policy first.")
    raise Invalid.at(
        "/policy/risk",
        f"{said}, and the workflow is at {LEVELS[after].title}: lower the level first.",
    )


def may_override(level: str, policy: Policy) -> bool:
    """Whether an override would say anything: only a target keeps the highest level from deciding
    every case."""
    return LEVELS[level].automates == "usable" and isinstance(policy.threshold, Target)


def refuse_idle_override(level: str, policy: Policy) -> None:
    if not may_override(level, policy):
        raise Invalid.at(
            "/override",
            "An override needs the level full_automation and a policy whose threshold rule is "
            "`target`; anywhere else leave it out.",
        )


def is_proven_alike(before: Policy, after: Policy) -> bool:
    """Whether what was proven under one policy is proven under the other as well: the same target,
    on the same terms. Under a fixed threshold nothing is proven."""
    return _proves(before) == _proves(after)


def _proves(policy: Policy) -> tuple[object, ...]:
    """All on which a certificate's word depends."""
    rule = policy.threshold
    if not isinstance(rule, Target):
        return ()
    return rule.max_error, rule.confidence, rule.loss, policy.reviewer_errors
