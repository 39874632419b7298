"""What beat starts for judging."""

import pytest
from django.contrib.auth.models import User

from hitl.models import Workflow
from reviews import tasks
from reviews.models import Claim
from tests.reviews.desks import decisions, dials, judge, later, run_out, send, taken

pytestmark = pytest.mark.django_db


def test_settle_decides_what_may_no_longer_be_undone(spam: Workflow, bob: User) -> None:
    dials(spam, undo_seconds=600)
    send(spam)
    judge(bob)
    assert tasks.settle() == 0
    assert decisions() == []
    later()
    assert tasks.settle() == 1
    assert decisions() == [(1, "human", "no")]
    assert tasks.settle() == 0


def test_expire_claims_frees_what_ran_out(spam: Workflow, bob: User) -> None:
    send(spam)
    taken(bob)
    assert tasks.expire_claims() == 0
    assert Claim.objects.get().state == "held"
    run_out(bob)
    assert tasks.expire_claims() == 1
    assert Claim.objects.get().state == "expired"
