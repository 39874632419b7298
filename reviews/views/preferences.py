"""How a person likes to work: their keys, how pictures and sound come, when to take a break."""

from typing import cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from models_registry.domain.errors import Invalid
from reviews.domain.keys import ACTIONS, SUBMIT, resolved
from reviews.services import preferences
from reviews.services.preferences import LONGEST_WORK, Own

DIALS = (
    ("blur", "Blur pictures", "until you uncover them"),
    ("greyscale", "Pictures without colours", "in grey, also in films"),
    ("mute", "Mute sound", "until you turn it on"),
)
CHOICES = {"": None, "yes": True, "no": False}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    if request.method == "GET":
        return _page(request, preferences.own(user), saved="saved" in request.GET)
    chosen = _chosen(request.POST)
    try:
        preferences.save(user, chosen)
    except Invalid as error:
        said = {problem.pointer: problem.detail for problem in error.problems}
        return _page(request, chosen, errors=said, minutes=request.POST.get("break_minutes", ""))
    return redirect(f"{reverse('preferences')}?saved=")


def _chosen(given: QueryDict) -> Own:
    """What was posted. An empty key is the usual one; minutes that are no number are refused."""
    own = {name: given.get(f"key-{name}", "") for name in ACTIONS if name != SUBMIT.name}
    minutes = given.get("break_minutes", "").strip()
    small = len(minutes) <= len(str(LONGEST_WORK)) and minutes.isdecimal()
    dials = {name: CHOICES.get(given.get(name, "")) for name, *_ in DIALS}
    return Own(
        keys={} if "reset" in given else {name: key for name, key in own.items() if key},
        break_minutes=(int(minutes) if small else -1) if minutes else None,
        **dials,
    )


def _page(
    request: HttpRequest,
    own: Own,
    *,
    errors: dict[str, str] | None = None,
    saved: bool = False,
    minutes: str | None = None,
) -> HttpResponse:
    errors = errors or {}
    keys = resolved(own.keys)
    kept = "" if own.break_minutes is None else str(own.break_minutes)
    about = {
        "saved": saved,
        "errors": errors,
        "submit": SUBMIT,
        "actions": [
            {"action": action, "key": keys[name], "error": errors.get(f"/keys/{name}", "")}
            for name, action in ACTIONS.items()
            if action is not SUBMIT
        ],
        "dials": [
            {"name": name, "title": title, "hint": hint, "value": getattr(own, name)}
            for name, title, hint in DIALS
        ],
        "break_minutes": kept if minutes is None else minutes,
        "break_error": errors.get("/break_minutes", ""),
        "longest": LONGEST_WORK,
    }
    return render(request, "reviews/preferences.html", about, status=400 if errors else 200)
