"""The same key, the same answer."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.core.cache import cache
from pytest_django import Settings

from hitl.models import Case, Client, Idempotency, Workflow
from hitl.services import idempotency, receiving
from hitl.services.arriving import Submission
from hitl.services.idempotency import Attempt, Stored
from hitl.services.revisions import Head
from models_registry.domain.errors import Reused
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def client_id(db: None) -> UUID:
    return Client.objects.create(name="shop").pk


def keep(client_id: UUID, key: str = "k", at: datetime = NOW) -> None:
    Idempotency.objects.create(
        client_id=client_id, key=key, body_hash="h", status=201, answer={"a": 1}, at=at
    )


def test_a_new_key_has_no_answer(client_id: UUID) -> None:
    assert idempotency.stored(client_id, "k", "h") is None


def test_a_key_gets_its_answer_again(client_id: UUID) -> None:
    keep(client_id)
    assert idempotency.stored(client_id, "k", "h") == Stored(201, {"a": 1})


def test_a_key_with_another_body_is_refused(client_id: UUID) -> None:
    keep(client_id)
    with pytest.raises(Reused):
        idempotency.stored(client_id, "k", "other")


def test_keys_of_other_clients_are_other_keys(client_id: UUID) -> None:
    keep(client_id)
    other = Client.objects.create(name="bakery").pk
    assert idempotency.stored(other, "k", "h") is None


def test_one_at_a_time_works_on_a_key(client_id: UUID) -> None:
    with idempotency.running(client_id, "k") as first:
        assert first
        with idempotency.running(client_id, "k") as second:
            assert not second
        with idempotency.running(client_id, "other") as other:
            assert other
        with idempotency.running(client_id, "k") as third:
            assert not third, "who comes too late does not take the mark away"
    with idempotency.running(client_id, "k") as again:
        assert again


def test_a_mark_is_taken_away_when_the_work_fails(client_id: UUID) -> None:
    with pytest.raises(ZeroDivisionError), idempotency.running(client_id, "k"):
        raise ZeroDivisionError
    with idempotency.running(client_id, "k") as again:
        assert again


def test_without_redis_the_table_alone_keeps_the_key_safe(
    client_id: UUID, settings: Settings
) -> None:
    here = settings.CACHES
    settings.CACHES = {
        "default": {**here["default"], "LOCATION": "redis://127.0.0.1:1/0"},
    }
    try:
        with idempotency.running(client_id, "k") as first:
            assert first
    finally:
        settings.CACHES = here
    cache.get("k")


def test_the_key_is_written_with_the_case_or_not_at_all(spam: Workflow) -> None:
    row, _ = factories.key(spam)
    assert row.client_id is not None
    attempt = Attempt(row.client_id, "k", "h", lambda answers: (201, {"n": len(answers)}, None))
    receiving.receive(
        [Submission({"text": "hi"})],
        head=Head(spam.pk, "spam", 1),
        client_id=row.client_id,
        attempt=attempt,
        now=NOW,
    )
    kept = Idempotency.objects.get()
    assert (kept.answer, kept.status, kept.at) == ({"n": 1}, 201, NOW)
    assert Case.objects.count() == 1


def test_old_keys_are_forgotten_after_the_published_time(
    client_id: UUID, settings: Settings
) -> None:
    settings.HITL_IDEMPOTENCY_HOURS = 2
    keep(client_id, "old", NOW - timedelta(hours=2, seconds=1))
    keep(client_id, "new", NOW - timedelta(hours=2))
    assert idempotency.forget_old(NOW) == 1
    assert Idempotency.objects.get().key == "new"


def test_a_fingerprint_knows_where_one_part_ends() -> None:
    assert idempotency.fingerprint(b"ab", b"c") != idempotency.fingerprint(b"a", b"bc")
    assert idempotency.fingerprint(b"a") == idempotency.fingerprint(b"a")
