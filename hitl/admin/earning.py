"""The page of a workflow's evidence, and the two numbers of its target."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from hitl.admin import earned
from hitl.admin.changes import Asked, confirm, room_of
from hitl.admin.rights import person
from hitl.admin.wording import dial
from hitl.domain.evidence.estimates import LEAST
from hitl.domain.levels import LEVELS
from hitl.domain.policy import parse_policy
from hitl.domain.roles import Verb
from hitl.forms.targets import TargetForm
from hitl.models import Revision, Workflow
from hitl.services import access, workflows
from hitl.services.evidence import reading
from hitl.services.evidence.reading import Evidence


def page_of(workflow: Workflow) -> str:
    return reverse("admin:hitl_workflow_evidence", args=[workflow.pk])


def show(request: HttpRequest, workflow: Workflow, page: Mapping[str, Any]) -> HttpResponse:
    """Where the model stands."""
    current = workflows.in_force(workflow)
    form = TargetForm(initial=TargetForm.shown(parse_policy(current.policy)))
    return _shown(request, workflow, current, form, page)


def _shown(
    request: HttpRequest,
    workflow: Workflow,
    current: Revision,
    form: TargetForm,
    page: Mapping[str, Any],
) -> HttpResponse:
    found = reading.evidence(workflow)
    context = {
        **page,
        "title": "Evidence",
        "current": current,
        "level": LEVELS[current.level],
        "room": room_of(workflow),
        "form": form,
        "e": found,
        "lead": earned.lead(found).replace(" %", "\N{NO-BREAK SPACE}%"),
        "notes": earned.notes(found),
        "audits": earned.audits(found),
        "gauge": earned.gauge(found),
        "table": earned.table(found),
        "growth": earned.growth(found),
        "counted": earned.counted(found),
        "automates": LEVELS[current.level].automates != "none" and not current.stopped,
        "audit_share": dial(found.audit_share),
        "sure": dial(found.goal.measured_confidence),
        "least": LEAST,
        "drawn": drawn(found),
        "may_operate": access.may(request.user, Verb.OPERATE, workflow.pk),
    }
    return TemplateResponse(request, "hitl/evidence.html", context)


def drawn(found: Evidence) -> dict[str, Any]:
    """What the charts draw."""
    return {
        "target": found.goal.measured,
        "live": found.live,
        "coverage": found.coverage,
        "thresholds": [asdict(row) for row in found.thresholds],
        "days": [asdict(day) for day in found.over_time],
        "needed": found.over_time_needed,
        "least": LEAST,
    }


def target(request: HttpRequest, workflow: Workflow, page: Mapping[str, Any]) -> HttpResponse:
    """Another target: its effect, and the reason. The other dials stay."""
    if request.method != "POST":
        return HttpResponseRedirect(page_of(workflow))
    current, form = workflows.in_force(workflow), TargetForm(request.POST)
    if not form.is_valid():
        return _shown(request, workflow, current, form, page)
    before = parse_policy(current.policy)
    rule = form.rule(before)
    after = parse_policy({**current.policy, "threshold": rule})
    if after == before:
        messages.info(request, "The target is that already.")
        return HttpResponseRedirect(page_of(workflow))

    def apply(reason: str, seen: int | None) -> Revision:
        dials = {"threshold": rule}
        return workflows.change(
            workflow, by=person(request), reason=reason, policy=dials, seen=seen
        )

    asked = Asked(
        title="Change the target?",
        button="Change the target",
        terms=replace(workflows.terms(current), policy=msgspec.to_builtins(after)),
        hidden={**{name: form.cleaned_data[name] for name in form.fields}, "confirmed": 1},
        apply=apply,
    )
    ready = "confirmed" in request.POST
    return confirm(request, workflow, current, asked, page, ready=ready)
