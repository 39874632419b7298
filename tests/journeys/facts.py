"""A script: prints what the database holds about a workflow's cases, as JSON. Argument: its slug.

For the end of a journey: whether nothing was lost or doubled is asked of the rows themselves."""

import json
import sys
from collections import defaultdict
from typing import Any


def facts(slug: str) -> dict[str, Any]:
    from hitl.models import Case, Decision, Delivery, Referral
    from reviews.models import Claim, Review

    referrals: dict[str, list[Any]] = defaultdict(list)
    for row in Referral.objects.filter(case__workflow__slug=slug).order_by("pk"):
        referrals[str(row.case_id)].append(
            {
                "id": str(row.pk),
                "kind": row.kind,
                "state": row.state,
                "needed": row.needed,
                "free": row.free,
                "done": row.done,
                "contested": row.contested,
                "answer": row.answer,
            }
        )
    decisions: dict[str, list[Any]] = defaultdict(list)
    for one in Decision.objects.filter(case__workflow__slug=slug).order_by("n"):
        decisions[str(one.case_id)].append({"n": one.n, "source": one.source, "value": one.value})
    reviews: dict[str, list[Any]] = defaultdict(list)
    given = Review.objects.filter(claim__case__workflow__slug=slug).order_by("at", "pk")
    for review in given.select_related("claim").prefetch_related("withdrawal"):
        reviews[str(review.claim.case_id)].append(
            {
                "id": str(review.pk),
                "referral": str(review.claim.referral_id),
                "reviewer": review.claim.reviewer_id,
                "verdict": review.verdict,
                "value": review.value,
                "withdrawn": hasattr(review, "withdrawal"),
            }
        )
    claims: dict[str, list[Any]] = defaultdict(list)
    for claim in Claim.objects.filter(case__workflow__slug=slug).order_by("pk"):
        claims[str(claim.case_id)].append(
            {
                "referral": str(claim.referral_id),
                "reviewer": claim.reviewer_id,
                "state": claim.state,
                "token": claim.token,
                "draft": claim.draft,
            }
        )
    owed: dict[str, list[Any]] = defaultdict(list)
    for delivery in Delivery.objects.filter(case__workflow__slug=slug).order_by("pk"):
        owed[str(delivery.case_id)].append(
            {"endpoint": str(delivery.endpoint_id), "n": delivery.n, "state": delivery.state}
        )
    return {
        str(case.pk): {
            "status": case.status,
            "seq": case.seq,
            "reference": case.reference,
            "referrals": referrals[str(case.pk)],
            "decisions": decisions[str(case.pk)],
            "reviews": reviews[str(case.pk)],
            "claims": claims[str(case.pk)],
            "owed": owed[str(case.pk)],
        }
        for case in Case.objects.filter(workflow__slug=slug).order_by("pk")
    }


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(facts(sys.argv[1])))
