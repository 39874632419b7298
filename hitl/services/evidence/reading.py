"""All that is shown of the evidence about the version that answers in a workflow."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from django.db.models import Count

from hitl.domain.evidence import losses
from hitl.domain.evidence.certifier import Floats, Goal, log_wealth
from hitl.domain.evidence.estimates import Drawn, Estimate, estimate
from hitl.domain.evidence.grid import LEAST_SCORES
from hitl.domain.evidence.guard import COLD, ROLL_BACK, WARM, Temperature
from hitl.domain.evidence.truth import Counted
from hitl.domain.evidence.zones import NextStep, Threshold, Zone, following, thresholds
from hitl.domain.levels import LEVELS
from hitl.domain.policy import Policy, Target, parse_policy
from hitl.domain.routing import WHOLE_POPULATION
from hitl.models import Comparison, Epoch, Prediction, Revision, Workflow
from hitl.services import workflows
from hitl.services.evidence import certificates
from hitl.services.evidence.certificates import Certified
from hitl.services.evidence.comparing import counters_of, grid_of, guard_of, proof_limit
from hitl.services.evidence.goals import goal_of, is_for, target_of, why_not
from hitl.services.evidence.growing import GrowthDay, growth
from hitl.services.revisions import in_force

SHOWN = 50  # certificates and epochs
State = Literal["no_model", "not_asked", "no_evidence", "no_grid", "collecting", "certified"]


@dataclass(frozen=True, slots=True)
class ToProve:
    """What is to be proven. max_error, confidence: as the policy says, or the usual ones where it
    has a fixed threshold. measured: what the disagreement must stay below, stricter where the
    errors that reviewers miss are taken into account; then `measured_confidence` is higher."""

    max_error: float
    confidence: float
    loss: str
    measured: float
    measured_confidence: float


@dataclass(frozen=True, slots=True)
class Counting:
    """How the comparisons of the epoch count. unusable: the confidence was none, so that they count
    at no threshold."""

    total: int = 0
    correct: int = 0
    errors: int = 0
    missing: int = 0
    repeats: int = 0
    unusable: int = 0


@dataclass(frozen=True, slots=True)
class Watched:
    """The guard's state with its limits: from `warm` on ten times as many audits until it is below
    `cold`, at `roll_back` back to people. proof: wealth against "the error was never above the
    target"; 1 / (1 - confidence) would prove that it was. proof_limit: where the policy lets the
    proof take the model back instead of the strength."""

    temperature: Temperature
    strength: float
    seen: int
    proof: float
    cold: float = COLD
    warm: float = WARM
    roll_back: float = ROLL_BACK
    proof_limit: float | None = None


@dataclass(frozen=True, slots=True)
class EpochSpan:
    """One evidence epoch of the version."""

    number: int
    opened: datetime
    closed: datetime | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """state: no_model; not_asked (at this level); no_evidence (nothing came in yet); no_grid (too
    few scores to choose thresholds, `scores` of `scores_needed`); collecting; certified.

    live: the live threshold in force, None without one; coverage: the share of cases that reach
    it. obstacle: why no evidence can meet the target as it stands, '' if some can. following: the
    next step; None if there is none. sampled: audits of what was automated, with the interval of
    its error.
    """

    workflow: str
    version: str
    level: str
    stopped: bool
    rule: Literal["fixed", "target"]
    override: bool
    state: State
    goal: ToProve
    obstacle: str
    live: float | None
    coverage: float | None
    scores: int
    scores_needed: int
    audit_share: float
    thresholds: list[Threshold]
    following: NextStep | None
    over_time: list[GrowthDay]
    over_time_threshold: float | None
    over_time_needed: float | None
    counted: Counting
    sampled: Estimate
    guard: Watched | None
    certificates: list[Certified]
    epochs: list[EpochSpan]


def evidence(workflow: Workflow) -> Evidence:
    """Where the version that answers stands."""
    rules = workflows.in_force(workflow)
    policy = parse_policy(rules.policy)
    goal = goal_of(workflow.pk, policy)
    known = _epochs(workflow, rules)
    epoch = next((one for one in known if one.closed is None), None)
    rows = _thresholds(epoch, goal)
    step = following(rows, grid_of(epoch), goal) if epoch and rows else None
    live = _live(rules, policy)
    at = step or next((r for r in reversed(rows) if r.zone is Zone.CERTIFIED), None)
    counted, sampled = _counted(epoch, goal)
    return Evidence(
        workflow=workflow.slug,
        version=str(rules.champion or ""),
        level=rules.level,
        stopped=rules.stopped,
        rule="target" if isinstance(policy.threshold, Target) else "fixed",
        override=rules.override,
        state=_state(rules, epoch, rows),
        goal=_asked(policy, goal),
        obstacle=why_not(workflow.pk, policy),
        live=live,
        coverage=_coverage(rows, live),
        scores=_scores(epoch) if epoch and epoch.grid is None else 0,
        scores_needed=LEAST_SCORES,
        audit_share=in_force(workflow.pk).rules.audit_share,
        thresholds=rows,
        following=step,
        over_time=_over_time(epoch, at, goal),
        over_time_threshold=at.threshold if at else None,
        over_time_needed=at.needed if at else None,
        counted=counted,
        sampled=sampled,
        guard=_watched(epoch, policy),
        certificates=certificates.listing(workflow, limit=SHOWN),
        epochs=[EpochSpan(one.no, one.opened, one.closed) for one in known],
    )


def _epochs(workflow: Workflow, rules: Revision) -> list[Epoch]:
    """The version's epochs for all cases, the newest first."""
    found = Epoch.objects.filter(workflow=workflow, version=rules.champion_id, slice="")
    return list(found.order_by("-no")[:SHOWN]) if rules.champion_id else []


def _asked(policy: Policy, goal: Goal) -> ToProve:
    said = target_of(policy)
    return ToProve(said.max_error, said.confidence, said.loss, goal.max_error, goal.confidence)


def _thresholds(epoch: Epoch | None, goal: Goal) -> list[Threshold]:
    """Every threshold; none while there is no grid, or nothing can be certified."""
    if epoch is None or epoch.grid is None or goal.max_error <= 0.0:
        return []
    grid, counters, current = grid_of(epoch), counters_of(epoch), is_for(epoch, goal)
    wealth: Floats = np.zeros(grid.size)
    if goal.loss == "wrong":
        wealth = np.broadcast_to(log_wealth(counters, goal.max_error), grid.size)
    elif current and epoch.losses:
        wealth = losses.mixed(np.asarray(epoch.losses))
    best = epoch.best if current else wealth.tolist()
    return thresholds(counters, wealth, best, grid, goal)


def _state(rules: Revision, epoch: Epoch | None, rows: list[Threshold]) -> State:
    if rules.champion_id is None:
        return "no_model"
    if not LEVELS[rules.level].asks_model:
        return "not_asked"
    if epoch is None:
        return "no_evidence"
    if epoch.grid is None:
        return "no_grid"
    proven = any(row.zone is Zone.CERTIFIED for row in rows)
    return "certified" if proven else "collecting"


def _live(rules: Revision, policy: Policy) -> float | None:
    if isinstance(policy.threshold, Target):
        live: float | None = rules.thresholds.get(str(rules.champion_id))
        return live
    return policy.threshold.threshold


def _coverage(rows: list[Threshold], live: float | None) -> float | None:
    """The share of cases at or above the live threshold: that of the grid's loosest one that is not
    below it."""
    if live is None or not rows:
        return None
    if live == WHOLE_POPULATION:
        return 1.0
    return max((r.coverage for r in rows if r.threshold >= live and not r.everything), default=0.0)


def _scores(epoch: Epoch) -> int:
    """How many scores are in of those from which the grid will be frozen."""
    found = Prediction.objects.filter(
        version=epoch.version_id,
        case__workflow=epoch.workflow_id,
        case_id__gt=epoch.cursor,
        confidence__range=(0.0, 1.0),
        error="",
    )
    return found[:LEAST_SCORES].count()


def _over_time(epoch: Epoch | None, at: NextStep | Threshold | None, goal: Goal) -> list[GrowthDay]:
    if epoch is None or at is None or epoch.grid is None:
        return []
    return growth(epoch.pk, grid_of(epoch).threshold(at.index), goal.max_error)


def _counted(epoch: Epoch | None, goal: Goal) -> tuple[Counting, Estimate]:
    """How comparisons count, and what audits say, from one read."""
    kinds = ("counted", "automated", "pi")
    rows = Comparison.objects.filter(epoch=epoch) if epoch else Comparison.objects.none()
    sums = rows.values(*kinds).annotate(n=Count("pk"), usable=Count("score"))
    found = list(sums.order_by(*kinds))
    by = {one: sum(r["n"] for r in found if r["counted"] == one) for one in Counted}
    drawn = [
        Drawn(
            row["pi"],
            row["n"],
            row["n"] if row["counted"] == Counted.ERROR else 0,
            row["n"] if row["counted"] == Counted.MISSING else 0,
        )
        for row in found
        if row["automated"] and row["counted"] != Counted.REPEAT
    ]
    counting = Counting(
        total=sum(by.values()),
        correct=by[Counted.CORRECT],
        errors=by[Counted.ERROR],
        missing=by[Counted.MISSING],
        repeats=by[Counted.REPEAT],
        unusable=sum(row["n"] - row["usable"] for row in found),
    )
    return counting, estimate(drawn, goal.confidence)


def _watched(epoch: Epoch | None, policy: Policy) -> Watched | None:
    if epoch is None:
        return None
    guard = guard_of(epoch)
    limit = proof_limit(policy)
    return Watched(guard.temperature, guard.strength, guard.seen, guard.proof, proof_limit=limit)
