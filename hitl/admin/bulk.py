"""Decide many: which open cases, as what, what will happen, and what happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from hitl.admin.changes import answers_of, room_of
from hitl.admin.rights import person
from hitl.domain.policy import parse_policy
from hitl.domain.pools import pool_id
from hitl.forms import AnswerForm, DecideForm, FilterForm, blame
from hitl.models import Referral, Revision, Workflow
from hitl.services import bulk, workflows
from hitl.services.bulk import COUNTED_TO, MOST, Filter, Preview
from models_registry.domain.errors import Conflict, DomainError, Missing

PAGE = 50  # cases on one page
LONG = 120  # letters of an input that a row shows
FIELDS = {"value": "value", "filter/pool": "pool"}


@dataclass(frozen=True, slots=True)
class Row:
    """An open case in the list, without anything that the model said."""

    case_id: UUID
    reference: str
    pool: str
    opened: datetime
    input: str

    @property
    def name(self) -> str:
        """The client's reference, else the end of the id, in which ids of one moment differ."""
        return self.reference or f"…{str(self.case_id)[-8:]}"


def short(value: object, most: int = LONG) -> str:
    """An input in one line: texts as they are, long ones cut, arrays by their size."""
    said = _short(value)
    return said if len(said) <= most else f"{said[: most - 1]}…"


def _short(value: object) -> str:
    if isinstance(value, Mapping):
        some = ", ".join(f"{key}: {_short(part)}" for key, part in islice(value.items(), 20))
        return some or "empty"
    if isinstance(value, list) and value and isinstance(value[0], list):
        return f"{len(value)} × {len(value[0])} values"
    if isinstance(value, list):
        return f"{len(value)} values" if len(value) > 3 else ", ".join(map(_short, value))
    if value is None:
        return "nothing"
    return str(value)[: LONG * 2]


def decide(request: HttpRequest, workflow: Workflow, page: Mapping[str, Any]) -> HttpResponse:
    """The list with its filters; posted, the confirmation; confirmed, the decision."""
    current = workflows.in_force(workflow)
    names = [rule.name for rule in parse_policy(current.policy).pools]
    given: dict[str, Any] = {"pools": names, "answers": answers_of(workflow, current.answer)}
    if request.method != "POST":
        form = FilterForm(request.GET, **given)
        return _list(request, workflow, current, page, form, AnswerForm(**given))
    asked = AnswerForm(_pinned(request), **given)
    preview = _preview(workflow, asked) if asked.is_valid() else None
    if preview is None:
        return _list(request, workflow, current, page, FilterForm(asked.data, **given), asked)
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
        given["opened_before"] = datetime.now(UTC).isoformat()
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
    rows = _rows(workflow, current, wanted, request) if wanted else []
    count = bulk.count(workflow, wanted) if wanted else 0
    more = len(rows) > PAGE
    context = {
        **page,
        "title": "Decide many",
        "filters": form,
        "form": asked,
        "rows": rows[:PAGE],
        "count": count,
        "counted": _counted(count),
        "chosen": {str(case) for case in asked["case"].value() or ()} if asked.is_bound else (),
        "next": _next(request, rows[PAGE - 1].case_id) if more else "",
        "latest": bulk.latest(workflow),
        "room": room_of(workflow),
    }
    return TemplateResponse(request, "hitl/bulk.html", context)


def _counted(count: int) -> str:
    return f"{count:,}" + (" or more" if count >= COUNTED_TO else "")


def _next(request: HttpRequest, last: UUID) -> str:
    parameters = request.GET.copy()
    parameters["after"] = str(last)
    return f"?{parameters.urlencode()}"


def _rows(workflow: Workflow, current: Revision, wanted: Filter, request: HttpRequest) -> list[Row]:
    try:
        after = UUID(request.GET["after"]) if request.GET.get("after") else None
    except ValueError:
        after = None
    names = {pool_id(workflow.pk): "the workflow's own"}
    names |= {pool_id(workflow.pk, r.name): r.name for r in parse_policy(current.policy).pools}
    found = bulk.listing(workflow, wanted, after=after, limit=PAGE + 1, with_input=True)
    return [
        Row(
            referral.case_id,
            referral.case.reference,
            names.get(referral.pool, "another"),
            referral.opened,
            _input(referral),
        )
        for referral in found
    ]


def _input(referral: Referral) -> str:
    try:
        return short(referral.case.payload.input)
    except ObjectDoesNotExist:
        return "erased"


def _confirm(
    request: HttpRequest,
    page: Mapping[str, Any],
    asked: AnswerForm,
    preview: Preview,
    why: DecideForm,
) -> HttpResponse:
    title = dict(asked.fields["value"].choices)[asked.cleaned_data["value"]]  # type: ignore[attr-defined]  # a ChoiceField's
    now = min(preview.count, MOST)
    context = {
        **page,
        "title": "Decide these cases?",
        "asked": asked,
        "hidden": {**asked.hidden(), "scope": asked.cleaned_data["scope"], "confirmed": 1},
        "answer": title,
        "now": now,
        "said": {
            "now": f"{now:,}",
            "held": _counted(preview.held),
            "misfits": _counted(preview.misfits),
        },
        "rest": _counted(preview.count) if preview.count > MOST else "",
        "preview": preview,
        "form": why,
        "room": room_of(page["workflow"]),
    }
    return TemplateResponse(request, "hitl/bulk_confirm.html", context)


def decided(request: HttpRequest, workflow: Workflow, page: Mapping[str, Any]) -> HttpResponse:
    """What a bulk decision did, and what is left of what it was about."""
    try:
        row, cases, left = bulk.result(workflow, UUID(request.GET.get("bulk", "")))
    except (ValueError, Missing) as error:
        raise Http404("There is no such bulk decision for you.") from error
    answers = dict(answers_of(workflow, workflows.in_force(workflow).answer))
    context = {
        **page,
        "title": "Decided",
        "row": row,
        "answer": answers.get(row.value, row.value),
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
