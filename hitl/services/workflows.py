"""Workflows and their revisions. Every change appends one; `append` is the only writer."""

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F

from hitl.domain.bounds import refuse_above_cap, refuse_idle_override
from hitl.domain.levels import LEVELS
from hitl.domain.policy import parse_policy
from hitl.domain.roles import Role, Verb
from hitl.models import Epoch, Revision, Workflow
from hitl.services import access
from hitl.services.refitting import refit
from hitl.services.terms import Terms as Terms
from hitl.services.terms import bounded, redefines, refuse_alone
from hitl.services.terms import terms as terms
from models_registry.domain.errors import Busy, Conflict, Invalid, Missing
from models_registry.domain.schemas import InputSchema
from models_registry.domain.task_types import TASK_TYPES, TaskType
from models_registry.models import ModelVersion, RegisteredModel

log = logging.getLogger(__name__)
TRIES = 5
ROLLOUT_FIRST = "A rollout is under way: abort or promote it first."


def find(slug: str) -> Workflow:
    workflow = Workflow.objects.filter(slug=slug).first()
    if workflow is None:
        raise Missing(f"There is no workflow {slug!r}.")
    return workflow


def in_force(workflow: Workflow) -> Revision:
    """The newest revision, whatever this object has read before."""
    rows = workflow.revisions.select_related("champion__model", "challenger__model", "by")
    return rows.order_by("-no")[0]


def all_in_force(workflow_ids: Iterable[UUID]) -> list[Revision]:
    """The revisions in force of these workflows, by slug, in one read."""
    rows = Revision.objects.filter(workflow__in=list(workflow_ids), no=F("workflow__revision_no"))
    return list(rows.select_related("workflow", "champion__model", "by").order_by("workflow__slug"))


def create(
    *,
    slug: str,
    title: str,
    task_type: str,
    schema: Mapping[str, Any],
    answer: Mapping[str, Any],
    level: str = "human_only",
    policy: Mapping[str, Any] | None = None,
    model: str = "",
    by: User | None = None,
    reason: str = "created",
) -> Workflow:
    """A new workflow with its first revision. Whoever creates it may operate it."""
    task = TASK_TYPES.get(task_type, "/task_type")
    LEVELS.get(level, "/level")
    answer = task.check(answer)
    InputSchema(schema)
    registered, version = _champion(model, task_type, answer)
    dials = _checked(policy or {}, task, answer)
    refuse_above_cap("", level, parse_policy(dials))
    first = Terms(
        level=level,
        stopped=False,
        policy=dials,
        schema=schema,
        answer=answer,
        champion=version.pk if version else None,
        challenger=None,
        share=0.0,
        thresholds={},
    )
    try:
        with transaction.atomic():
            workflow = Workflow.objects.create(
                slug=slug, title=title or slug, task_type=task_type, model=registered
            )
            _write(workflow, 1, first, by=by, reason=reason, cause="person")
            if by is not None and not access.may(by, Verb.OPERATE, workflow.pk):
                access.join(by, [Role.OPERATOR], workflow)  # who makes one can also work with it
    except IntegrityError as error:
        if Workflow.objects.filter(slug=slug).exists():
            raise Conflict(f"The name {slug!r} is taken.") from error
        raise Conflict(f"The model {model!r} serves another workflow.") from error
    return workflow


def append(
    workflow: Workflow,
    change: Callable[[Terms], Terms],
    *,
    by: User | None,
    reason: str,
    cause: str = "person",
    seen: int | None = None,
    always: bool = False,
) -> Revision:
    """Appends the revision that `change` makes of the one in force, if that changes anything (or
    `always`, for what is changed beside the terms). `change` is relative: whoever
    loses a race reads again and applies it to the winner's terms; but whoever says which revision
    they had `seen` gets a Conflict if another is in force."""
    for _ in range(TRIES):
        current = in_force(workflow)
        if seen is not None and current.no != seen:
            raise Conflict(f"Revision {current.no} came in after the {seen} that was seen.")
        changed = bounded(terms(current), change(terms(current)))
        if changed == terms(current) and not always:
            return current
        with suppress(IntegrityError), transaction.atomic():
            if _put_in_force(workflow, current, changed):
                return _write(workflow, current.no + 1, changed, by=by, reason=reason, cause=cause)
        log.info("revision race workflow=%s no=%s", workflow.slug, current.no + 1)
    raise Busy("Others change this workflow at the same time. Try again.")


def _put_in_force(workflow: Workflow, current: Revision, changed: Terms) -> bool:
    """Moves the workflow on from `current`, with what has to change with it: where an answer means
    something else, evidence begins anew. False if another revision came in between. Locks epochs
    before the workflow, as certifying does."""
    ended = Epoch.objects.none()
    if redefines(terms(current), changed):
        ended = Epoch.objects.filter(workflow=workflow, closed__isnull=True)
        ended = ended.filter(pk__in=list(ended.select_for_update().values_list("pk", flat=True)))
    mine = Workflow.objects.filter(pk=workflow.pk, revision_no=current.no)
    if not mine.update(revision_no=current.no + 1):
        return False
    ended.update(closed=datetime.now(UTC))
    if changed.policy != current.policy:
        refit(workflow, parse_policy(current.policy), parse_policy(changed.policy))
    return True


def set_level(
    workflow: Workflow,
    level: str,
    *,
    by: User | None,
    reason: str,
    seen: int | None = None,
    override: bool = False,
    cause: str = "person",
) -> Revision:
    """Another level, at once. `override`: the highest level under a target decides every case,
    certified or not, until the level is set without it."""
    LEVELS.get(level, "/level")

    def apply(t: Terms) -> Terms:
        if override:
            refuse_idle_override(level, parse_policy(t.policy))
        return replace(t, level=level, override=override)

    return append(workflow, apply, by=by, reason=said(reason), seen=seen, cause=cause)


def set_stop(
    workflow: Workflow, *, stopped: bool, by: User | None, reason: str, seen: int | None = None
) -> Revision:
    return append(
        workflow, lambda t: replace(t, stopped=stopped), by=by, reason=said(reason), seen=seen
    )


def change(
    workflow: Workflow,
    *,
    by: User | None,
    reason: str,
    policy: Mapping[str, Any] | None = None,
    schema: Mapping[str, Any] | None = None,
    answer: Mapping[str, Any] | None = None,
    model: str | None = None,
    title: str | None = None,
    seen: int | None = None,
) -> Revision:
    """Changes what is given. A policy is merged into the one in force, dial by dial."""
    task = TASK_TYPES[workflow.task_type]
    if schema is not None:
        InputSchema(schema)
    checked = None if answer is None else task.check(answer)

    def apply(t: Terms) -> Terms:
        if policy is not None:
            refuse_alone(t.policy, policy, by)
            t = replace(t, policy=_checked({**t.policy, **policy}, task, checked or t.answer))
        if schema is not None:
            t = replace(t, schema=schema)
        if checked is not None:
            if t.challenger is not None:
                raise Conflict(ROLLOUT_FIRST)
            t = replace(t, answer=checked, policy=_checked(t.policy, task, checked))
        if model is not None:
            if t.challenger is not None:
                raise Conflict(ROLLOUT_FIRST)
            _, version = _champion(model, workflow.task_type, t.answer)
            t = replace(t, champion=version.pk if version else None)
        elif checked is not None and t.champion:
            _refuse_misfit(ModelVersion.objects.get(pk=t.champion), workflow.task_type, checked)
        return t

    reason = said(reason)
    with transaction.atomic():
        renamed = bool(title) and title != workflow.title
        if renamed:
            Workflow.objects.filter(pk=workflow.pk).update(title=title)
            reason = f"Renamed from {workflow.title!r} to {title!r}: {reason}"
        if model is not None:
            _serve(workflow, model)
        return append(workflow, apply, by=by, reason=reason, seen=seen, always=renamed)


def check_answer(workflow: Workflow, answer: object) -> dict[str, Any]:
    """An answer definition as a change would store it; Invalid if it cannot be used, or does not
    go with the model or with the default answer in force."""
    task, current = TASK_TYPES[workflow.task_type], in_force(workflow)
    checked = task.check(answer)
    _checked(current.policy, task, checked)
    if current.champion:
        _refuse_misfit(current.champion, workflow.task_type, checked)
    return checked


def _serve(workflow: Workflow, model: str) -> None:
    registered = RegisteredModel.objects.filter(name=model).first() if model else None
    try:
        with transaction.atomic():
            Workflow.objects.filter(pk=workflow.pk).update(model=registered)
    except IntegrityError as error:
        raise Conflict(f"The model {model!r} serves another workflow.") from error


def _champion(
    model: str, task_type: str, answer: Mapping[str, Any]
) -> tuple[RegisteredModel | None, ModelVersion | None]:
    """The named model and its newest version; (None, None) for no model."""
    if not model:
        return None, None
    registered = RegisteredModel.objects.filter(name=model).first()
    version = registered.versions.order_by("-number").first() if registered else None
    if registered is None or version is None:
        raise Invalid.at("/model", f"There is no model {model!r} with a version.")
    _refuse_misfit(version, task_type, answer)
    return registered, version


def _refuse_misfit(version: ModelVersion, task_type: str, answer: Mapping[str, Any]) -> None:
    misfit = TASK_TYPES[task_type].fits(answer, version.classes)
    if misfit:
        raise Invalid.at("/model", f"{version} does not fit: {misfit}")


def said(reason: str) -> str:
    if not reason.strip():
        raise Invalid.at("/reason", "Say why, for those who read the revisions.")
    return reason.strip()


def _checked(given: Mapping[str, Any], task: TaskType, answer: Mapping[str, Any]) -> dict[str, Any]:
    """A policy as it is stored; its default answer must be one of the workflow's answers."""
    built: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(parse_policy(given)))
    if built["safe_default"] is not None:
        value = task.normalise(answer, built["safe_default"], "/policy/safe_default")
        built["safe_default"] = value
    return built


def _write(
    workflow: Workflow, no: int, t: Terms, *, by: User | None, reason: str, cause: str
) -> Revision:
    return Revision.objects.create(
        workflow=workflow,
        no=no,
        level=t.level,
        stopped=t.stopped,
        policy=t.policy,
        schema=t.schema,
        answer=t.answer,
        champion_id=t.champion,
        challenger_id=t.challenger,
        share=t.share,
        thresholds=t.thresholds,
        more_audits=t.more_audits,
        override=t.override,
        by=by,
        reason=reason,
        cause=cause,
    )
