"""A script: a process of the installation itself, for what no door offers to a test: it makes
worlds, reads the rows, does what beat has a worker do at the moment that a test wants, and lets
time pass. Reads names and arguments as lines of JSON, writes what came of each."""

import json
import sys
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

Rows = dict[str, list[Any]]


def facts(slug: str) -> dict[str, Any]:
    """What the database holds about each case of a workflow."""
    from hitl.models import Case

    parts = {
        "referrals": _referrals(slug),
        "decisions": _decisions(slug),
        "reviews": _reviews(slug),
        "claims": _claims(slug),
        "owed": _owed(slug),
    }
    return {
        str(case.pk): {
            "status": case.status,
            "seq": case.seq,
            "reference": case.reference,
            **{name: rows[str(case.pk)] for name, rows in parts.items()},
        }
        for case in Case.objects.filter(workflow__slug=slug).order_by("pk")
    }


def _referrals(slug: str) -> Rows:
    from hitl.models import Referral

    found: Rows = defaultdict(list)
    for row in Referral.objects.filter(case__workflow__slug=slug).order_by("opened", "pk"):
        found[str(row.case_id)].append(
            {
                "id": str(row.pk),
                "kind": row.kind,
                "state": row.state,
                "needed": row.needed,
                "free": row.free,
                "done": row.done,
                "contested": row.contested,
            }
        )
    return found


def _decisions(slug: str) -> Rows:
    from hitl.models import Decision

    found: Rows = defaultdict(list)
    for one in Decision.objects.filter(case__workflow__slug=slug).order_by("n"):
        found[str(one.case_id)].append({"n": one.n, "source": one.source, "value": one.value})
    return found


def _reviews(slug: str) -> Rows:
    from reviews.models import Review

    found: Rows = defaultdict(list)
    given = Review.objects.filter(claim__case__workflow__slug=slug).order_by("at", "pk")
    for review in given.select_related("claim", "withdrawal"):
        found[str(review.claim.case_id)].append(
            {
                "id": str(review.pk),
                "referral": str(review.claim.referral_id),
                "reviewer": review.claim.reviewer_id,
                "verdict": review.verdict,
                "value": review.value,
                "withdrawn": hasattr(review, "withdrawal"),
            }
        )
    return found


def _claims(slug: str) -> Rows:
    from reviews.models import Claim

    found: Rows = defaultdict(list)
    for claim in Claim.objects.filter(case__workflow__slug=slug).order_by("pk"):
        found[str(claim.case_id)].append(
            {
                "referral": str(claim.referral_id),
                "reviewer": claim.reviewer_id,
                "state": claim.state,
                "token": claim.token,
                "draft": claim.draft,
            }
        )
    return found


def _owed(slug: str) -> Rows:
    from hitl.models import Delivery

    found: Rows = defaultdict(list)
    for one in Delivery.objects.filter(case__workflow__slug=slug).order_by("pk"):
        found[str(one.case_id)].append(
            {"endpoint": str(one.endpoint_id), "n": one.n, "state": one.state, "tries": one.tries}
        )
    return found


def deliver_later(minutes: int) -> int:
    """What is due by then, with all leases over that run now."""
    from hitl.services import deliveries

    return deliveries.deliver(datetime.now(UTC) + timedelta(minutes=minutes))


def lease_is_over(referral: str) -> int:
    from django.db.models.functions import Now

    from reviews.models import Claim

    past = Now() - timedelta(minutes=1)
    return Claim.objects.filter(referral__pk=referral, state="held").update(expires=past)


def undo_is_over(referral: str) -> int:
    from django.db.models.functions import Now

    from hitl.models import Referral

    return Referral.objects.filter(pk=referral, state="settling").update(settles_at=Now())


def time_is_over(referral: str) -> int:
    from hitl.models import Referral

    past = datetime.now(UTC) - timedelta(minutes=1)
    return Referral.objects.filter(pk=referral).update(due=past, acts_at=past)


def main() -> None:
    import django

    django.setup()

    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    from hitl.services import deadlines
    from reviews.services import claims, judging
    from tests.journeys import world

    PBKDF2PasswordHasher.iterations = 1  # a second per person otherwise
    acts: dict[str, Callable[..., Any]] = {
        "world": lambda wanted: world.make(**wanted),
        "facts": facts,
        "settle": judging.settle,
        "expire": claims.expire_due,
        "act due": deadlines.act_due,
        "deliver later": deliver_later,
        "lease is over": lease_is_over,
        "undo is over": undo_is_over,
        "time is over": time_is_over,
    }
    print('"ready"', flush=True)
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        try:
            told = {"did": acts[name](*arguments)}
        except Exception as error:
            told = {"error": repr(error)}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
