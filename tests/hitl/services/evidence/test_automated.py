"""Automated cases are counted as they come in, each once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hitl.models import Case, Epoch, Workflow
from hitl.services.evidence import certifying
from hitl.services.evidence.automated import automated
from tests.hitl.services.evidence.test_certifying import TARGET, proven
from tests.reviews.desks import dials, level, send

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
NOW = datetime.now(UTC)


@pytest.fixture
def epoch(spam: Workflow) -> Epoch:
    """With a certificate of a week ago."""
    dials(level(spam, "partial_automation"), threshold=TARGET)
    found = proven(spam, 20)
    assert certifying.certify(found.pk, NOW - timedelta(days=7)) is not None
    found.refresh_from_db()
    return found


def come(workflow: Workflow, n: int, at: datetime) -> None:
    """Cases that came in at that time."""
    for i in range(n):
        Case.objects.filter(pk=send(workflow, f"{at} {i}").pk).update(created=at)


def test_without_a_certificate_nothing_is_counted(spam: Workflow) -> None:
    assert automated(proven(spam, -1), NOW) == 0


def test_what_came_since_the_first_certificate_counts(spam: Workflow, epoch: Epoch) -> None:
    come(spam, 2, NOW - timedelta(days=1))
    come(spam, 1, NOW - timedelta(days=8))  # before it
    assert automated(epoch, NOW) == 2


def test_what_people_decide_does_not_count(spam: Workflow, epoch: Epoch) -> None:
    level(spam, "shadow")
    come(spam, 2, NOW - timedelta(days=1))
    assert automated(epoch, NOW) == 0


def test_what_may_not_be_visible_yet_counts_later(spam: Workflow, epoch: Epoch) -> None:
    come(spam, 1, NOW - MINUTE / 2)
    assert automated(epoch, NOW) == 0
    assert automated(epoch, NOW + MINUTE) == 1


def test_each_case_is_looked_at_once(spam: Workflow, epoch: Epoch) -> None:
    come(spam, 2, NOW - timedelta(days=1))
    automated(epoch, NOW)
    Case.objects.update(action="refer")  # nobody sees these again
    epoch.refresh_from_db()
    level(spam, "partial_automation")
    come(spam, 1, NOW)
    with CaptureQueriesContext(connection) as asked:
        assert automated(epoch, NOW + 2 * MINUTE) == 3
    assert len(asked) == 2


def test_the_detector_keeps_its_own_state(spam: Workflow, epoch: Epoch) -> None:
    epoch.guard = {"seen": 9}
    automated(epoch, NOW)
    epoch.refresh_from_db()
    assert epoch.guard["seen"] == 9
