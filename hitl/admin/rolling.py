"""Rollouts in the panel: how one stands, starting one, and every way on and back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from hitl.admin import rolled
from hitl.admin.changes import Asked, confirm, room_of
from hitl.admin.rights import person
from hitl.domain.levels import LEVELS
from hitl.domain.roles import Verb
from hitl.domain.rollouts.plan import parse_plan
from hitl.domain.rollouts.strategies import STRATEGIES
from hitl.forms.reasons import blame
from hitl.forms.rollouts import RolloutForm
from hitl.models import Revision, Rollout, Workflow
from hitl.services import access, workflows
from hitl.services.rollouts import ending, moving, reading, starting
from hitl.services.workflows import Terms
from models_registry.domain.errors import Conflict, DomainError
from models_registry.models import ModelVersion


def page_of(workflow: Workflow) -> str:
    return reverse("admin:hitl_workflow_rollouts", args=[workflow.pk])


def show(request: HttpRequest, workflow: Workflow, page: Mapping[str, Any]) -> HttpResponse:
    """The rollout under way, or the last one, and those before."""
    form = RolloutForm(versions=_versions(workflow))
    return _shown(request, workflow, form, page)


def _shown(
    request: HttpRequest, workflow: Workflow, form: RolloutForm, page: Mapping[str, Any]
) -> HttpResponse:
    rows, current = reading.listing(workflow), workflows.in_force(workflow)
    newest = rows[0] if rows else None
    told = reading.told(newest) if newest else None
    before = ending.previous(workflow)
    context = {
        **page,
        "title": "Rollouts",
        "current": current,
        "level": LEVELS[current.level],
        "room": room_of(workflow),
        "told": told,
        "is_live": told is not None and told.closed is None,
        "lead": rolled.lead(told) if told else "",
        "notes": rolled.notes(told) if told else [],
        "arms": rolled.arms(told) if told else [],
        "gauges": rolled.gauges(told) if told else [],
        "is_paired": told is not None and STRATEGIES[told.strategy].silent,
        "line": rolled.line(list(reading.ramp(newest)), newest.closed) if newest else "",
        "verbs": [(verb, way.button) for verb, way in WAYS.items()] if told else [],
        "others": [reading.told(row) for row in rows[1:21]],
        "before": before,
        "form": form,
        "may_operate": access.may(request.user, Verb.OPERATE, workflow.pk),
        "may_start": bool(form.fields["version"].choices),  # type: ignore[attr-defined]
    }
    return TemplateResponse(request, "hitl/rollouts.html", context)


def _versions(workflow: Workflow) -> list[tuple[str, str]]:
    """The versions that could replace the champion, the newest first."""
    current = workflows.in_force(workflow)
    rows = ModelVersion.objects.filter(model=workflow.model_id)
    if current.champion_id is not None:
        rows = rows.exclude(pk=current.champion_id)
    found = rows.select_related("model").order_by("-number")[:100]
    return [(str(row.number), str(row)) for row in found]


def start(request: HttpRequest, workflow: Workflow, page: Mapping[str, Any]) -> HttpResponse:
    """A new rollout: first how, then the confirmation."""
    if request.method != "POST":
        return HttpResponseRedirect(page_of(workflow))
    form = RolloutForm(request.POST, versions=_versions(workflow))
    if not form.is_valid():
        return _shown(request, workflow, form, page)
    asked, current = form.asked(), workflows.in_force(workflow)
    try:
        plan = parse_plan(asked["plan"])
    except DomainError as error:
        blame(form, error, form.pointers())
        return _shown(request, workflow, form, page)
    version = ModelVersion.objects.select_related("model").get(
        model=workflow.model_id, number=asked["version"]
    )
    strategy = STRATEGIES[asked["strategy"]]

    def apply(reason: str, seen: int | None) -> Revision:
        starting.start(workflow, **asked, by=person(request), reason=reason, seen=seen)
        return workflows.in_force(workflow)

    terms = replace(workflows.terms(current), challenger=version.pk, share=strategy.share(plan, 0))
    change = Asked(
        title=f"Start a {strategy.title.lower()} rollout?",
        button="Start the rollout",
        terms=terms,
        hidden={name: request.POST.get(name, "") for name in form.fields} | {"confirmed": 1},
        apply=apply,
        notes=[strategy.promise],
    )
    return confirm(request, workflow, current, change, page, ready="confirmed" in request.POST)


@dataclass(frozen=True, slots=True)
class Way:
    """One thing a person may do with the rollout under way."""

    title: str
    button: str
    note: str
    do: Callable[..., Rollout]
    danger: bool = False


WAYS: Mapping[str, Way] = {
    "step": Way(
        "Take the next step?",
        "Take the next step",
        "The time and the judged cases of this step are not waited for.",
        moving.step,
    ),
    "promote": Way(
        "Promote the challenger?",
        "Promote the challenger",
        "It answers every case from the next one on, whatever the evidence says. The version it "
        "replaces stays loaded: one press brings it back.",
        ending.promote,
    ),
    "abort": Way(
        "Abort the rollout?",
        "Abort the rollout",
        "The champion answers every case from the next one on.",
        ending.abort,
        danger=True,
    ),
}


def act(request: HttpRequest, workflow: Workflow, page: Mapping[str, Any]) -> HttpResponse:
    """The next step, all traffic, or back; and the return to the version before."""
    given = request.POST if request.method == "POST" else request.GET
    verb, current = given.get("verb", ""), workflows.in_force(workflow)
    if verb == "return":
        return _return(request, workflow, current, page)
    row = reading.live(workflow)
    if verb not in WAYS or row is None:
        messages.info(request, "No rollout is under way." if row is None else "No such way.")
        return HttpResponseRedirect(page_of(workflow))
    way, rollout_id = WAYS[verb], row.pk

    def apply(reason: str, seen: int | None) -> Revision:
        way.do(rollout_id, by=person(request), reason=reason, seen=seen)
        return workflows.in_force(workflow)

    change = Asked(
        title=way.title,
        button=way.button,
        terms=_after(verb, row, workflows.terms(current)),
        hidden={"verb": verb},
        apply=apply,
        danger=way.danger,
        guarded=not way.danger,
        notes=[way.note],
    )
    return confirm(request, workflow, current, change, page)


def _after(verb: str, row: Rollout, terms: Terms) -> Terms:
    """The terms that this would bring."""
    strategy, plan = STRATEGIES[row.strategy], parse_plan(row.plan)
    if verb == "abort":
        return ending.without(terms)
    if verb == "step" and strategy.stage(plan, row.step + 1):
        return replace(terms, share=strategy.share(plan, row.step + 1))
    return replace(ending.without(terms), champion=row.challenger_id)


def _return(
    request: HttpRequest, workflow: Workflow, current: Revision, page: Mapping[str, Any]
) -> HttpResponse:
    target = ending.previous(workflow)
    if target is None:
        messages.info(request, "No other version has answered here.")
        return HttpResponseRedirect(page_of(workflow))

    def apply(reason: str, seen: int | None) -> Revision:
        by = person(request)
        return ending.back(workflow, by=by, reason=reason, version=target.number, seen=seen)

    change = Asked(
        title=f"Return to {target}?",
        button=f"Return to {target}",
        terms=replace(ending.without(workflows.terms(current)), champion=target.pk),
        hidden={"verb": "return"},
        apply=apply,
        danger=True,
        notes=["It answered before. A rollout that is under way ends."],
    )
    return confirm(request, workflow, current, change, page)


def hold(request: HttpRequest, workflow: Workflow) -> HttpResponse:
    """Pauses the rollout under way, or lets it go on."""
    row = reading.live(workflow)
    if request.method == "POST" and row is not None:
        try:
            turned = (moving.resume if row.state == Rollout.State.PAUSED else moving.pause)(row.pk)
            messages.success(request, f"The rollout is {turned.state}.")
        except Conflict as error:
            messages.info(request, error.detail)
    return HttpResponseRedirect(page_of(workflow))
