"""The log of deliveries over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from hitl.domain.deliveries import LAST
from hitl.domain.roles import Role
from hitl.models import Attempt, Client, Delivery, Endpoint, Workflow
from hitl.services import deliveries
from models_registry.models import new_id
from tests import factories
from tests.conftest import Api, token
from tests.problems import refused

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def endpoint(shop: Api) -> Endpoint:
    client = Client.objects.get(name="shop")
    url = "https://93.184.215.14/hooks"
    return deliveries.create_endpoint(client, url, ["case.decided"])[0]


@pytest.fixture
def bakery(spam: Workflow) -> Api:
    return Api(factories.key(spam, client="bakery")[1])


@pytest.fixture
def admin(db: None) -> Api:
    return token(factories.person("adam", Role.ADMIN))


def owed(endpoint: Endpoint, **given: Any) -> Delivery:
    return Delivery.objects.create(
        **{"endpoint": endpoint, "type": "hitl.test", "at": AT, "next_at": AT} | given
    )


def test_a_delivery_is_told_with_every_attempt(shop: Api, endpoint: Endpoint) -> None:
    row = owed(endpoint, tries=2, state="done")
    failed = {"status": None, "error": "No answer within 15 s.", "seconds": 15.0, "answer": ""}
    Attempt.objects.create(delivery=row, no=2, at=AT, status=200, answer="ok", seconds=0.25)
    Attempt.objects.create(delivery=row, no=1, at=AT - timedelta(minutes=1), **failed)
    assert shop.send("GET", f"deliveries/{row.pk}").json() == {
        "delivery": {
            "id": str(row.pk),
            "endpoint": str(endpoint.pk),
            "type": "hitl.test",
            "case": None,
            "number": 0,
            "state": "done",
            "attempts": 2,
            "occurred_at": "2026-03-01T12:00:00Z",
            "next_attempt_at": None,
        },
        "log": [
            {"number": 1, "at": "2026-03-01T11:59:00Z"} | failed,
            {
                "number": 2,
                "at": "2026-03-01T12:00:00Z",
                "status": 200,
                "error": "",
                "answer": "ok",
                "seconds": 0.25,
            },
        ],
    }


def test_the_log_of_a_deleted_endpoint_can_still_be_read(shop: Api, endpoint: Endpoint) -> None:
    row = owed(endpoint)
    deliveries.delete(endpoint)
    assert shop.send("GET", f"deliveries/{row.pk}").json()["delivery"]["state"] == "failed"
    refused(shop.send("POST", f"deliveries/{row.pk}/replay"), 409, "conflict")


def test_pages_follow_each_other_the_newest_first(shop: Api, endpoint: Endpoint) -> None:
    wanted = [str(owed(endpoint).pk) for _ in range(5)][::-1]
    seen: list[str] = []
    following: str | None = "deliveries?limit=2&state=pending"
    while following:
        page = shop.send("GET", following.rpartition("/api/v1/")[2]).json()
        seen += [one["id"] for one in page["deliveries"]]
        following = page["next"]
    assert seen == wanted


def test_the_log_is_filtered(shop: Api, spam: Workflow, endpoint: Endpoint) -> None:
    case = shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}}).json()["id"]
    about = owed(endpoint, case_id=case, n=1, type="case.decided")
    failed = owed(endpoint, state="failed")

    def found(query: str) -> list[str]:
        answer = shop.send("GET", f"deliveries?{query}")
        assert answer.status_code == 200, answer.content
        return [one["id"] for one in answer.json()["deliveries"]]

    assert found(f"case={case}") == [str(about.pk)]
    assert found("state=failed") == [str(failed.pk)]
    assert found(f"endpoint={endpoint.pk}") == [str(failed.pk), str(about.pk)]
    assert found(f"endpoint={new_id()}") == []
    for query, name in (("state=lost", "state"), ("case=7", "case"), ("x=1", "x")):
        refused(shop.send("GET", f"deliveries?{query}"), 400, "invalid", name)


def test_one_is_sent_again(shop: Api, endpoint: Endpoint) -> None:
    row = owed(endpoint, state="done", tries=3, step=4)
    answer = shop.send("POST", f"deliveries/{row.pk}/replay")
    assert answer.status_code == 202
    assert (answer.json()["id"], answer.json()["state"]) == (str(row.pk), "pending")
    row.refresh_from_db()
    assert (row.state, row.tries, row.step) == ("pending", 3, LAST)  # a test: once again


def test_another_client_sees_nothing(bakery: Api, admin: Api, endpoint: Endpoint) -> None:
    row = owed(endpoint, state="failed")
    assert bakery.send("GET", "deliveries").json()["deliveries"] == []
    assert bakery.send("GET", f"deliveries?endpoint={endpoint.pk}").json()["deliveries"] == []
    refused(bakery.send("GET", f"deliveries/{row.pk}"), 404, "not-found")
    refused(bakery.send("POST", f"deliveries/{row.pk}/replay"), 404, "not-found")
    row.refresh_from_db()
    assert row.state == "failed"
    assert len(admin.send("GET", "deliveries").json()["deliveries"]) == 1
    assert admin.send("POST", f"deliveries/{row.pk}/replay").status_code == 202


def test_people_without_the_right_for_all_clients_are_refused(
    spam: Workflow, alice: User, bob: User, charlie: User, endpoint: Endpoint
) -> None:
    row = owed(endpoint, state="failed")
    local = factories.person("local", Role.ADMIN, workflow=spam)
    doors = [
        ("GET", "deliveries"),
        ("GET", f"deliveries/{row.pk}"),
        ("POST", f"deliveries/{row.pk}/replay"),
    ]
    for method, door in doors:
        for person in (alice, bob, charlie, local):
            refused(token(person).send(method, door), 403, "forbidden")
        refused(Api().send(method, door), 401, "not-authenticated")
    row.refresh_from_db()
    assert row.state == "failed"
