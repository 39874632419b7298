"""The review page, and what a person does on it: judge, skip, undo, give back."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from hitl.models import Guideline
from models_registry.domain.errors import Invalid
from reviews.domain.consensus import Said, Verdict
from reviews.domain.keys import ACTIONS
from reviews.forms import OUT_OF_DATE, Held, Judgement, Skipping, answered, checked
from reviews.services import claims, desk, judging
from reviews.services.judging import Submitted, Suggested
from reviews.views.desk import (
    Here,
    Undo,
    at_desk,
    earlier,
    forget,
    onwards,
    refuse_foreign,
    remember,
    shown,
)

PARTS = (
    *("inputs", "sound", "search", "desk", "drafts"),
    *("written", "answers", "keys", "time", "review"),
)
SCRIPTS = tuple(f"hitl/{name}.js" for name in PARTS)


@require_GET
@at_desk
def review(here: Here) -> HttpResponse:
    """The case I hold already, else the next one, else why there is none."""
    about = shown(here)
    keyed = [
        {"name": a.name, "title": a.title, "key": about["keys"][a.name]} for a in ACTIONS.values()
    ]
    about |= {"scripts": SCRIPTS, "actions": keyed}
    return render(here.request, "reviews/review.html", about)


@require_POST
@at_desk
def next_case(here: Here) -> HttpResponse:
    """The same for a page that is open; nothing, if it would read as it does."""
    about = shown(here)
    if here.request.POST.get("told", "") == about.get("sentence"):
        return HttpResponse(status=204)
    return onwards(here, about)


@require_POST
@at_desk
def submit(here: Here, referral_id: UUID) -> HttpResponse:
    given = checked(Judgement(here.request.POST))
    said = Said(Verdict.ANSWER, answered(here.task, here.request.POST))
    done = judging.submit(
        here.user,
        referral_id,
        given["token"],
        said,
        comment=given["comment"],
        guidelines_no=_read(here, given),
    )
    if isinstance(done, Suggested):
        return onwards(here, shown(here, done="first answer kept", done_at=datetime.now(UTC)))
    return _stored(here, referral_id, done, "saved")


@require_POST
@at_desk
def skip(here: Here, referral_id: UUID) -> HttpResponse:
    given = checked(Skipping(here.request.POST))
    done = judging.skip(
        here.user,
        referral_id,
        given["token"],
        given["kind"],
        given["reason"],
        guidelines_no=_read(here, given),
    )
    return _stored(here, referral_id, done, "skipped")


@require_POST
@at_desk
def undo(here: Here, review_id: UUID) -> HttpResponse:
    """Takes a judgement back and shows its case again; the one on the desk comes after it."""
    at = datetime.now(UTC)
    refuse_foreign(here, reviews=review_id)
    referral_id = judging.withdraw(here.user, review_id)
    case = desk.claim_again(here.user, referral_id)
    about = shown(here, case, gone=case is None, undo=None, done="taken back", done_at=at)
    response = onwards(here, about)
    forget(response, here)
    return response


@require_POST
@at_desk
def again(here: Here, referral_id: UUID) -> HttpResponse:
    """The case that was lost with an answer in hand, else the next one."""
    refuse_foreign(here, referral_id=referral_id)
    case = desk.claim_again(here.user, referral_id)
    return onwards(here, shown(here, case, gone=case is None))


@require_POST
@at_desk
def release(here: Here, referral_id: UUID) -> HttpResponse:
    """Gives the case back and leaves: the next case would be the same one."""
    claims.release(here.user, referral_id, checked(Held(here.request.POST))["token"])
    if here.is_htmx:
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("start")})
    return redirect("start")


def _read(here: Here, given: dict[str, Any]) -> int:
    """The number of the guidelines that lay beside the case, 0 for none; Invalid if there are no
    such guidelines."""
    no = int(given["guidelines_no"] or 0)
    if no and not Guideline.objects.filter(workflow=here.workflow, no=no).exists():
        raise Invalid.at("/guidelines_no", OUT_OF_DATE)
    return no


def _stored(here: Here, referral_id: UUID, done: Submitted | None, word: str) -> HttpResponse:
    """The next case, after the server has stored what was said about this one."""
    at = datetime.now(UTC)
    undo = Undo.of(done) or earlier(here)
    if here.is_htmx:
        response = onwards(here, shown(here, undo=undo, done=word, done_at=at))
        stored = {"hitl:stored": {"referral": str(referral_id)}}
        response["HX-Trigger"] = json.dumps(stored)
    else:
        response = redirect("review", here.workflow.slug)
    if undo:
        remember(response, here, undo)
    return response
