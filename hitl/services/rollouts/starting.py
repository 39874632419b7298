"""Starting a rollout: a version of the workflow's model becomes its challenger, by a revision."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from hitl.domain.levels import LEVELS
from hitl.domain.policy import Target, parse_policy
from hitl.domain.rollouts.judgement import Evidence
from hitl.domain.rollouts.plan import Plan, parse_plan
from hitl.domain.rollouts.strategies import STRATEGIES, Strategy
from hitl.models import Revision, Rollout, Workflow
from hitl.services import workflows
from models_registry.domain.errors import Conflict, Invalid
from models_registry.domain.task_types import TASK_TYPES
from models_registry.models import ModelVersion, new_id
from models_registry.runtimes import RUNTIMES


@transaction.atomic
def start(
    workflow: Workflow,
    *,
    version: int,
    strategy: str,
    plan: Mapping[str, Any] | None = None,
    by: User | None,
    reason: str,
    seen: int | None = None,
    now: datetime | None = None,
) -> Rollout:
    """A rollout of this version of the workflow's model. Conflict while another one is under way,
    and under a target for a canary whose challenger holds no certificate of its own."""
    chosen, dials = STRATEGIES.get(strategy, "/strategy"), parse_plan(plan or {})
    said, current = workflows.said(reason), workflows.in_force(workflow)
    champion = _champion(workflow, current)
    challenger = _challenger(workflow, current, version)
    _refuse(current, challenger, chosen, dials)
    at, first = now or datetime.now(UTC), new_id()
    try:
        with transaction.atomic():
            made = Rollout.objects.create(
                workflow=workflow,
                champion=champion,
                challenger=challenger,
                strategy=strategy,
                plan=msgspec.to_builtins(dials),
                evidence=msgspec.to_builtins(Evidence()),
                answered=first,
                judged=first,
                by=by,
                reason=said,
                opened=at,
                stepped=at,
            )
    except IntegrityError as error:
        raise Conflict(_under_way(workflow)) from error

    def begin(t: workflows.Terms) -> workflows.Terms:
        if t.champion != champion.pk:
            raise Conflict("Another version answers by now. Read the workflow again.")
        return replace(t, challenger=challenger.pk, share=chosen.share(dials, 0))

    text = f"{chosen.title} of {challenger} begins: {said}"
    workflows.append(workflow, begin, by=by, reason=text, cause="rollout", seen=seen)
    return made


def _champion(workflow: Workflow, current: Revision) -> ModelVersion:
    if current.champion is None or workflow.model_id is None:
        raise Invalid.at("/version", "The workflow has no model: give it one first.")
    return current.champion


def _challenger(workflow: Workflow, current: Revision, number: int) -> ModelVersion:
    found = ModelVersion.objects.filter(model=workflow.model_id, number=number)
    version = found.select_related("model").first()
    if version is None:
        raise Invalid.at("/version", f"The workflow's model has no version {number}.")
    if version.pk == current.champion_id:
        raise Invalid.at("/version", f"{version} answers already.")
    misfit = TASK_TYPES[workflow.task_type].fits(current.answer, version.classes)
    if misfit:
        raise Invalid.at("/version", f"{version} does not fit: {misfit}")
    return version


def _refuse(current: Revision, challenger: ModelVersion, strategy: Strategy, plan: Plan) -> None:
    """What this strategy cannot do here."""
    is_target = isinstance(parse_policy(current.policy).threshold, Target)
    if plan.goal == "certified" and not is_target:
        raise Invalid.at("/plan/goal", "Nothing is certified without a target: state one first.")
    if not (strategy.silent or strategy.counts):
        return
    if not LEVELS[current.level].asks_model:
        raise Conflict("At this automation level no model is asked: raise the level first.")
    if not RUNTIMES[challenger.runtime].answers:
        raise Invalid.at(
            "/strategy", "The client brings this model's predictions: only blue_green can move it."
        )
    if strategy.counts and current.champion and not RUNTIMES[current.champion.runtime].answers:
        raise Invalid.at(
            "/strategy", "The client asks the champion itself: use shadow, then blue_green."
        )
    if strategy.counts and is_target and str(challenger.pk) not in current.thresholds:
        raise Conflict(
            f"{challenger} holds no certificate yet. Under a target a canary starts from one: roll "
            "it out in shadow first; the same blind answers earn it there."
        )


def _under_way(workflow: Workflow) -> str:
    live = Rollout.objects.filter(workflow=workflow, closed__isnull=True)
    other = live.select_related("challenger__model").first()
    who = f"{STRATEGIES[other.strategy].title} of {other.challenger}" if other else "Another one"
    return f"{who} is under way: promote or abort it first."
