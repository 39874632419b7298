"""A reviewer's own numbers."""

from datetime import UTC, datetime
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_registry.domain.errors import Forbidden
from reviews.domain.bias import LEAST, Count
from reviews.domain.pace import FAST_RULE, Pace
from reviews.domain.standing import Tally
from reviews.services import measuring
from reviews.services.measuring import LEAST_KNOWN, SPANS, Numbers

TOO_FEW = "not enough data"


@require_safe
@login_required
def numbers(request: HttpRequest, slug: str) -> HttpResponse:
    """How I judge, for me alone."""
    user = cast(User, request.user)
    try:
        workflow = measuring.reviewed_by(user, slug)
    except Forbidden:  # whoever is no reviewer learns nothing about the workflow
        return render(request, "reviews/no_role.html", {"slug": slug}, status=403)
    asked = request.GET.get("days", "30")
    if asked not in map(str, SPANS):
        raise Http404(f"days is one of {', '.join(map(str, SPANS))}.")
    found = measuring.own(workflow, user, datetime.now(UTC), int(asked))
    context = {
        "workflow": workflow,
        "spans": SPANS,
        "days": int(asked),
        "complete": found.complete,
        "judged": found.numbers.judged,
        "per_day": found.numbers.days,
        "figures": _figures(found.numbers),
    }
    return render(request, "reviews/numbers.html", context)


def _figures(mine: Numbers) -> list[dict[str, Any]]:
    """What stands in the list: a name, the number, its interval, and how to read it."""
    return [
        _figure("Known answers right", *_known(mine.known)),
        _figure("Same as the consensus", *_share(mine.consensus)),
        _figure("Same as the suggestion in sight", *_share(mine.followed)),
        _figure("Seconds per case", *_seconds(mine.pace)),
        _figure("Very fast judgements", *_fast(mine.pace)),
    ]


READING = {
    "Known answers right": "Some cases have a known answer; nobody is told which. Up to yesterday, "
    f"counted in tens, so that no single case shows (at least {LEAST_KNOWN}).",
    "Same as the consensus": "Where several people judged a case, or an adjudicator settled it: "
    "how often your answer is what came of it. Up to yesterday.",
    "Same as the suggestion in sight": "Neither high nor low is good in itself. Look at the case "
    "first: a suggestion may be wrong.",
    "Seconds per case": "Half of your judgements took less, half took longer.",
    "Very fast judgements": FAST_RULE,
}


def _figure(title: str, value: str, note: str, *, known: bool = True) -> dict[str, Any]:
    said = {"title": title, "value": value, "note": note, "reading": READING[title]}
    return {**said, "known": known and value != TOO_FEW}


def _known(tally: Tally) -> tuple[str, str]:
    if tally.given < LEAST_KNOWN:
        return TOO_FEW, ""
    return _share(Count(tally.right, tally.given))


def _share(one: Count) -> tuple[str, str]:
    if one.share is None or one.interval is None or one.n < LEAST:
        return TOO_FEW, f"{one.n} of at least {LEAST}"
    low, high = one.interval
    value = f"{one.share * 100:.0f} %"
    return value, f"{one.hits:,} of {one.n:,}; 95 % interval {low * 100:.0f} to {high * 100:.0f} %"


def _seconds(pace: Pace) -> tuple[str, str]:
    if pace.median is None or pace.p90 is None:
        return TOO_FEW, ""
    return f"{pace.median:.1f} s", f"nine of ten within {pace.p90:.1f} s; {pace.n:,} judgements"


def _fast(pace: Pace) -> tuple[str, str]:
    if pace.fast is None or pace.bound is None:
        return TOO_FEW, ""
    warning = "; ▲ suspiciously fast" if pace.suspicious else ""
    return f"{pace.fast:,} of {pace.n:,}", f"under {pace.bound:.1f} s{warning}"
