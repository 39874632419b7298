"""Moving on: what the evidence calls for is done, by a revision; people pause, step and go on."""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from django.contrib.auth.models import User
from django.db import transaction
from msgspec.structs import replace as with_

from hitl.domain.rollouts.judgement import Judgement, State, judge
from hitl.domain.rollouts.plan import parse_plan
from hitl.domain.rollouts.strategies import STRATEGIES, Action, Standing
from hitl.models import Rollout
from hitl.services import workflows
from hitl.services.rollouts import ending
from hitl.services.rollouts.counting import count, evidence_of
from models_registry.domain.errors import Conflict

log = logging.getLogger(__name__)
RUNS = 100  # of one rollout at a time; the next round is seconds away
WORST = ("errors", "failures", "slowness")
WHY = {
    "errors": "people find it wrong more often than the champion",
    "failures": "it fails more often than is acceptable",
    "slowness": "it answers slowly more often than is acceptable",
}


def roll(now: datetime | None = None) -> int:
    """Brings every live rollout up to now; how many cases were counted. One that fails holds up no
    other."""
    counted = 0
    live = Rollout.objects.filter(closed__isnull=True).values_list("pk", flat=True)
    for rollout_id in list(live):
        try:
            counted += _bring(rollout_id, now)
        except Exception:
            log.exception("rollout failed id=%s", rollout_id)
    return counted


def _bring(rollout_id: UUID, now: datetime | None) -> int:
    counted = 0
    for _ in range(RUNS):
        some = count(rollout_id, now)
        counted += some
        if not some:
            break
    act(rollout_id, now)
    return counted


def standing(row: Rollout, now: datetime) -> Standing:
    """Where a rollout stands."""
    strategy, seen = STRATEGIES[row.strategy], evidence_of(row)
    thresholds = workflows.in_force(row.workflow).thresholds
    return Standing(
        step=row.step,
        since=now - row.stepped,
        judged=seen.of_step,
        judgement=judge(seen, is_paired=strategy.silent),
        certified=str(row.challenger_id) in thresholds,
    )


def due(row: Rollout, now: datetime) -> Action:
    """What would be done next if nothing held it."""
    return STRATEGIES[row.strategy].next(parse_plan(row.plan), standing(row, now))


@transaction.atomic
def act(rollout_id: UUID, now: datetime | None = None) -> Action:
    """Does what is due. A pause holds every step, but nothing that is worse."""
    now = now or datetime.now(UTC)
    try:
        row = ending.locked(rollout_id)
    except Conflict:
        return "hold"
    action = due(row, now)
    if action == "abort":
        ending.abort(row.pk, by=None, reason=_worse(standing(row, now).judgement), now=now)
    elif row.state == Rollout.State.PAUSED:
        return "hold"
    elif action == "step":
        _step(row, by=None, reason=_enough(row), now=now)
    elif action == "promote":
        ending.promote(row.pk, by=None, reason=_shown(standing(row, now).judgement), now=now)
    return action


@transaction.atomic
def step(
    rollout_id: UUID,
    *,
    by: User | None,
    reason: str,
    seen: int | None = None,
    now: datetime | None = None,
) -> Rollout:
    """A person takes the next step; from the last one all traffic moves."""
    row = ending.locked(rollout_id)
    strategy, plan = STRATEGIES[row.strategy], parse_plan(row.plan)
    if strategy.stage(plan, row.step + 1) is None:
        return ending.promote(rollout_id, by=by, reason=reason, seen=seen, now=now)
    return _step(row, by=by, reason=reason, seen=seen, now=now or datetime.now(UTC))


def _step(
    row: Rollout, *, by: User | None, reason: str, now: datetime, seen: int | None = None
) -> Rollout:
    plan = parse_plan(row.plan)
    share = STRATEGIES[row.strategy].share(plan, row.step + 1)

    def raised(t: workflows.Terms) -> workflows.Terms:
        if t.challenger != row.challenger_id:
            raise Conflict("The challenger was taken out meanwhile.")
        return replace(t, share=share)

    said = f"{row.challenger} answers {share:.4g} of the cases: {workflows.said(reason)}"
    workflows.append(row.workflow, raised, by=by, reason=said, cause="rollout", seen=seen)
    row.step, row.stepped = row.step + 1, now
    row.evidence = msgspec.to_builtins(with_(evidence_of(row), of_step=0))
    row.save(update_fields=["step", "stepped", "evidence"])
    return row


@transaction.atomic
def pause(rollout_id: UUID) -> Rollout:
    """No more steps by itself; the share stays, and what is worse is taken back all the same."""
    return _turn(rollout_id, Rollout.State.PAUSED)


@transaction.atomic
def resume(rollout_id: UUID) -> Rollout:
    """Steps by itself again."""
    return _turn(rollout_id, Rollout.State.RUNNING)


def _turn(rollout_id: UUID, state: Rollout.State) -> Rollout:
    row = ending.locked(rollout_id)
    row.state = state
    row.save(update_fields=["state"])
    return row


def _worse(judgement: Judgement) -> str:
    found = next(name for name in WORST if getattr(judgement, name).state is State.WORSE)
    verdict = getattr(judgement, found)
    strength, needed = verdict.for_worse, verdict.needed_for_worse
    return f"{WHY[found]} (evidence {strength:,.0f}, limit {needed:,.0f})."


def _enough(row: Rollout) -> str:
    return f"{evidence_of(row).of_step:,} of its cases were judged, and nothing speaks against it."


def _shown(judgement: Judgement) -> str:
    return f"its answers were shown to be {judgement.errors.state.value.replace('_', ' ')}."
