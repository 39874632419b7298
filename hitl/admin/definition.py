"""Changing what an answer of a workflow is: first the definition, then the confirmation."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from hitl.admin.changes import Asked, confirm, room_of
from hitl.admin.rights import person
from hitl.forms.reasons import in_words
from hitl.forms.workflows import DefinitionForm, example_of
from hitl.models import Revision, Workflow
from hitl.services import workflows
from hitl.services.terms import redefines
from models_registry.domain.errors import Invalid
from models_registry.domain.task_types import TASK_TYPES

KEPT = "Cases that came in before keep the answers they were asked with; new ones get the new ones."
AS_IT_IS = "The routing of new cases stays as it is."
ANEW = (
    "What was proven holds for the old answers: evidence begins anew, and under a target the model "
    "decides nothing until it is proven for the new ones."
)


def change(request: HttpRequest, workflow: Workflow, page: Mapping[str, Any]) -> HttpResponse:
    """To another answer definition, within the task type."""
    current = workflows.in_force(workflow)
    if request.method != "POST":
        form = DefinitionForm(initial={"answer": current.answer})
        return _shown(request, workflow, current, form, page)
    form = DefinitionForm(request.POST)
    checked = _checked(workflow, form) if form.is_valid() else None
    if checked is None:
        return _shown(request, workflow, current, form, page)
    if checked == current.answer:
        messages.info(request, "The answer definition is the same.")
        return HttpResponseRedirect(room_of(workflow))
    asked = _asked(request, workflow, current, checked)
    return confirm(request, workflow, current, asked, page, ready="confirmed" in request.POST)


def _checked(workflow: Workflow, form: DefinitionForm) -> dict[str, Any] | None:
    """The definition completed; None after the refusal was put beside it."""
    try:
        return workflows.check_answer(workflow, form.cleaned_data["answer"])
    except Invalid as error:
        for said in in_words(error, "/answer"):
            form.add_error("answer", said)
    return None


def _asked(
    request: HttpRequest, workflow: Workflow, current: Revision, checked: Mapping[str, Any]
) -> Asked:
    def apply(reason: str, seen: int | None) -> Revision:
        by = person(request)
        return workflows.change(workflow, by=by, reason=reason, answer=checked, seen=seen)

    before = workflows.terms(current)
    terms = replace(before, answer=checked)
    return Asked(
        title="Change the answers?",
        button="Change the answers",
        terms=terms,
        hidden={"answer": msgspec.json.encode(checked).decode(), "confirmed": 1},
        apply=apply,
        notes=[KEPT, ANEW if redefines(before, terms) else AS_IT_IS],
    )


def _shown(
    request: HttpRequest,
    workflow: Workflow,
    current: Revision,
    form: DefinitionForm,
    page: Mapping[str, Any],
) -> HttpResponse:
    context = {
        **page,
        "title": "Change the answers",
        "form": form,
        "seen": current.no,
        "task": TASK_TYPES[workflow.task_type].title,
        "example": example_of(workflow.task_type),
        "room": room_of(workflow),
    }
    return TemplateResponse(request, "hitl/definition.html", context)
