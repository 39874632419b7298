"""All workflows' evidence, brought up to now."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hitl.domain.evidence.guard import Guard, Temperature
from hitl.models import Comparison, Epoch, Workflow
from hitl.services import workflows
from hitl.services.evidence import working
from tests.hitl.services.evidence.test_certifying import GRID, TARGET, proven
from tests.reviews.desks import dials, level, send

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


def test_what_is_certified_and_asked_for_is_climbed_in_the_same_round(spam: Workflow) -> None:
    dials(level(spam, "shadow"), threshold=TARGET, promote="itself")
    proven(spam, 20)
    working.earn()
    spam.refresh_from_db()
    assert workflows.in_force(spam).level == "partial_automation"


def test_a_certificate_lapses_at_any_level(spam: Workflow) -> None:
    dials(level(spam, "shadow"), threshold=TARGET, lapse_days=10)
    proven(spam, 20)
    working.earn()
    assert workflows.in_force(spam).thresholds
    level(spam, "human_only")
    working.earn(datetime.now(UTC) + timedelta(days=11))
    assert workflows.in_force(spam).thresholds == {}
    assert Epoch.objects.get().closed is not None


def test_what_the_guard_took_back_begins_anew_in_the_next_round(spam: Workflow) -> None:
    dials(level(spam, "partial_automation"), threshold=TARGET)
    epoch = proven(spam, 20)
    hot = Guard((4e5,) * 6, (0.0,) * 6, 700, Temperature.HOT)
    epoch.guard = {**msgspec.to_builtins(hot), "target": [0.02, "wrong"]}
    epoch.save()
    working.earn()
    spam.refresh_from_db()
    assert workflows.in_force(spam).level == "shadow"
    working.earn()
    epochs = Epoch.objects.order_by("no")
    assert [(one.no, one.closed is None) for one in epochs] == [(1, False), (2, True)]


def test_a_round_without_news_costs_little(spam: Workflow) -> None:
    """Whatever has been counted before: it comes every ten seconds, for every workflow."""
    dials(level(spam, "partial_automation"), threshold=TARGET)
    proven(spam, 20)
    working.earn()
    for i in range(5):
        send(spam, f"text {i}")
    working.earn(datetime.now(UTC) + LATER)
    with CaptureQueriesContext(connection) as asked:
        working.earn(datetime.now(UTC) + LATER + LATER)
    counts = [one["sql"] for one in asked if "COUNT(" in one["sql"] and "hitl_case" in one["sql"]]
    assert len(asked) < 60
    assert all('"hitl_case"."created" >' in sql for sql in counts)
    assert len(counts) == 1
