"""How long people took: what stands, of this workflow, since then."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from hitl.models import Workflow
from reviews.models import Review
from reviews.services import handling
from tests.reviews.desks import judge, send

pytestmark = pytest.mark.django_db


def test_times_are_those_of_judgements_that_stand(spam: Workflow, bob: User) -> None:
    for text in ("one", "two"):
        send(spam, text)
        judge(bob)
    hour = datetime.now(UTC) - timedelta(hours=1)
    stored = sorted(Review.objects.values_list("seconds", flat=True))
    assert sorted(handling.times(spam, hour)) == stored
    assert list(handling.times(spam, datetime.now(UTC) + timedelta(hours=2))) == []
