"""The pages on which people work: sign in, see what waits, judge one case after the other.

HTMX gets fragments (templates named _so.html), everybody else the page that includes them. What
is refused comes as a notice beside the answer, which stays on the screen.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hitl.models import Workflow
from hitl.services import monitoring, workflows
from models_registry.api.problems import status_of
from models_registry.domain.errors import DomainError
from reviews.domain.claims import MAY_CLAIM_AGAIN
from reviews.forms import SKIP_REASONS, Held, Judgement, Skipping, checked
from reviews.models.claiming import Pool
from reviews.services import claims, entrance, judging

P = ParamSpec("P")
POLL_SECONDS = 4  # a case that arrives is seen this soon; a claim that finds nothing is cheap


@dataclass(frozen=True, slots=True)
class Here:
    """Who works at which desk."""

    user: User
    workflow: Workflow
    pools: list[Pool]


View = Callable[Concatenate[HttpRequest, Here, P], HttpResponse]


def at_desk(view: View[P]) -> Callable[..., HttpResponse]:
    """Lets in who may review the workflow in the address, and says what else went wrong."""

    @never_cache
    @wraps(view)
    def handle(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return _signed_out(request, slug)
        user = request.user
        pools = claims.pools_of(user, slug)
        if not pools:
            return render(request, "reviews/no_role.html", {"slug": slug}, status=403)
        here = Here(user, workflows.find(slug), pools)
        try:
            return view(request, here, *args, **kwargs)
        except DomainError as error:
            return _refused(request, here, error, cast(UUID | None, kwargs.get("referral_id")))

    return handle


@login_required
def start(request: HttpRequest) -> HttpResponse:
    """The front door."""
    entries = entrance.my_workflows(cast(User, request.user))
    return render(request, "reviews/start.html", {"entries": entries})


@require_GET
@at_desk
def review(request: HttpRequest, here: Here) -> HttpResponse:
    """The case I hold already, else the next one, else why there is none."""
    desk = claims.desk_for(here.user, here.pools)
    return render(request, "reviews/review.html", _shown(here, desk))


@require_POST
@at_desk
def next_case(request: HttpRequest, here: Here) -> HttpResponse:
    """The same for a page that is open; nothing, if it would read as it does."""
    desk = claims.desk_for(here.user, here.pools)
    shown = _shown(here, desk)
    if desk is None and request.POST.get("told") == shown["sentence"]:
        return HttpResponse(status=204)
    return _answer(request, here, shown)


@require_POST
@at_desk
def submit(request: HttpRequest, here: Here, referral_id: UUID) -> HttpResponse:
    given = checked(Judgement(request.POST))
    judging.submit(here.user, referral_id, given["token"], given["value"], comment=given["comment"])
    return _onwards(request, here, referral_id, "saved")


@require_POST
@at_desk
def skip(request: HttpRequest, here: Here, referral_id: UUID) -> HttpResponse:
    given = checked(Skipping(request.POST))
    claims.skip(here.user, referral_id, given["token"], given["said"])
    return _onwards(request, here, referral_id, "skipped")


@require_POST
@at_desk
def release(request: HttpRequest, here: Here, referral_id: UUID) -> HttpResponse:
    """Gives the case back and leaves: the next case would be the same one."""
    claims.release(here.user, referral_id, checked(Held(request.POST))["token"])
    if _is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("start")})
    return redirect("start")


@require_POST
@at_desk
def renew(request: HttpRequest, here: Here, referral_id: UUID) -> HttpResponse:
    """The heartbeat of a page that somebody looks at."""
    token = checked(Held(request.POST))["token"]
    expires = claims.renew(here.user, referral_id, token)
    desk = {"referral_id": referral_id, "token": token}
    lease = {"desk": desk, "workflow": here.workflow, **_lease(here, expires)}
    return render(request, "reviews/_lease.html", lease)


@require_POST
@at_desk
def again(request: HttpRequest, here: Here, referral_id: UUID) -> HttpResponse:
    """The case that was lost with an answer in hand, else the next one."""
    desk = claims.claim_again(here.user, referral_id)
    gone = desk is None
    desk = desk or claims.desk_for(here.user, here.pools)
    return _answer(request, here, _shown(here, desk, gone=gone))


def _onwards(request: HttpRequest, here: Here, referral_id: UUID, done: str) -> HttpResponse:
    """The next case, after the server has stored what was said about this one."""
    at = datetime.now(UTC)
    if not _is_htmx(request):
        return redirect("review", here.workflow.slug)
    desk = claims.desk_for(here.user, here.pools)
    response = _answer(request, here, _shown(here, desk, done=done, done_at=at))
    response["HX-Trigger"] = json.dumps({"hitl:stored": {"referral": str(referral_id)}})
    return response


def _answer(request: HttpRequest, here: Here, shown: dict[str, Any]) -> HttpResponse:
    if not _is_htmx(request):
        return redirect("review", here.workflow.slug)
    return render(request, "reviews/_desk.html", shown | {"swapped": True})


def _shown(here: Here, desk: claims.OnDesk | None, **more: object) -> dict[str, Any]:
    """All that the desk shows, with or without a case."""
    shown: dict[str, Any] = {
        "workflow": here.workflow,
        "desk": desk,
        "waiting": monitoring.waiting(here.workflow.pk),
        "skip_reasons": SKIP_REASONS,
        "poll_seconds": POLL_SECONDS,
        **more,
    }
    if desk:
        return shown | _lease(here, desk.expires)
    state = claims.queue_state(here.user, here.pools)
    return shown | {"sentence": state.sentence(datetime.now(UTC)), "queue": state}


def _lease(here: Here, expires: datetime) -> dict[str, object]:
    """What is left of the lease, and after how many seconds the page is to renew it."""
    left = expires - datetime.now(UTC)
    return {"left": left, "renew_seconds": here.pools[0].lease.total_seconds() / 3}


def _refused(
    request: HttpRequest, here: Here, error: DomainError, referral_id: UUID | None
) -> HttpResponse:
    """What was refused and the way out; the page keeps the answer that was given."""
    state = error.facts.get("state")
    free = state in MAY_CLAIM_AGAIN and error.facts.get("held_by") is None
    said = {
        "workflow": here.workflow,
        "referral_id": referral_id,
        "error": error,
        "state": state,
        "can_claim_again": free or error.facts.get("held_by") == "you",
        "given": request.POST,
    }
    template = "reviews/_refused.html" if _is_htmx(request) else "reviews/refused.html"
    return render(request, template, said, status=status_of(error))


def _signed_out(request: HttpRequest, slug: str) -> HttpResponse:
    """A page that is open must not have a sign-in form put into its middle."""
    page = reverse("review", args=[slug])
    if not _is_htmx(request):
        return redirect_to_login(page)
    return render(request, "reviews/_signed_out.html", {"page": page}, status=401)


def _is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
