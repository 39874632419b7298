"""What people settled about a case, read from its referrals."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from hitl.domain.evidence.truth import Found
from hitl.models import Workflow
from hitl.services.verdicts import found_of, looks_at
from tests.reviews.desks import judge, send

pytestmark = pytest.mark.django_db


def test_it_is_pending_until_people_have_told(spam: Workflow, bob: User) -> None:
    case, now = send(spam), datetime.now(UTC)
    assert found_of(case, looks_at([case.pk])[case.pk], now).found is Found.PENDING
    judge(bob, "no")
    truth = found_of(case, looks_at([case.pk])[case.pk], now)
    assert (truth.found, truth.value) == (Found.ANSWER, "no")


def test_after_the_deadline_it_is_missing(spam: Workflow) -> None:
    case = send(spam)
    late = datetime.now(UTC) + timedelta(hours=73)
    assert found_of(case, looks_at([case.pk])[case.pk], late).found is Found.MISSING
