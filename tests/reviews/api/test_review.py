"""Claim and review over HTTP."""

from django.contrib.auth.models import User

from hitl.models import Case, Decision
from tests.conftest import Api, token


def test_a_claimed_case_is_reviewed_and_decided(shop: Api, bob: User) -> None:
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})
    me = token(bob)
    claimed = me.send("POST", "referrals/claim", {"workflow": "spam"})
    assert claimed.status_code == 200, claimed.content
    case = claimed.json()
    assert case["suggestion"] is None
    done = me.send(
        "POST", f"referrals/{case['id']}/review", {"token": case["token"], "value": "no"}
    )
    assert done.status_code == 201, done.content
    assert done.json() == {"state": "decided"}
    assert Case.objects.get().status == "decided"
    assert Decision.objects.get().value == "no"
    again = me.send("POST", "referrals/claim")
    assert again.status_code == 204
    assert again["Queue-State"] == "empty"
