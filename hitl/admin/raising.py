"""The level: to another one by hand, step by step, and by two people who agree."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from hitl.admin.changes import Asked, confirm, room_of, seen_on, shown
from hitl.admin.control_room import came_in
from hitl.admin.rights import person
from hitl.admin.wording import named, towards
from hitl.domain.bounds import may_override
from hitl.domain.levels import LEVELS
from hitl.domain.policy import parse_policy
from hitl.domain.roles import Verb
from hitl.domain.routing import WHOLE_POPULATION
from hitl.forms.reasons import NeededForm, OverrideForm, ReasonForm
from hitl.models import Proposal, Revision, Workflow
from hitl.services import access, workflows
from hitl.services.evidence import climbing, proposing
from models_registry.domain.errors import DomainError

ANSWERS: Mapping[str, Callable[..., Revision | Proposal]] = {
    "confirm": proposing.confirm,
    "refuse": proposing.refuse,
    "withdraw": proposing.withdraw,
}
UNPROVEN = (
    "Not every case is certified. Without an override the model decides only what is: at or above "
    "the live threshold, and nothing before there is a certificate."
)
NAMED = 5  # people who are named where others may confirm


def level(request: HttpRequest, workflow: Workflow, page: Mapping[str, object]) -> HttpResponse:
    """To another automation level; at the highest one also into and out of an override."""
    given = request.POST if request.method == "POST" else request.GET
    wanted, current = given.get("level", ""), workflows.in_force(workflow)
    if wanted not in LEVELS:
        messages.info(request, "No such level.")
        return HttpResponseRedirect(room_of(workflow))
    stays = wanted == current.level
    offered = can_override(current, wanted)
    if stays and not offered and not current.override:
        messages.info(request, f"{workflow} is at {named(LEVELS[wanted])} already.")
        return HttpResponseRedirect(room_of(workflow))
    ticked = bool(request.POST.get("override"))

    def apply(reason: str, seen: int | None) -> Revision | Proposal:
        by = person(request)
        return proposing.set_level(
            workflow, wanted, by=by, reason=reason, seen=seen, override=ticked
        )

    override = ticked or (stays and offered)
    policy = parse_policy(current.policy)
    verb = _verb(current, wanted)
    by_two = policy.promote == "two" and (override or verb.startswith("Raise"))
    asked = Asked(
        title=f"{verb}?",
        button=f"Propose to {verb[0].lower()}{verb[1:]}" if by_two else verb,
        terms=replace(workflows.terms(current), level=wanted, override=override),
        hidden={"level": wanted},
        apply=apply,
        danger=stays and offered,
        notes=[
            LEVELS[wanted].promise,
            *([UNPROVEN] if offered else []),
            *([_who_confirms(workflow, person(request))] if by_two else []),
            *_while_stopped(current),
        ],
        form=_form(offered=offered, stays=stays),
    )
    return confirm(request, workflow, current, asked, page)


def _form(*, offered: bool, stays: bool) -> type[ReasonForm]:
    if not offered:
        return ReasonForm
    return NeededForm if stays else OverrideForm


def can_override(current: Revision, wanted: str) -> bool:
    """Whether an override at this level would let the machine decide more than it does."""
    whole = current.thresholds.get(str(current.champion_id)) == WHOLE_POPULATION
    stands = current.override and wanted == current.level
    return may_override(wanted, parse_policy(current.policy)) and not whole and not stands


def _verb(current: Revision, wanted: str) -> str:
    if wanted != current.level:
        return towards(current.level, wanted)
    return "End the override" if current.override else "Override the proof"


def _while_stopped(current: Revision) -> list[str]:
    return ["Automation stays stopped until the stop is ended."] if current.stopped else []


def _who_confirms(workflow: Workflow, proposer: User) -> str:
    """Who can agree to what this person proposes."""
    others = access.who_may(Verb.OPERATE, workflow.pk).exclude(pk=proposer.pk)
    names = [user.get_username() for user in others.order_by("username")[: NAMED + 1]]
    if not names:
        return (
            "Two people raise the level here, and nobody else may confirm it: give another person "
            "the role operator first."
        )
    more = " and others" if len(names) > NAMED else ""
    said = ", ".join(names[:NAMED]) + more
    return f"Two people raise the level here. This only proposes it; one of these confirms: {said}."


def promote(request: HttpRequest, workflow: Workflow, page: Mapping[str, object]) -> HttpResponse:
    """The next step of the ladder, once it is earned."""
    here = climbing.standing(workflow)
    try:
        step = climbing.earned(here)
    except DomainError as error:
        messages.warning(request, error.detail)
        return HttpResponseRedirect(room_of(workflow))

    def apply(reason: str, seen: int | None) -> Revision | Proposal:
        return proposing.promote(workflow, by=person(request), reason=reason, seen=seen)

    by_two, verb = here.policy.promote == "two", towards(here.revision.level, step.level)
    asked = Asked(
        title=f"{verb}?",
        button=f"Propose to {verb[0].lower()}{verb[1:]}" if by_two else verb,
        terms=replace(workflows.terms(here.revision), level=step.level, override=False),
        hidden={"step": step.level},
        apply=apply,
        notes=[
            LEVELS[step.level].promise,
            "It is earned: all that the step needs is there.",
            *([_who_confirms(workflow, person(request))] if by_two else []),
        ],
    )
    return confirm(request, workflow, here.revision, asked, page)


def proposal(request: HttpRequest, workflow: Workflow, page: Mapping[str, object]) -> HttpResponse:
    """A proposal with its effect, and the answer of another person or of who made it."""
    current = workflows.in_force(workflow)
    seen = seen_on(request, workflow) or current
    answer = request.POST.get("answer", "")
    outdated = answer == "confirm" and seen.no != current.no
    if request.method == "POST" and not outdated:
        _answer(request, workflow, answer)
        return HttpResponseRedirect(room_of(workflow))
    found = Proposal.objects.filter(workflow=workflow, state=Proposal.State.OPEN)
    waiting = found.select_related("by").first()
    if waiting is None:
        messages.info(request, "No proposal waits here.")
        return HttpResponseRedirect(room_of(workflow))
    after = replace(workflows.terms(current), level=waiting.level, override=waiting.override)
    context = {
        **page,
        **shown(workflow, current, after),
        "title": "Confirm the proposal?",
        "proposal": waiting,
        "mine": waiting.by_id == person(request).pk,
        "newer": came_in(workflow, seen.no) if outdated else [],
    }
    return TemplateResponse(request, "hitl/proposal.html", context)


def _answer(request: HttpRequest, workflow: Workflow, answer: str) -> None:
    """Does what was pressed and says how it went."""
    act, which = ANSWERS.get(answer), _uuid(request.POST.get("proposal", ""))
    if act is None or which is None:
        messages.error(request, "Confirm, refuse or withdraw a proposal that waits here.")
        return
    try:
        done = act(workflow, which, by=person(request))
    except DomainError as error:
        messages.error(request, error.detail)
        return
    if isinstance(done, Revision):
        said = f"Revision {done.no} is in force. Level: {LEVELS[done.level].title}."
    else:
        said = f"The proposal is {done.state}. The level stays as it is."
    messages.success(request, said)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
