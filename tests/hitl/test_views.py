"""The probes."""

from typing import Any

import pytest
from django.test import Client
from redis.exceptions import ConnectionError as BrokerAway

from hitl import views


def test_the_process_says_that_it_lives(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_means_database_and_broker_answer(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "missing": []})


@pytest.mark.django_db
def test_what_is_missing_is_named(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def get(self, key: str) -> Any:
            raise BrokerAway

    monkeypatch.setattr(views, "cache", Away())
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "missing": ["broker"]}
