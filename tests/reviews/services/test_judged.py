"""The read behind the numbers: which judgements, and what stands beside them."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from hitl.models import Prediction, Referral, Workflow
from reviews.services import judged
from reviews.services.judged import Settled
from tests import factories
from tests.reviews.answers import NOW, case, review

pytestmark = pytest.mark.django_db

SINCE = NOW - timedelta(days=7)


def test_the_newest_come_first_each_once(spam: Workflow, bob: User) -> None:
    """A silent prediction beside the live one makes no second row."""
    referral = case(spam)
    version = factories.version("other")
    for role in ("live", "silent"):
        Prediction.objects.create(
            case=referral.case, version=version, role=role, arm="champion", value=f"{role} yes"
        )
    review(bob, referral, "no", at=NOW - timedelta(hours=2))
    review(bob, case(spam), "yes", at=NOW)
    review(bob, case(spam), "yes", withdrawn=True)
    rows, complete = judged.read(spam, SINCE)
    assert complete
    assert [row.value for row in rows] == ["yes", "no"]
    assert [row.suggestion for row in rows] == [None, "live yes"]


def test_one_person_or_all(spam: Workflow, bob: User, alice: User) -> None:
    review(bob, case(spam), "yes")
    review(alice, case(spam), "no")
    assert [row.person for row in judged.read(spam, SINCE, person=bob)[0]] == [bob.pk]
    assert len(judged.read(spam, SINCE)[0]) == 2


def test_the_newest_adjudication_holds(spam: Workflow) -> None:
    referral = case(spam, state="closed")
    for hours, value, unusable in ((3, "yes", False), (2, None, True), (1, None, False)):
        Referral.objects.create(
            case=referral.case,
            kind="adjudicate",
            state="closed",
            answer=value,
            unusable=unusable,
            closed=NOW - timedelta(hours=hours),
            opened=NOW,
            due=NOW,
            pool=spam.pk,
        )
    assert judged.adjudicated([referral.case_id]) == {referral.case_id: Settled(None, True)}
    assert judged.adjudicated([]) == {}
