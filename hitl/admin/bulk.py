"""Waiting cases: which ones, many of them decided at once, what will happen, what happened."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from hitl.admin import saved
from hitl.admin.bulk_list import after_of, rows, ticks
from hitl.admin.changes import room_of
from hitl.admin.rights import person
from hitl.domain.cases import Kind
from hitl.forms import AnswerForm, DecideForm, FilterForm, blame
from hitl.forms.answers import Answers, as_text
from hitl.forms.bulk import due_before
from hitl.models import Referral, Revision, Workflow
from hitl.services import bulk, workflows
from hitl.services.bulk import COUNTED_TO, MOST, Preview
from models_registry.domain.errors import Conflict, DomainError, Missing

PAGE = 50  # cases on one page
FIELDS = {"value": "value", "filter/pool": "pool"}
BEGUN = Q(done__gt=0) | Q(kind=Kind.ADJUDICATE)  # people have said something about it already


def decide(request: HttpRequest, workflow: Workflow, page: Mapping[str, Any]) -> HttpResponse:
    """The list with its filters; posted, the confirmation; confirmed, the decision."""
    current = workflows.in_force(workflow)
    given = saved.offered(workflow, current)
    if request.method != "POST" or "more" in request.POST:
        form = FilterForm(request.POST or request.GET, **given)
        return _list(request, workflow, current, page, form, AnswerForm(**given))
    asked = AnswerForm(_pinned(request), **given)
    preview = _preview(workflow, asked) if asked.is_valid() else None
    if preview is None:
        return _list(request, workflow, current, page, FilterForm(request.POST, **given), asked)
    ready = "confirmed" in request.POST
    why = DecideForm(request.POST if ready else None)
    done = _decided(request, workflow, asked, why) if ready and why.is_valid() else None
    if done is not None:
        return HttpResponseRedirect(f"{_at(workflow, 'decided')}?bulk={done.id}")
    return _confirm(request, page, asked, preview, why)


def _pinned(request: HttpRequest) -> Any:
    """What was sent, about the cases that are there now: one that comes in while the
    confirmation is open is not decided by it."""
    given = request.POST.copy()
    if "confirmed" not in given and not given.get("opened_before"):
        now = datetime.now(UTC) + timedelta(milliseconds=1)  # what is cut off below
        given["opened_before"] = now.replace(tzinfo=None).isoformat(timespec="milliseconds")
    if "confirmed" not in given and given.get("due"):
        given["due_before"] = cast(datetime, due_before(str(given["due"]), None)).isoformat()
    return given


def _preview(workflow: Workflow, asked: AnswerForm) -> Preview | None:
    """What would happen; None after the refusal was put beside its field."""
    try:
        found = bulk.preview(workflow, asked.asked(), asked.cleaned_data["value"])
        if found.count:
            return found
        asked.add_error(None, "No open case matches any more; nothing was decided.")
    except DomainError as error:
        blame(asked, error, FIELDS)
    return None


def _decided(
    request: HttpRequest, workflow: Workflow, asked: AnswerForm, why: DecideForm
) -> bulk.Done | None:
    try:
        return bulk.decide(
            workflow,
            asked.asked(),
            value=asked.cleaned_data["value"],
            reason=why.cleaned_data["reason"],
            by=person(request),
        )
    except Conflict as error:  # somebody was first with the last of them
        why.add_error(None, error.detail)
    except DomainError as error:
        blame(why, error, {"reason": "reason"})
    return None


def _list(
    request: HttpRequest,
    workflow: Workflow,
    current: Revision,
    page: Mapping[str, Any],
    form: FilterForm,
    asked: AnswerForm,
) -> HttpResponse:
    wanted = form.asked() if form.is_valid() else None
    after = after_of(request)
    by = person(request)
    found = rows(workflow, current, wanted, after=after, limit=PAGE + 1, by=by) if wanted else []
    count = bulk.count(workflow, wanted, by=by) if wanted else 0
    shown, answers = found[:PAGE], Answers.of(workflow, current)
    context = {
        **page,
        "title": "Waiting cases",
        "filters": form,
        "form": asked,
        "rows": shown,
        "count": count,
        "counted": _counted(count),
        **ticks(request, workflow, shown),
        "after": after or "",
        "next": shown[-1].case_id if len(found) > PAGE else "",
        "latest": [(row, cases, answers.brief(row.value)) for row, cases in bulk.latest(workflow)],
        "room": room_of(workflow),
        **_ways(request, workflow, form),
    }
    return TemplateResponse(request, "hitl/bulk.html", context)


def _ways(request: HttpRequest, workflow: Workflow, form: FilterForm) -> dict[str, Any]:
    """The buttons above the list."""
    now_set = form.hidden()
    return {
        "quick": saved.quick(workflow, now_set),
        "saved": saved.own(request, workflow, now_set),
        "now_set": now_set if form.is_valid() else {},
    }


def _counted(count: int) -> str:
    return f"{count:,}" + (" or more" if count >= COUNTED_TO else "")


def _overridden(workflow: Workflow, asked: AnswerForm) -> int:
    """How many of them people have begun with, up to MOST: what they said is overridden."""
    wanted = asked.asked()
    begun: QuerySet[Referral] = bulk.matching(workflow, wanted).filter(BEGUN)
    cases = list(begun.values_list("case_id", flat=True)[:MOST])
    if not cases:
        return 0
    try:
        found = bulk.preview(workflow, replace(wanted, cases=cases), asked.cleaned_data["value"])
    except DomainError:  # none of them takes this answer: they are left to people
        return 0
    return found.count


def _confirm(
    request: HttpRequest,
    page: Mapping[str, Any],
    asked: AnswerForm,
    preview: Preview,
    why: DecideForm,
) -> HttpResponse:
    workflow, value = page["workflow"], asked.cleaned_data["value"]
    title = Answers.of(workflow, workflows.in_force(workflow)).brief(value)
    now, room = min(preview.count, MOST), room_of(workflow)
    overridden = _overridden(workflow, asked)
    context = {
        **page,
        "title": "Decide these cases?",
        "asked": asked,
        "hidden": {**asked.hidden(), "scope": asked.cleaned_data["scope"], "confirmed": 1}
        | {"value": as_text(value)},
        "answer": title,
        "now": now,
        "which": _which(asked, preview),
        "overridden": overridden,
        "said": {
            "now": f"{now:,}",
            "held": _counted(preview.held),
            "misfits": _counted(preview.misfits),
            "overridden": f"{overridden:,}",
        },
        "rest": _counted(preview.count) if preview.count > MOST else "",
        **{"preview": preview, "form": why, "room": room},
    }
    return TemplateResponse(request, "hitl/bulk_confirm.html", context)


def _which(asked: AnswerForm, preview: Preview) -> str:
    """Which cases are decided, in a sentence without its end."""
    ticked, n = len(set(asked.cleaned_data["case"])), min(preview.count, MOST)
    if ticked == n:
        return "The case that you ticked is" if n == 1 else f"The {n:,} cases that you ticked are"
    if ticked:
        return f"{n:,} of the {ticked:,} cases that you ticked {'is' if n == 1 else 'are'}"
    if preview.count > MOST:
        return f"Of all {_counted(preview.count)} cases that match, the first {n:,} are"
    return "The one case that matches is" if n == 1 else f"All {n:,} cases that match are"


def decided(request: HttpRequest, workflow: Workflow, page: Mapping[str, Any]) -> HttpResponse:
    """What a bulk decision did, and what is left of what it was about."""
    try:
        row, cases, left = bulk.result(workflow, UUID(request.GET.get("bulk", "")))
    except (ValueError, Missing) as error:
        raise Http404("There is no such bulk decision for you.") from error
    answers = Answers.of(workflow, workflows.in_force(workflow))
    context = {
        **page,
        "title": "Decided",
        "row": row,
        "answer": answers.brief(row.value),
        "cases": cases,
        "said": {"cases": f"{cases:,}"},
        "left": left,
        "counted": _counted(left),
        "again": _at(workflow, "bulk"),
        "room": room_of(workflow),
    }
    return TemplateResponse(request, "hitl/bulk_result.html", context)


def _at(workflow: Workflow, name: str) -> str:
    return reverse(f"admin:hitl_workflow_{name}", args=[workflow.pk])
