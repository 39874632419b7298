"""What the addresses of one desk share: who is let in, what is shown, what is said if refused."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.csrf import csrf_failure
from django.views.decorators.cache import never_cache

from hitl.domain.policy import Policy
from hitl.models import Workflow
from hitl.services import guidelines, workflows
from models_registry.api.problems import status_of
from models_registry.domain.errors import Conflict, DomainError, Missing
from models_registry.domain.task_types import TaskType
from reviews.domain.claims import MAY_CLAIM_AGAIN
from reviews.domain.standing import StandingState
from reviews.forms import SKIPS, told
from reviews.models import Claim
from reviews.services import desk, entrance, history, preferences, standing
from reviews.services.judging import Submitted

P = ParamSpec("P")
POLL_SECONDS = 4  # a case that arrives is seen this soon; a claim that finds nothing is cheap
SHOWN = 12  # of the person's last answers
UNDO = "undo"  # the cookie that keeps what may be undone over a reload


@dataclass(frozen=True, slots=True)
class Here:
    """Who works at which desk."""

    request: HttpRequest
    user: User
    workflow: Workflow
    seats: list[desk.Seat]

    @property
    def policy(self) -> Policy:
        return self.seats[0].policy

    @property
    def task(self) -> TaskType:
        return self.seats[0].rules.task_type

    @property
    def is_htmx(self) -> bool:
        return _is_htmx(self.request)

    @property
    def path(self) -> str:
        return reverse("review", args=[self.workflow.slug])


@dataclass(frozen=True, slots=True)
class Undo:
    """A judgement that may be taken back, and until when. `is_earlier`: a case was passed on since,
    which cannot be undone, and nobody is to take the one for the other."""

    review_id: UUID
    until: datetime
    is_earlier: bool = False

    @classmethod
    def of(cls, done: Submitted | None) -> "Undo | None":
        """None for what cannot be taken back."""
        if done is None or not done.undo_seconds:
            return None
        return cls(done.review_id, datetime.now(UTC) + timedelta(seconds=done.undo_seconds))

    @property
    def seconds(self) -> int:
        return max(0, round((self.until - datetime.now(UTC)).total_seconds()))


View = Callable[Concatenate[Here, P], HttpResponse]


def at_desk(view: View[P]) -> Callable[..., HttpResponse]:
    """Lets in who may review the workflow in the address, and says what else went wrong."""

    @never_cache
    @wraps(view)
    def handle(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return _signed_out(request, slug)
        seats = desk.seats_of(request.user, slug)
        if not seats:
            return render(request, "reviews/no_role.html", {"slug": slug}, status=403)
        here = Here(request, request.user, workflows.find(slug), seats)
        try:
            return view(here, *args, **kwargs)
        except DomainError as error:
            return _refused(here, error, kwargs)

    return handle


def refuse_foreign(here: Here, **which: UUID) -> None:
    """Missing for a case that this person does not have at this desk."""
    mine = Claim.objects.filter(reviewer=here.user, case__workflow=here.workflow, **which)
    if not mine.exists():
        raise Missing("You do not hold this case.")


def onwards(here: Here, shown: dict[str, Any]) -> HttpResponse:
    """The desk as it is now: into the open page, or by loading the page."""
    if not here.is_htmx:
        return redirect("review", here.workflow.slug)
    return render(here.request, "reviews/_desk.html", shown | {"swapped": True})


def shown(here: Here, case: desk.OnDesk | None = None, **more: Any) -> dict[str, Any]:
    """All that the desk shows: this case, else the one that is next, else why there is none.
    `undo` stands for what may be undone unless the caller knows better."""
    paused = ""
    if case is None:
        try:
            case = desk.desk_for(here.user, here.seats)
        except desk.Paused as error:
            paused = error.detail
    liked = preferences.of(here.user, here.policy)
    about: dict[str, Any] = {
        "workflow": here.workflow,
        "desk": case,
        "paused": paused,
        "waiting": entrance.waiting_in(here.seats[0].policy, here.seats[0].pools),
        "poll_seconds": POLL_SECONDS,
        "undo": offered(here),
        "can_undo": here.policy.undo_seconds > 0,
        "now": millis(datetime.now(UTC)),
        "preferences": liked,
        "keys": liked.keys,
        "history": history.last(here.user, here.workflow.pk, SHOWN),
        **more,
    }
    if case:
        about |= {"skips": SKIPS, "draft": read_draft(case.draft), "test": _test(here)}
        about["draft_at"] = millis(case.draft_at)
        about["guidelines"] = guidelines.newest(here.workflow.pk)
        return about | lease(here, case.expires)
    return about if paused else about | _nothing(here)


def lease(here: Here, expires: datetime) -> dict[str, object]:
    """What is left of the lease, and after how many seconds the page is to renew it."""
    left = expires - datetime.now(UTC)
    return {"left": left, "renew_seconds": here.seats[0].lease.total_seconds() / 3}


def millis(at: datetime | None) -> int:
    """A time as scripts count it; 0 for none.

    >>> millis(datetime(1970, 1, 1, 0, 0, 2, 999, UTC)), millis(None)
    (2000, 0)
    """
    return int(at.timestamp() * 1000) if at else 0


def _nothing(here: Here) -> dict[str, object]:
    """Why no case is on the desk; it might also be that the person holds too many elsewhere."""
    state = desk.queue_state(here.user, here.seats)
    said = state.sentence(datetime.now(UTC))
    try:
        desk.refuse_hoarding(state)
    except Conflict as error:
        said = error.detail
    return {"sentence": said, "is_empty": state.is_empty}


def _test(here: Here) -> dict[str, int] | None:
    """How far a person is who is still given known answers only."""
    if not here.policy.onboarding:
        return None
    stands = standing.state_of(here.user, here.workflow.pk, here.policy)
    if stands.state != StandingState.ONBOARDING:
        return None
    return {"done": stands.tally.given, "of": stands.test_length}


def read_draft(stored: Any) -> dict[str, Any]:
    """A draft as the page fills it in. It may come from the API, so it may be anything, and it
    may be a judgement taken back: then a reason to skip stands where the comment does."""
    given = stored if isinstance(stored, dict) else {}
    draft = {name: str(given.get(name) or "") for name in ("comment", "kind", "reason")}
    kinds = {str(skip.kind) for skip in SKIPS}
    verdict = str(given.get("verdict"))
    if verdict in kinds:
        draft = {"comment": "", "kind": verdict, "reason": draft["comment"]}
    if draft["kind"] not in kinds:
        draft["kind"] = ""
    return draft | {"value": given.get("value"), "skips": bool(draft["kind"] or draft["reason"])}


def remember(response: HttpResponse, here: Here, undo: Undo) -> None:
    """Lets the browser keep what may be undone, so that a reload offers it still."""
    response.set_signed_cookie(
        UNDO,
        f"{undo.review_id} {undo.until.timestamp()}{' earlier' if undo.is_earlier else ''}",
        salt=str(here.user.pk),  # another person at this browser is offered nothing
        max_age=undo.seconds,
        path=here.path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse, here: Here) -> None:
    response.delete_cookie(UNDO, path=here.path)


def offered(here: Here) -> Undo | None:
    """What may still be undone, as this browser remembers; the service has the last word."""
    kept = here.request.get_signed_cookie(UNDO, default="", salt=str(here.user.pk))
    with suppress(ValueError):
        review_id, until, *earlier = str(kept).split()
        undo = Undo(UUID(review_id), datetime.fromtimestamp(float(until), UTC), bool(earlier))
        return undo if undo.seconds else None
    return None


def earlier(here: Here) -> Undo | None:
    """The same after a case that was passed on."""
    undo = offered(here)
    return undo and replace(undo, is_earlier=True)


def _refused(here: Here, error: DomainError, named: dict[str, Any]) -> HttpResponse:
    """What was refused and the way out; the page keeps the answer that was given."""
    state, holder = error.facts.get("state"), error.facts.get("held_by")
    said = {
        "workflow": here.workflow,
        "referral_id": named.get("referral_id"),
        "undoing": "review_id" in named,
        "error": error,
        "state": state,
        "leads_on": bool(state) or isinstance(error, Missing),
        "can_claim_again": holder == "you" or (state in MAY_CLAIM_AGAIN and holder is None),
        "given": here.request.POST,
        "said": told(here.request.POST),
        "problems": [p for p in error.problems if p.pointer.startswith("/value/")],
    }
    template = "reviews/_refused.html" if here.is_htmx else "reviews/refused.html"
    return render(here.request, template, said, status=status_of(error))


def _signed_out(request: HttpRequest, slug: str) -> HttpResponse:
    """A page that is open must not have a sign-in form put into its middle."""
    page = reverse("review", args=[slug])
    if not _is_htmx(request):
        return redirect_to_login(page)
    return render(request, "reviews/_signed_out.html", {"page": page}, status=401)


def not_believed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token. Where the sign-in is gone as well that is what is said, so that the
    page keeps what was written; else the page that asks to send it again."""
    found = request.resolver_match
    if found and "slug" in found.kwargs and _is_htmx(request) and request.user.is_anonymous:
        return _signed_out(request, found.kwargs["slug"])
    return csrf_failure(request, reason)


def _is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
