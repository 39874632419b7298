"""Filters of the list of waiting cases: quick ones, those that a person saved, and their links."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from hitl.admin.rights import person
from hitl.domain.policy import parse_policy
from hitl.forms import FilterForm
from hitl.forms.answers import Answers
from hitl.forms.bulk import due_before
from hitl.models import Revision, SavedFilter, Workflow
from hitl.services import bulk, filters, workflows
from hitl.services.bulk import Filter
from models_registry.domain.errors import DomainError

COUNTED = 1000  # waiting cases that a quick filter counts; beyond it only "or more" is told
QUICK = (("overdue", "Overdue"), ("soon", "Due within 4 hours"))


@dataclass(frozen=True, slots=True)
class Way:
    """A link to the list with filters set. `chosen`: just these are set now."""

    title: str
    href: str
    chosen: bool
    count: str = ""
    id: UUID | None = None


def at(workflow: Workflow, given: Mapping[str, str]) -> str:
    """The address of the list with these filters, to be shared."""
    where = reverse("admin:hitl_workflow_bulk", args=[workflow.pk])
    return f"{where}?{urlencode(given)}" if given else where


def offered(workflow: Workflow, current: Revision) -> dict[str, Any]:
    """What the forms of the list are made with."""
    names = [rule.name for rule in parse_policy(current.policy).pools]
    return {"pools": names, "answers": Answers.of(workflow, current)}


def quick(workflow: Workflow, now_set: Mapping[str, str]) -> list[Way]:
    """All, and what presses; these two with how many they are."""
    ways = [Way("All that wait", at(workflow, {}), not now_set)]
    for due, title in QUICK:
        n = bulk.count(workflow, Filter(due_before=due_before(due, None)), COUNTED)
        count = f"{n:,}" + (" or more" if n >= COUNTED else "")
        given = {"due": due}
        ways.append(Way(title, at(workflow, given), now_set == given, count))
    return ways


def own(request: HttpRequest, workflow: Workflow, now_set: Mapping[str, str]) -> list[Way]:
    """This person's filters."""
    rows: list[SavedFilter] = list(filters.listed(person(request), workflow))
    return [
        Way(row.name, at(workflow, row.filters), now_set == row.filters, id=row.pk) for row in rows
    ]


def keep(request: HttpRequest, workflow: Workflow) -> HttpResponse:
    """Saves the filters that are set under a name, or deletes some; then the list again."""
    if request.method != "POST":
        return HttpResponseRedirect(at(workflow, {}))
    form = FilterForm(request.POST, **offered(workflow, workflows.in_force(workflow)))
    given = {name: value for name, value in form.hidden().items() if name != "due_before"}
    try:
        if "delete" in request.POST:
            gone = filters.delete(person(request), workflow, _key(request.POST["delete"]))
            messages.success(request, f"The filters {gone!r} are deleted.")
        elif form.is_valid():
            name = request.POST.get("name", "")
            kept = filters.save(person(request), workflow, name, given)
            messages.success(request, f"The filters are saved as {kept.name!r}.")
        else:
            messages.error(request, "Nothing was saved: the filters cannot be read.")
    except DomainError as error:
        messages.error(request, error.detail)
    return HttpResponseRedirect(at(workflow, given))


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)  # nobody's
