"""Writing a workflow's guidelines: a text with its preview, and what every version changed."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from hitl.admin.changes import room_of
from hitl.admin.control_room import number
from hitl.admin.rights import person
from hitl.domain.roles import Verb
from hitl.forms import blame
from hitl.forms.guidelines import GuidelinesForm
from hitl.models import Guideline, Workflow
from hitl.services import access, guidelines
from models_registry.domain.errors import DomainError

PAGE = 50  # versions shown at once
AROUND = 2  # lines that did not change, around those that did
SIGNS = {"+": "added", "-": "removed", " ": "same", "@": "gap"}


class Line(NamedTuple):
    """A line of a comparison: what became of it, and its words."""

    what: str
    text: str


def write(request: HttpRequest, workflow: Workflow, page: Mapping[str, Any]) -> HttpResponse:
    """The text that holds, to be changed; posted, its preview, or a new version."""
    may_write = access.may(request.user, Verb.OPERATE, workflow.pk)
    last = guidelines.versions(workflow).first()
    if request.method != "POST":
        start = {"text": last.text if last else "", "seen": last.no if last else 0}
        return _shown(request, workflow, page, last, GuidelinesForm(initial=start), may_write)
    if not may_write:
        raise PermissionDenied
    form = GuidelinesForm(_over(request, last))
    if form.is_valid() and "write" in request.POST and _fresh(request, last):
        try:
            held = guidelines.write(workflow, form.cleaned_data["text"], person(request))
        except DomainError as error:
            blame(form, error, {"text": "text"})
        else:
            messages.success(request, _told(last, held))
            return HttpResponseRedirect(_at(workflow))
    return _shown(request, workflow, page, last, form, may_write)


def _fresh(request: HttpRequest, last: Guideline | None) -> bool:
    return number(request.POST.get("seen", "")) == (last.no if last else 0)


def _over(request: HttpRequest, last: Guideline | None) -> Any:
    """What was sent, to be written over what holds now: whoever reads of a newer version on the
    page that answers knows it."""
    given = request.POST.copy()
    given["seen"] = str(last.no if last else 0)
    return given


def _told(last: Guideline | None, held: Guideline | None) -> str:
    if held is None or (last is not None and held.no == last.no):
        return "Nothing was changed: the text is the same."
    if not held.text:
        return f"Version {held.no} is empty: no guidelines are shown any more."
    return f"Version {held.no} is shown beside the cases from now on."


def _shown(
    request: HttpRequest,
    workflow: Workflow,
    page: Mapping[str, Any],
    last: Guideline | None,
    form: GuidelinesForm,
    may_write: bool,  # noqa: FBT001
) -> HttpResponse:
    text = str(form["text"].value() or "")
    before = number(request.GET.get("before", ""))
    found = guidelines.versions(workflow).defer("text")
    rows = list((found.filter(no__lt=before) if before else found)[: PAGE + 1])
    context = {
        **page,
        "title": "Guidelines",
        "form": form,
        "last": last,
        "may_write": may_write,
        "preview": guidelines.rendered(text) if text.strip() and not form.errors else "",
        "draft": form.is_bound,
        "stale": form.is_bound and "write" in request.POST and not _fresh(request, last),
        "lines": list(compared(last.text if last else "", text)) if form.is_bound else [],
        "versions": rows[:PAGE],
        "older": rows[PAGE - 1].no if len(rows) > PAGE else None,
        "room": room_of(workflow),
    }
    return TemplateResponse(request, "hitl/guidelines.html", context)


def version(request: HttpRequest, workflow: Workflow, page: Mapping[str, Any]) -> HttpResponse:
    """One version: what it changed, and how it reads."""
    rows = guidelines.versions(workflow)
    row = rows.filter(no=number(request.GET.get("no", "")) or 0).first()
    if row is None:
        raise Http404("There is no such version for you.")
    before = rows.filter(no=row.no - 1).first()
    context = {
        **page,
        "title": f"Guidelines, version {row.no}",
        "row": row,
        "before": before,
        "html": guidelines.rendered(row.text),
        "lines": list(compared(before.text if before else "", row.text)),
        "back": _at(workflow),
    }
    return TemplateResponse(request, "hitl/guideline.html", context)


def compared(before: str, after: str) -> Iterator[Line]:
    """What changed between two texts, line by line, with a little of what did not."""
    old, new = before.splitlines(), after.splitlines()
    found = difflib.unified_diff(old, new, lineterm="", n=AROUND)
    for nth, line in enumerate(list(found)[2:]):  # the first two name files
        what = SIGNS[line[0]]
        if what != "gap":
            yield Line(what, line[1:])
        elif nth:
            yield Line(what, "")


def _at(workflow: Workflow) -> str:
    return reverse("admin:hitl_workflow_guidelines", args=[workflow.pk])
