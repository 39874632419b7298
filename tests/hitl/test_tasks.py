"""What beat starts for deciding."""

from datetime import UTC, datetime, timedelta

import pytest

from hitl import tasks
from hitl.models import Client, Cursor, Idempotency

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


def test_the_schedule_names_tasks_that_exist(db: None) -> None:
    from celery import current_app
    from django.conf import settings

    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in current_app.tasks
