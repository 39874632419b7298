"""Reading rollouts: where each stands, with the numbers behind it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from hitl.domain.metrics import wilson
from hitl.domain.rollouts.judgement import Evidence, Verdict
from hitl.domain.rollouts.plan import Plan, parse_plan
from hitl.domain.rollouts.strategies import STRATEGIES
from hitl.models import Rollout, Workflow
from hitl.services.rollouts import moving
from hitl.services.rollouts.counting import evidence_of


class ArmRead(msgspec.Struct, frozen=True):
    """One version's cases that people have judged, and the share of wrong ones with its 95 %
    interval; null while there are none."""

    version: str
    judged: int
    errors: int
    error: float | None
    low: float | None
    high: float | None


class VerdictRead(msgspec.Struct, frozen=True):
    """What is shown: better, worse, not_worse or not_enough. Strengths of evidence, 1 for none;
    what they need to reach."""

    state: str
    for_better: float
    for_worse: float
    for_not_worse: float
    needed: float
    needed_for_worse: float


class RolloutRead(msgspec.Struct, frozen=True):
    """A rollout. state: running, paused, promoted, aborted. due: what is done next: hold, step,
    promote, abort, or ask, where a person has to; '' once it has ended. step: from 0. of_step: the
    challenger's judged cases since the step began. said: why it ended."""

    id: UUID
    strategy: str
    state: str
    champion: ArmRead
    challenger: ArmRead
    plan: Plan
    step: int
    steps: int
    share: float
    stepped: datetime
    of_step: int
    due: str
    judgement: str
    errors: VerdictRead
    failures: VerdictRead
    slowness: VerdictRead
    answers: int
    failed: int
    slow: int
    won: int
    lost: int
    by: str
    reason: str
    opened: datetime
    closed: datetime | None
    said: str


def listing(workflow: Workflow, *, most: int = 100) -> list[Rollout]:
    """The newest rollouts of a workflow."""
    rows = workflow.rollouts.select_related(
        "workflow", "champion__model", "challenger__model", "by"
    )
    return list(rows.order_by("-opened", "-pk")[:most])


def live(workflow: Workflow) -> Rollout | None:
    """The one that is under way."""
    return next((row for row in listing(workflow, most=1) if row.closed is None), None)


def told(row: Rollout, now: datetime | None = None) -> RolloutRead:
    """A rollout with its numbers as they are now."""
    now = now or datetime.now(UTC)
    strategy, plan, seen = STRATEGIES[row.strategy], parse_plan(row.plan), evidence_of(row)
    found = moving.standing(row, now).judgement
    is_live = row.closed is None
    return RolloutRead(
        id=row.pk,
        strategy=row.strategy,
        state=row.state,
        champion=_arm(str(row.champion), seen.champion_judged, seen.champion_errors),
        challenger=_arm(str(row.challenger), seen.challenger_judged, seen.challenger_errors),
        plan=plan,
        step=row.step,
        steps=len(plan.steps) if strategy.steps else 0,
        share=strategy.share(plan, row.step) if is_live else 0.0,
        stepped=row.stepped,
        due=moving.due(row, now) if is_live else "",
        judgement=found.state,
        errors=_verdict(found.errors),
        failures=_verdict(found.failures),
        slowness=_verdict(found.slowness),
        by=row.by.get_username() if row.by else "",
        reason=row.reason,
        opened=row.opened,
        closed=row.closed,
        said=row.said,
        **_counts(seen),
    )


def _counts(seen: Evidence) -> dict[str, Any]:
    return {
        "of_step": seen.of_step,
        "answers": seen.answers,
        "failed": seen.failed,
        "slow": seen.late,
        "won": seen.won,
        "lost": seen.lost,
    }


def _arm(version: str, judged: int, errors: int) -> ArmRead:
    if not judged:
        return ArmRead(version, 0, 0, None, None, None)
    return ArmRead(version, judged, errors, errors / judged, *wilson(errors, judged))


def _verdict(found: Verdict) -> VerdictRead:
    return VerdictRead(
        state=found.state,
        for_better=found.for_better,
        for_worse=found.for_worse,
        for_not_worse=found.for_not_worse,
        needed=found.needed,
        needed_for_worse=found.needed_for_worse,
    )


def ramp(row: Rollout) -> Iterator[tuple[datetime, float]]:
    """The challenger's share over time, as the revisions say: when it changed, and to what."""
    rows = row.workflow.revisions.filter(at__gte=row.opened, cause__in=("rollout", "return"))
    if row.closed is not None:
        rows = rows.filter(at__lte=row.closed)
    for at, challenger, share in rows.order_by("no").values_list("at", "challenger_id", "share"):
        yield at, share if challenger == row.challenger_id else 0.0
