"""Ending a rollout: all traffic to the challenger, or back to the champion, in one revision."""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from hitl.domain.rollouts.strategies import STRATEGIES
from hitl.models import Revision, Rollout, Workflow
from hitl.services import workflows
from models_registry.domain.errors import Conflict, Invalid, Missing
from models_registry.models import ModelVersion

log = logging.getLogger(__name__)
State = Rollout.State


def find(workflow: Workflow, rollout_id: UUID) -> Rollout:
    """One rollout of this workflow, live or not."""
    found = Rollout.objects.filter(workflow=workflow, pk=rollout_id)
    row = found.select_related("workflow", "challenger__model", "champion__model", "by").first()
    if row is None:
        raise Missing("There is no such rollout here.")
    return row


def locked(rollout_id: UUID) -> Rollout:
    """The rollout, for this transaction alone; Conflict if it has ended."""
    rows = Rollout.objects.select_for_update(of=("self",))
    row = rows.select_related("workflow", "challenger__model", "champion__model").get(pk=rollout_id)
    if row.closed is not None:
        raise Conflict(f"This rollout was {row.get_state_display().lower()} already.")
    return row


@transaction.atomic
def promote(
    rollout_id: UUID,
    *,
    by: User | None,
    reason: str,
    seen: int | None = None,
    now: datetime | None = None,
) -> Rollout:
    """The challenger answers everything. The version it replaces stays loaded where it was."""
    row = locked(rollout_id)

    def move(t: workflows.Terms) -> workflows.Terms:
        if t.challenger != row.challenger_id:
            raise Conflict("The challenger was taken out meanwhile.")
        return replace(t, champion=row.challenger_id, challenger=None, share=0.0)

    said = f"{row.challenger} replaces {row.champion}: {workflows.said(reason)}"
    workflows.append(row.workflow, move, by=by, reason=said, cause="rollout", seen=seen)
    return _close(row, State.PROMOTED, reason, now)


@transaction.atomic
def abort(
    rollout_id: UUID,
    *,
    by: User | None,
    reason: str,
    seen: int | None = None,
    now: datetime | None = None,
) -> Rollout:
    """The champion answers everything again, in every process from the next case on."""
    row = locked(rollout_id)
    said = f"{row.challenger} is taken back: {workflows.said(reason)}"
    workflows.append(row.workflow, without, by=by, reason=said, cause="rollout", seen=seen)
    return _close(row, State.ABORTED, reason, now)


def without(terms: workflows.Terms) -> workflows.Terms:
    """The terms without a challenger."""
    return replace(terms, challenger=None, share=0.0)


@transaction.atomic
def back(
    workflow: Workflow,
    *,
    by: User | None,
    reason: str,
    version: int | None = None,
    seen: int | None = None,
    now: datetime | None = None,
) -> Revision:
    """The version that answered before the one in force answers again, or the one named, if it has
    answered here before. A rollout under way ends: its champion is gone."""
    target = _returned(workflow, version)
    live = Rollout.objects.filter(workflow=workflow, closed__isnull=True)
    row = live.select_for_update(of=("self",)).first()
    if row is not None:
        _close(row, State.ABORTED, reason, now)

    def move(t: workflows.Terms) -> workflows.Terms:
        return replace(without(t), champion=target.pk)

    said = f"Back to {target}: {workflows.said(reason)}"
    return workflows.append(workflow, move, by=by, reason=said, cause="return", seen=seen)


def previous(workflow: Workflow, version: int | None = None) -> ModelVersion | None:
    """The version that answered before the one in force, or the one of this number if it has
    answered; None if there is none, or the workflow serves another model by now."""
    current = workflows.in_force(workflow)
    before = workflow.revisions.filter(champion__model=workflow.model_id)
    before = before.exclude(champion=current.champion_id)
    if version is not None:
        before = before.filter(champion__number=version)
    newest = before.select_related("champion__model").order_by("-no").first()
    return newest.champion if newest else None


def _returned(workflow: Workflow, version: int | None) -> ModelVersion:
    found = previous(workflow, version)
    if found is not None:
        return found
    if version is not None:
        raise Invalid.at("/version", f"Version {version} has not answered here before.")
    raise Conflict("No other version has answered here: there is none to return to.")


def taken_back(workflow_id: UUID, version_id: UUID, reason: str, now: datetime) -> bool:
    """Aborts the live rollout of this challenger, for what its own evidence shows. False if there
    is none."""
    live = Rollout.objects.filter(workflow=workflow_id, challenger=version_id, closed__isnull=True)
    rollout_id = live.values_list("pk", flat=True).first()
    if rollout_id is None:
        return False
    abort(rollout_id, by=None, reason=reason, now=now)
    return True


def _close(row: Rollout, state: Rollout.State, reason: str, now: datetime | None) -> Rollout:
    row.state, row.said, row.closed = state, reason.strip(), now or datetime.now(UTC)
    row.save(update_fields=["state", "said", "closed"])
    log.info("rollout %s workflow=%s strategy=%s", state, row.workflow_id, row.strategy)
    return row


def title_of(row: Rollout) -> str:
    """How people read what it does."""
    return STRATEGIES[row.strategy].title
