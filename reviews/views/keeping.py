"""What an open page does by itself: keep the draft and the lease, look ahead, tidy up behind."""

import json
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from reviews.forms import Drafting, Held, checked, posted
from reviews.services import claims, desk
from reviews.views.desk import Here, at_desk, lease, millis


@require_POST
@at_desk
def draft(here: Here, referral_id: UUID) -> HttpResponse:
    """Keeps what was chosen and written so far; the page says when the server had it."""
    given = checked(Drafting(here.request.POST))
    token = given.pop("token")
    kept = {name: said for name, said in given.items() if said or name == "comment"}
    kept["value"] = posted(here.task, here.request.POST)
    at = claims.save_draft(here.user, referral_id, token, kept)
    drafted = {"hitl:drafted": {"referral": str(referral_id), "at": millis(at)}}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(drafted)})


@require_POST
@at_desk
def renew(here: Here, referral_id: UUID) -> HttpResponse:
    """The heartbeat of a page that somebody looks at."""
    token = checked(Held(here.request.POST))["token"]
    expires = claims.renew(here.user, referral_id, token)
    held = {"referral_id": referral_id, "token": token}
    about = {"desk": held, "workflow": here.workflow, **lease(here, expires)}
    return render(here.request, "reviews/_lease.html", about)


@require_POST
@at_desk
def ahead(here: Here) -> HttpResponse:
    """Reserves the case after this one and has the browser load what it shows."""
    try:
        case = desk.look_ahead(here.user, here.seats)
    except desk.Paused:  # said when this case is answered and there is no next one
        case = None
    if case is None:
        return HttpResponse(status=204)
    return render(here.request, "reviews/_ahead.html", {"desk": case})


@require_POST
@at_desk
def leave(here: Here) -> HttpResponse:
    """Gives back what was reserved ahead: the page is closed."""
    desk.leave(here.user, here.seats)
    return HttpResponse(status=204)
