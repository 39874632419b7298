"""One case to look at again: what I said, what I may know of it, and what people say about it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hitl.services.revisions import policy_in_force
from models_registry.api.problems import status_of
from models_registry.domain.errors import Conflict, DomainError, Invalid, Missing
from reviews.domain.viewing import Door
from reviews.services import casebook, comments, preferences, viewing
from reviews.services.casebook import Closed

P = ParamSpec("P")
SCRIPTS = tuple(f"hitl/{name}.js" for name in ("inputs", "sound", "search"))
View = Callable[Concatenate[HttpRequest, User, P], HttpResponse]


def for_people(view: View[P]) -> Callable[..., HttpResponse]:
    """For who is signed in; what is not for them is not there."""

    @login_required
    @never_cache
    @wraps(view)
    def handle(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, cast(User, request.user), *args, **kwargs)
        except Missing as error:
            raise Http404 from error

    return handle


@require_http_methods(["GET", "POST"])
@for_people
def case(request: HttpRequest, user: User, referral_id: UUID) -> HttpResponse:
    """The case; who has not judged it is asked first, and opens it by POST."""
    if request.method == "POST":
        return _open(request, user, referral_id)
    return _page(request, user, referral_id)


@require_POST
@for_people
def say(request: HttpRequest, user: User, referral_id: UUID) -> HttpResponse:
    """Comments on the case; what is refused stays in the form."""
    text = request.POST.get("text", "")
    try:
        comments.say(user, referral_id, text)
    except (Invalid, Conflict) as error:
        return _page(request, user, referral_id, text=text, error=error)
    return redirect(f"{reverse('case', args=[referral_id])}#comments")


@require_http_methods(["GET", "POST"])
@for_people
def mention(request: HttpRequest, user: User, mention_id: UUID) -> HttpResponse:
    """Leads to the case in which a comment names this person. Until they open it the address says
    nothing about the case."""
    referral_id = comments.leads_to(user, mention_id)
    if request.method == "POST":
        return _open(request, user, referral_id)
    found = viewing.find(user, referral_id)
    if found.door == Door.OPEN:
        return redirect(f"{reverse('case', args=[referral_id])}#comments")
    return _closed(request, Closed(found.case.workflow, asks=found.door == Door.ASK))


@require_GET
@for_people
def answers(request: HttpRequest, user: User) -> HttpResponse:
    """My last answers in every workflow."""
    found = casebook.my_answers(user)
    return render(request, "reviews/my_answers.html", {"workflows": found})


def _page(
    request: HttpRequest,
    user: User,
    referral_id: UUID,
    *,
    text: str = "",
    error: DomainError | None = None,
) -> HttpResponse:
    found = casebook.page(user, referral_id)
    if isinstance(found, Closed):
        return _closed(request, found)
    about: dict[str, Any] = {
        "case": found,
        "text": text,
        "error": error,
        "longest": comments.LONGEST,
        "preferences": preferences.of(user, policy_in_force(found.workflow.pk)),
        "scripts": SCRIPTS,
    }
    return render(request, "reviews/case.html", about, status=status_of(error) if error else 200)


def _open(request: HttpRequest, user: User, referral_id: UUID) -> HttpResponse:
    try:
        viewing.open_case(user, referral_id)
    except Conflict:
        return _page(request, user, referral_id)  # says what is to be done first
    return redirect("case", referral_id)


def _closed(request: HttpRequest, found: Closed) -> HttpResponse:
    status = 200 if found.asks else 409
    return render(request, "reviews/case_closed.html", {"closed": found}, status=status)
