"""What beat starts for deciding."""

from datetime import UTC, datetime, timedelta

import pytest

from hitl import tasks
from hitl.models import Client, Cursor, Idempotency, Referral, Workflow
from tests.reviews.desks import decisions, dials, level, send

pytestmark = pytest.mark.django_db


def test_measure_is_measuring(db: None) -> None:
    assert tasks.measure() == 1
    first = Cursor.objects.get().at
    assert tasks.measure(now=(first + timedelta(minutes=9)).isoformat()) == 10
    assert Cursor.objects.get().at == first + timedelta(minutes=7)


def test_sweep_forgets_old_keys(db: None) -> None:
    client = Client.objects.create(name="shop")
    for days in (1, 9):
        Idempotency.objects.create(
            client=client,
            key=str(days),
            body_hash="h",
            status=201,
            answer=1,
            at=datetime.now(UTC) - timedelta(days=days),
        )
    assert tasks.sweep(now="2020-01-01T00:00:00+00:00") == 0
    assert tasks.sweep() == 1


def test_act_due_applies_the_rules_about_time(spam: Workflow) -> None:
    dials(spam, on_lapse="default", safe_default="no")
    send(spam, due_at=datetime.now(UTC) + timedelta(hours=1))
    assert tasks.act_due() == 0
    Referral.objects.update(
        due=datetime.now(UTC) - timedelta(seconds=1),
        acts_at=datetime.now(UTC) - timedelta(seconds=1),
    )
    assert tasks.act_due() == 1
    assert decisions() == [(1, "rule", "no")]
    assert tasks.act_due() == 0


def test_check_audits_looks_at_what_fell_due(spam: Workflow) -> None:
    level(dials(spam, audit_share=1.0), "full_automation")
    send(spam)
    assert tasks.check_audits() == 0
    assert tasks.check_audits(now=(datetime.now(UTC) + timedelta(hours=73)).isoformat()) == 1
    spam.refresh_from_db()
    assert spam.revisions.all()[0].level == "ai_assistance"


def test_the_schedule_names_tasks_that_exist(db: None) -> None:
    from celery import current_app
    from django.conf import settings

    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in current_app.tasks
