"""Handling times: read from whoever owns reviews."""

from datetime import UTC, datetime

import pytest

from hitl.models import Workflow
from hitl.services import handling

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.django_db
def test_where_nobody_judged_there_are_no_times(spam: Workflow) -> None:
    assert handling.seconds(spam, NOON) == []


def test_the_app_that_owns_reviews_has_registered() -> None:
    assert list(handling.TIMES) == ["reviews"]
