"""Changing a workflow: every change is confirmed, with its effect in numbers and a reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from hitl.admin.control_room import Entry, came_in, number, who
from hitl.admin.dials import changes
from hitl.admin.rights import person
from hitl.admin.wording import basis, effects, named, target_note
from hitl.domain.bounds import refuse_above_cap
from hitl.domain.cases import ReferralState
from hitl.domain.levels import LEVELS
from hitl.domain.policy import Policy, parse_policy
from hitl.forms import PolicyForm, ReasonForm, blame
from hitl.forms.answers import Answers
from hitl.models import Proposal, Referral, Revision, Workflow
from hitl.services import workflows
from hitl.services.outlook import Outlook, outlook
from hitl.services.refitting import JUDGED_BY_ALL
from hitl.services.workflows import Terms
from models_registry.domain.errors import Conflict, DomainError
from models_registry.models import ModelVersion

Apply = Callable[[str, int | None], Revision | Proposal]
ROUTING = ("threshold", "audit_share", "blind_share")  # the dials that decide who gets a case


@dataclass(frozen=True, slots=True)
class Asked:
    """A change that somebody asks for.

    button: the verb with its object; hidden: what the confirmation sends again; apply: the
    service, called with the reason and the revision that was seen; guarded: whether it asks again
    when another revision came in. A stop does not: it only ever makes the machine do less, and
    whoever presses it must not be held up. form: the reason, and what else is asked with it.
    """

    title: str
    button: str
    terms: Terms
    hidden: Mapping[str, Any]
    apply: Apply
    danger: bool = False
    guarded: bool = True
    notes: list[str] = field(default_factory=list)
    form: type[ReasonForm] = ReasonForm


def room_of(workflow: Workflow) -> str:
    return reverse("admin:hitl_workflow_change", args=[workflow.pk])


def stop(request: HttpRequest, workflow: Workflow, page: Mapping[str, Any]) -> HttpResponse:
    """Stops automation, or ends a stop."""
    current = workflows.in_force(workflow)
    given = request.POST.get("stopped") if request.method == "POST" else None
    stopping = given == "1" if given in {"0", "1"} else not current.stopped
    if stopping == current.stopped:
        state = "stopped already" if stopping else "not stopped any more"
        messages.info(request, f"{workflow} is {state}: revision {current.no}, by {who(current)}.")
        return HttpResponseRedirect(room_of(workflow))

    def apply(reason: str, seen: int | None) -> Revision:
        by = person(request)
        return workflows.set_stop(workflow, stopped=stopping, by=by, reason=reason, seen=seen)

    asked = Asked(
        title="Stop automation?" if stopping else "End the stop?",
        button="Stop automation" if stopping else "End the stop",
        terms=replace(workflows.terms(current), stopped=stopping),
        hidden={"stopped": int(stopping)},
        apply=apply,
        danger=stopping,
        guarded=not stopping,
        notes=_stop_notes(current, stopping=stopping),
    )
    return confirm(request, workflow, current, asked, page)


def _stop_notes(current: Revision, *, stopping: bool) -> list[str]:
    if stopping:
        return [
            "From the next case on people decide everything, as at shadow. "
            "What was decided stays decided; who waits keeps waiting."
        ]
    return [f"Back to {named(LEVELS[current.level])}. {LEVELS[current.level].promise}"]


def policy(request: HttpRequest, workflow: Workflow, page: Mapping[str, Any]) -> HttpResponse:
    """The dials: first what to change, then the confirmation."""
    current = workflows.in_force(workflow)
    before, answers = parse_policy(current.policy), Answers.of(workflow, current)
    if request.method != "POST":
        form = PolicyForm(initial=PolicyForm.dials(before), answers=answers)
        return _dials(request, workflow, current, form, page)
    form = PolicyForm(request.POST, answers=answers)
    seen = seen_on(request, workflow) or current
    after = _after(form, current, seen)
    if after is None:
        return _dials(request, workflow, seen, form, page)
    if after == before:
        messages.info(request, "No dial was changed.")
        return HttpResponseRedirect(room_of(workflow))
    moved = form.changes(parse_policy(seen.policy))
    asked = _policy_change(request, workflow, current, moved, after)
    return confirm(request, workflow, current, asked, page, ready="confirmed" in request.POST)


def _after(form: PolicyForm, current: Revision, seen: Revision) -> Policy | None:
    """The policy in force with what was moved since it was seen; None after the refusal was put
    beside its field."""
    if not form.is_valid():
        return None
    try:
        moved = form.changes(parse_policy(seen.policy))
        after = parse_policy({**current.policy, **moved})
        refuse_above_cap(current.level, current.level, after)
        return after
    except DomainError as error:
        blame(form, error, form.pointers())
    return None


def _policy_change(
    request: HttpRequest,
    workflow: Workflow,
    current: Revision,
    moved: Mapping[str, Any],
    after: Policy,
) -> Asked:
    def apply(reason: str, seen: int | None) -> Revision:
        by = person(request)
        return workflows.change(workflow, by=by, reason=reason, policy=moved, seen=seen)

    same = "The routing of new cases stays as it is."
    return Asked(
        title="Change the policy?",
        button="Change the policy",
        terms=replace(workflows.terms(current), policy=msgspec.to_builtins(after)),
        hidden={**PolicyForm.dials(after), "confirmed": 1},
        apply=apply,
        notes=[
            *([] if any(dial in moved for dial in ROUTING) else [same]),
            *_for_people(workflow, parse_policy(current.policy), after),
        ],
    )


def _for_people(workflow: Workflow, before: Policy, after: Policy) -> list[str]:
    """What moved dials mean for who judges, in numbers where they can be had."""
    said = []
    n = after.reviews_required
    if n != before.reviews_required:
        waiting = _judged_by_all(workflow)
        if waiting:
            cases = "1 waiting case" if waiting == 1 else f"{waiting:,} waiting cases"
            who = f"{'' if waiting == 1 else 'each '}need {'1 person' if n == 1 else f'{n} people'}"
            said.append(f"{cases} will {who}. Who holds one now may finish it.")
        else:
            said.append("No case waits now; each new one for people needs that many.")
    if after.gold_share > before.gold_share or after.onboarding > before.onboarding:
        said.append("Known answers must exist: see Known answers.")
    return said


def _judged_by_all(workflow: Workflow) -> int:
    """Open referrals that as many people judge as the policy asks for."""
    waiting = Referral.objects.filter(case__workflow=workflow, state=ReferralState.OPEN)
    return waiting.filter(kind__in=JUDGED_BY_ALL, contested=False).count()


def seen_on(request: HttpRequest, workflow: Workflow) -> Revision | None:
    """The revision that was on the page one came from; None if it does not say so."""
    no = number(request.POST.get("seen") or request.GET.get("seen", ""))
    return workflow.revisions.filter(no=no).first() if no else None


def _dials(
    request: HttpRequest,
    workflow: Workflow,
    seen: Revision,
    form: PolicyForm,
    page: Mapping[str, Any],
) -> HttpResponse:
    context = {**page, "title": "Change the policy", "form": form, "seen": seen.no}
    context["room"] = room_of(workflow)
    return TemplateResponse(request, "hitl/policy.html", context)


def confirm(
    request: HttpRequest,
    workflow: Workflow,
    current: Revision,
    asked: Asked,
    page: Mapping[str, Any],
    *,
    ready: bool = True,
) -> HttpResponse:
    """Shows what will happen and asks for the reason; with one, on a page that is not outdated,
    does it. A Conflict with a revision that came in is the caller's: what was asked is to be
    computed anew. Any other refusal stands on the form."""
    known = seen_on(request, workflow)
    seen = known or current
    newer = came_in(workflow, seen.no)
    fresh = known is not None and not newer
    posted = request.method == "POST" and ready
    form = asked.form(request.POST if posted else None)
    if posted and form.is_valid() and (fresh or not asked.guarded):
        try:
            done = asked.apply(form.cleaned_data["reason"], seen.no if asked.guarded else None)
            return _done(request, workflow, current, done, newer)
        except DomainError as error:
            if isinstance(error, Conflict) and came_in(workflow, seen.no):
                raise
            blame(form, error, {name: name for name in form.fields})
    context = {**page, **shown(workflow, current, asked.terms, asked.notes)}
    context |= {"title": asked.title, "asked": asked, "form": form, "newer": newer}
    return TemplateResponse(request, "hitl/confirm.html", context)


def _done(
    request: HttpRequest,
    workflow: Workflow,
    before: Revision,
    done: Revision | Proposal,
    newer: Sequence[Entry],
) -> HttpResponse:
    """Names the new revision, and those that came in while the page was open."""
    if isinstance(done, Proposal):
        said = f"Proposed: {named(LEVELS[done.level])}. Another person has to confirm it below."
        messages.success(request, said)
        return HttpResponseRedirect(room_of(workflow))
    old, new = workflows.terms(before), workflows.terms(done)
    said = "; ".join(changes(old, new, versions(old, new)))
    messages.success(request, f"Revision {done.no} is in force. {said}.")
    for entry in newer:
        what = "; ".join(entry.changes)
        messages.warning(request, f"Meanwhile came revision {entry.row.no} by {entry.who}: {what}.")
    return HttpResponseRedirect(room_of(workflow))


def shown(
    workflow: Workflow, current: Revision, terms: Terms, notes: Sequence[str] = ()
) -> dict[str, Any]:
    """The effect of other terms, before and after."""
    before, at = workflows.terms(current), datetime.now(UTC)
    now, then = _outlook(workflow, before, at), _outlook(workflow, terms, at)
    after = parse_policy(terms.policy)
    return {
        "current": current,
        "changes": changes(before, terms, versions(before, terms)),
        "notes": [*notes, *filter(None, [target_note(after, then)])],
        "effects": effects(now, then),
        "basis": basis(now, then, str(current.champion or "")),
        "room": room_of(workflow),
    }


def versions(*terms: Terms) -> dict[UUID | None, str]:
    """The names of the versions that these terms speak of."""
    named_here = {one for t in terms for one in (t.champion, t.challenger) if one}
    rows = ModelVersion.objects.filter(pk__in=named_here).select_related("model")
    return {row.pk: str(row) for row in rows}


def _outlook(workflow: Workflow, terms: Terms, now: datetime) -> Outlook:
    return outlook(
        workflow,
        level=terms.level,
        stopped=terms.stopped,
        policy=parse_policy(terms.policy),
        override=terms.override,
        now=now,
    )
