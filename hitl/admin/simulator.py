"""What if: other terms over the cases of the last weeks, beside the present ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from hitl.admin.earned import cases
from hitl.admin.wording import Figure, percent
from hitl.domain.evidence.estimates import Estimate
from hitl.domain.policy import parse_policy
from hitl.forms import blame
from hitl.forms.simulations import SimulationForm
from hitl.models import Workflow
from hitl.services.evidence.limits import limits
from hitl.services.evidence.simulating import Outcome, Simulated, simulate
from hitl.services.workflows import in_force
from models_registry.domain.errors import DomainError

UNKNOWN = "not enough data"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure under the present and the other terms; `change` is the difference, '' for none."""

    label: str
    now: Figure
    then: Figure
    change: str = ""


def what_if(request: HttpRequest, workflow: Workflow, page: Mapping[str, Any]) -> HttpResponse:
    """The form, and below it the result once something was asked."""
    present = parse_policy(in_force(workflow).policy)
    form = SimulationForm(request.GET or None, present=present)
    found = _found(workflow, form) if form.is_bound and form.is_valid() else None
    context = {
        **page,
        "title": "What if",
        "form": form,
        "found": found,
        "rows": rows(found) if found else [],
        "effects": _effects(found) if found else [],
        "limits": limits(found) if found else [],
        "room": reverse("admin:hitl_workflow_change", args=[workflow.pk]),
    }
    return TemplateResponse(request, "hitl/simulator.html", context)


def _found(workflow: Workflow, form: SimulationForm) -> Simulated | None:
    """The result; None after a refusal was put beside its field."""
    try:
        return simulate(workflow, form.asked(), form.weeks_asked(), datetime.now(UTC))
    except DomainError as error:
        blame(form, error, {name: name for name in form.fields})
    return None


def rows(found: Simulated) -> list[Row]:
    """The figures side by side."""
    now, then = found.now, found.then
    return [
        Row("Decided by the model, over the time", _automated(now), _automated(then)),
        Row("Decided by the model, from here on", _rate(now), _rate(then), _points(now, then)),
        Row("Wrong among these", _error(now), _error(then)),
        Row("Cases for people, over the time", _referred(now), _referred(then)),
        Row("Reviewing a day", _hours(now), _hours(then), _difference(now, then, "hours", "h")),
        Row("People needed", _people(now), _people(then), _difference(now, then, "people", "")),
        Row(f"Mean wait with {found.people or 'as many'} people", _wait(now), _wait(then)),
    ]


def _automated(one: Outcome) -> Figure:
    if not one.enough:
        return Figure("", UNKNOWN, known=False)
    return Figure("", f"{one.course.automated:,}", f"of {one.course.cases:,} cases")


def _rate(one: Outcome) -> Figure:
    if not one.enough or one.automated is None:
        return Figure("", UNKNOWN, known=False)
    return Figure("", percent(one.automated))


def _error(one: Outcome) -> Figure:
    found: Estimate = one.course.error
    if not one.course.automated:
        return Figure("", "none is automated")
    if found.value is None or not found.is_enough:
        return Figure("", UNKNOWN, known=False)
    low, high = 100 * found.low, 100 * found.high
    return Figure("", percent(found.value), f"{low:.1f}–{high:.1f} %, n {found.cases:,}")


def _referred(one: Outcome) -> Figure:
    if not one.enough:
        return Figure("", UNKNOWN, known=False)
    return Figure("", f"{one.course.referred:,}", f"and {cases(one.course.audited, 'audit')}")


def _hours(one: Outcome) -> Figure:
    if one.staffing is None:
        return Figure("", UNKNOWN, known=False)
    staff = one.staffing
    return Figure("", f"{staff.hours:.1f} h", f"{staff.low:.1f}–{staff.high:.1f} h")


def _people(one: Outcome) -> Figure:
    if one.staffing is None:
        return Figure("", UNKNOWN, known=False)
    return Figure("", f"{one.staffing.people:,}", f"{one.staffing.at_once:,} at the same time")


def _wait(one: Outcome) -> Figure:
    if one.staffing is None:
        return Figure("", UNKNOWN, known=False)
    return Figure("", "grows without end" if one.wait is None else f"{one.wait:.1f} min")


def _points(now: Outcome, then: Outcome) -> str:
    if not (now.enough and then.enough) or now.automated is None or then.automated is None:
        return ""
    return _signed(100 * (then.automated - now.automated), "points")


def _difference(now: Outcome, then: Outcome, name: str, unit: str) -> str:
    if now.staffing is None or then.staffing is None:
        return ""
    return _signed(getattr(then.staffing, name) - getattr(now.staffing, name), unit)


def _signed(value: float, unit: str) -> str:
    shown = f"{value:+d}" if isinstance(value, int) else f"{value:+.1f}"
    return f"{shown} {unit}".strip().replace("-", "\N{MINUS SIGN}")


def _effects(found: Simulated) -> list[tuple[str, str, str, str]]:
    """Each dial moved by itself: automation, hours, people."""
    now = found.now
    return [
        (
            one.dial.replace("_", " "),
            _points(now, one.outcome) or UNKNOWN,
            _difference(now, one.outcome, "hours", "h") or UNKNOWN,
            _difference(now, one.outcome, "people", "") or UNKNOWN,
        )
        for one in found.effects
    ]
