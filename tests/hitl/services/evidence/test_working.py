"""All workflows' evidence, brought up to now."""

from datetime import UTC, datetime, timedelta

import pytest

from hitl.models import Comparison, Epoch, Workflow
from hitl.services.evidence import working
from tests.hitl.services.evidence.test_certifying import GRID, proven
from tests.reviews.desks import level, send

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=5)


def test_only_versions_that_answer_are_worked_on(spam: Workflow) -> None:
    level(spam, "human_only")
    assert working.earn() == 0
    assert not Epoch.objects.exists()


def test_what_is_overdue_counts_once(spam: Workflow) -> None:
    level(spam, "shadow")
    epoch = proven(spam, -1, GRID)
    send(spam)
    now = datetime.now(UTC)
    assert working.earn(now + LATER) == 0  # people still look
    late = now + timedelta(days=30)
    assert working.earn(late) == 1
    assert working.earn(late) == 0
    assert Comparison.objects.get().epoch_id == epoch.pk


def test_a_workflow_that_fails_holds_up_no_other(
    spam: Workflow, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    level(spam, "shadow")
    monkeypatch.setattr(working, "work", lambda *_: 1 / 0)
    assert working.earn() == 0
    assert "evidence failed workflow=spam" in caplog.text
