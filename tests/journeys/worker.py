"""A script: what beat has a worker do, at the moment that a test wants, as an OS process of the
installation. Reads what to do as lines of JSON, writes what came of it; "the time is over" for one
case is said by its referral's id."""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any


def main() -> None:
    import django

    django.setup()

    from django.db import connection
    from django.db.models.functions import Now

    from hitl.models import Referral
    from hitl.services import deadlines
    from reviews.models import Claim
    from reviews.services import claims, judging

    def lease_is_over(referral: str) -> int:
        past = Now() - timedelta(minutes=1)
        return Claim.objects.filter(referral=referral, state="held").update(expires=past)

    def time_is_over(referral: str) -> int:
        past = datetime.now(UTC) - timedelta(minutes=1)
        return Referral.objects.filter(pk=referral).update(due=past, acts_at=past)

    def undo_is_over(referral: str) -> int:
        return Referral.objects.filter(pk=referral, state="settling").update(settles_at=Now())

    acts: dict[str, Any] = {
        "settle": judging.settle,
        "expire": claims.expire_due,
        "act_due": deadlines.act_due,
        "lease is over": lease_is_over,
        "time is over": time_is_over,
        "undo is over": undo_is_over,
    }
    connection.ensure_connection()
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
