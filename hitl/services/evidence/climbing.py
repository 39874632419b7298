"""Climbing: the next step of the ladder, with what it needs, and taking it once it is earned."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import numpy as np

from hitl.domain.evidence import ladder, losses
from hitl.domain.evidence.certifier import Floats, Goal, log_wealth
from hitl.domain.evidence.grid import LEAST_SCORES
from hitl.domain.evidence.guard import Temperature
from hitl.domain.evidence.ladder import Step
from hitl.domain.evidence.needs import Ground, Missing
from hitl.domain.levels import LEVELS, AutomationLevel
from hitl.domain.policy import Policy, Target, parse_policy
from hitl.domain.roles import Verb
from hitl.domain.routing import WHOLE_POPULATION
from hitl.models import Condition, Epoch, Prediction, Proposal, Revision, Workflow
from hitl.services import access, revisions, workflows
from hitl.services.deadlines import AUDITS_OVERDUE
from hitl.services.evidence.comparing import counters_of, grid_of, guard_of
from hitl.services.evidence.goals import goal_of, is_for, why_not
from models_registry.domain.errors import Conflict

log = logging.getLogger(__name__)
CAUSE = "certificate"  # of a revision that nobody but the proof asked for


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a workflow stands on the ladder, at this revision. step: the next one, None at the
    top. cannot: what a team of this size cannot have. proposal: the raise that waits for a second
    person."""

    revision: Revision
    policy: Policy
    step: Step | None
    ground: Ground
    cannot: list[str]
    proposal: Proposal | None


def standing(workflow: Workflow, now: datetime | None = None) -> Standing:
    """The ladder of a workflow as it is now."""
    current = workflows.in_force(workflow)
    ground = _ground(workflow, current, now or datetime.now(UTC))
    waiting = Proposal.objects.filter(workflow=workflow, state=Proposal.State.OPEN)
    return Standing(
        revision=current,
        policy=ground.policy,
        step=ladder.next_step(ground),
        ground=ground,
        cannot=ladder.limits(ground),
        proposal=waiting.select_related("by").first(),
    )


def needs(workflow: Workflow, level: str, now: datetime | None = None) -> Step:
    """What a step to this level needs now."""
    current = workflows.in_force(workflow)
    return ladder.step_to(level, _ground(workflow, current, now or datetime.now(UTC)))


def earned(here: Standing) -> Step:
    """The next step; a Conflict says what is missing of it."""
    if here.step is None:
        said = f"There is no step above {LEVELS[here.revision.level].title}."
        raise Conflict(said)
    refuse_unearned(here.step)
    return here.step


def refuse_unearned(step: Step) -> None:
    if not step.is_earned:
        missing = " ".join(need.text for need in step.missing)
        raise Conflict(f"{LEVELS[step.level].title} is not earned yet. {missing}")


def climb(workflow_id: UUID, now: datetime | None = None) -> Revision | None:
    """Takes the next step by itself, where the policy says so and it is earned; None if not. It
    goes no higher than a person has lowered it to."""
    if revisions.policy_in_force(workflow_id).promote != "itself":
        return None
    workflow = Workflow.objects.get(pk=workflow_id)
    here = standing(workflow, now)
    step = here.step
    if step is None or LEVELS[step.level].automates == "none" or not step.is_earned:
        return None
    highest = _lowered_to(workflow)
    if highest is not None and LEVELS[step.level].step > highest.step:
        return None
    try:
        made = workflows.set_level(
            workflow, step.level, by=None, reason=because(step), seen=here.revision.no, cause=CAUSE
        )
    except Conflict as lost:  # somebody was first; the next round is seconds away
        log.info("step not taken workflow=%s: %s", workflow.slug, lost.detail)
        return None
    log.info("step taken workflow=%s level=%s", workflow.slug, step.level)
    return made


def because(step: Step) -> str:
    """What a step was earned by, for the revision."""
    proofs = [need.text for need in step.needs if need.name in {"target", "certified"}]
    return f"{LEVELS[step.level].title} is earned. {' '.join(proofs)}".strip()


def _lowered_to(workflow: Workflow) -> AutomationLevel | None:
    """The level to which a person has lowered it, which holds until a person raises it or sets
    `promote` anew; None if there is none. Proof does not overrule whoever had another reason."""
    rows = workflow.revisions.order_by("-no").values_list("level", "cause", "policy")
    for (level, cause, policy), (before, _, dials) in pairwise(rows.iterator(100)):
        if _promotes(policy) != _promotes(dials):
            return None
        if level != before and cause == "person":
            found = LEVELS[level]
            return found if found.step < LEVELS[before].step else None
    return None


def _promotes(policy: Mapping[str, Any]) -> object:
    return policy.get("promote", "person")


def _ground(workflow: Workflow, current: Revision, now: datetime) -> Ground:
    policy = parse_policy(current.policy)
    plain = Ground(
        level=current.level,
        policy=policy,
        stopped=current.stopped,
        version=str(current.champion or ""),
        audit_share=revisions.in_force(workflow.pk).rules.audit_share,
        overdue=Condition.objects.filter(workflow=workflow, name=AUDITS_OVERDUE).exists(),
        reviewers=access.number_who_may(Verb.REVIEW, workflow.pk),
        operators=access.number_who_may(Verb.OPERATE, workflow.pk),
        obstacle=why_not(workflow.pk, policy),
    )
    epoch = Epoch.objects.filter(
        workflow=workflow, version=current.champion_id, slice="", closed__isnull=True
    ).first()
    if epoch is None:
        return plain
    if epoch.grid is None:
        return replace(plain, scores=_scores(epoch))
    return _proven(replace(plain, scores=LEAST_SCORES), current, epoch, now)


def _proven(plain: Ground, current: Revision, epoch: Epoch, now: datetime) -> Ground:
    """With what is proven, and what is missing of more."""
    policy, goal = plain.policy, goal_of(epoch.workflow_id, plain.policy)
    is_target = isinstance(policy.threshold, Target)
    live = current.thresholds.get(str(current.champion_id)) if is_target else None
    newest = epoch.certificates.order_by("-at", "-pk").first()
    lapses = None if newest is None or newest.lapses_at is None else newest.lapses_at - now
    return replace(
        plain,
        threshold=live,
        coverage=_coverage(epoch, live),
        whole=live == WHOLE_POPULATION,
        to_least=_missing(epoch, goal, policy.least_coverage),
        to_whole=_missing(epoch, goal, 1.0),
        lapses_in=None if lapses is None else lapses.total_seconds() / 86400,
        warm=guard_of(epoch).temperature != Temperature.COLD,
    )


def _coverage(epoch: Epoch, live: float | None) -> float:
    """The share of cases at or above the live threshold, as it was when the grid was frozen."""
    grid = grid_of(epoch)
    if live is None:
        return 0.0
    if live == WHOLE_POPULATION:
        return 1.0
    pairs = zip(grid.thresholds, grid.coverages, strict=False)
    return max((coverage for at, coverage in pairs if at >= live), default=0.0)


def _missing(epoch: Epoch, goal: Goal, coverage: float) -> Missing | None:
    """The clean cases that are missing at least; None where nothing can be proven."""
    if goal.max_error <= 0.0:
        return None
    grid, wealth = grid_of(epoch), _wealth(epoch, goal)
    best = epoch.best if is_for(epoch, goal) else wealth.tolist()
    return ladder.to_cover(coverage, grid, best, wealth, goal)


def _wealth(epoch: Epoch, goal: Goal) -> Floats:
    """The log wealth per threshold, as it is now."""
    size = grid_of(epoch).size
    if goal.loss == "wrong":
        return np.broadcast_to(log_wealth(counters_of(epoch), goal.max_error), size)
    if epoch.losses and is_for(epoch, goal):
        return losses.mixed(np.asarray(epoch.losses))
    return np.zeros(size)


def _scores(epoch: Epoch) -> int:
    """How many confidences are in of those from which the thresholds will be chosen."""
    found = Prediction.objects.filter(
        version=epoch.version_id,
        case__workflow=epoch.workflow_id,
        case_id__gt=epoch.cursor,
        confidence__range=(0.0, 1.0),
        error="",
    )
    return found[: LEAST_SCORES - 1].count()
