"""Goals: what a policy's target asks of the evidence, and how that is stored with an epoch."""

from typing import Any
from uuid import UUID

from hitl.domain.evidence.certifier import Goal
from hitl.domain.evidence.reviewers import most_missed, tightened
from hitl.domain.policy import Policy, Target
from hitl.models import Epoch
from hitl.services.evidence.missed import counted


def target_of(policy: Policy) -> Target:
    """What is to be proven: the policy's target; the usual one where it has a fixed threshold, so
    that people see how far they are."""
    return policy.threshold if isinstance(policy.threshold, Target) else Target()


def goal_of(workflow_id: UUID, policy: Policy) -> Goal:
    """What is certified against. Where the errors that reviewers miss count, half of the level goes
    to the limit on them, and the target is what is left of it: 0 if nothing can be certified."""
    target = target_of(policy)
    if not policy.reviewer_errors:
        return Goal(target.max_error, target.confidence, target.loss)
    half = (1.0 - target.confidence) / 2
    found = counted(workflow_id)
    least = tightened(target.max_error, found.shown, found.missed, half)
    return Goal(least, 1.0 - half, target.loss)


def stored(goal: Goal) -> dict[str, Any]:
    """A goal as an epoch keeps it. The wealth does not depend on the confidence."""
    plain = {"max_error": goal.max_error}
    return plain if goal.loss == "wrong" else {**plain, "loss": goal.loss}


def is_for(epoch: Epoch, goal: Goal) -> bool:
    """Whether the epoch's wealth was bet against this goal."""
    return bool(epoch.goal == stored(goal)) and goal.max_error > 0.0


def why_not(workflow_id: UUID, policy: Policy) -> str:
    """Why no evidence can meet the target as it stands; '' if some can."""
    if goal_of(workflow_id, policy).max_error > 0.0:
        return ""
    found = counted(workflow_id)
    if not found.shown:
        return (
            "The target takes into account what reviewers miss, and nothing is known about that "
            "yet: add known answers on which the model is wrong, or set a share of agreements "
            "that are judged a second time."
        )
    level = (1.0 - target_of(policy).confidence) / 2
    most = most_missed(found.shown, found.missed, level)
    return (
        f"Reviewers missed {found.missed:,} of {found.shown:,} known errors, so they may miss up "
        f"to {most:.0%}: too many for any target. Show them more known errors, or look at the "
        f"guidelines."
    )
