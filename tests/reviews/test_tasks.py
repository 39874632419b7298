"""What beat starts for judging."""

import pytest
from django.contrib.auth.models import User

from hitl.models import Decision, Workflow
from hitl.services import workflows
from reviews import tasks
from reviews.models import Claim
from reviews.services import claims, judging
from tests.conftest import Api

pytestmark = pytest.mark.django_db


def test_settle_decides_what_may_no_longer_be_undone(shop: Api, spam: Workflow, bob: User) -> None:
    workflows.change(spam, by=None, reason="test", policy={"undo_seconds": 600})
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})
    desk = claims.claim(bob, claims.pools_of(bob))
    assert desk is not None
    judging.submit(bob, desk.referral_id, desk.token, "no")
    assert tasks.settle() == 0
    assert not Decision.objects.exists()


def test_expire_claims_frees_nothing_that_still_runs(shop: Api, bob: User) -> None:
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})
    assert claims.claim(bob, claims.pools_of(bob))
    assert tasks.expire_claims() == 0
    assert Claim.objects.get().state == "held"
