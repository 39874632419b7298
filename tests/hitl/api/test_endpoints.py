"""Endpoints over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from hitl.domain.roles import Role
from hitl.models import Client, Decision, Delivery, Endpoint, EndpointSecret, Workflow
from hitl.services import deliveries
from models_registry.models import new_id
from tests import factories
from tests.conftest import Api, token
from tests.problems import refused

pytestmark = pytest.mark.django_db

URL = "https://93.184.215.14/hooks"
NEW: dict[str, Any] = {"url": URL}


@pytest.fixture
def admin(db: None) -> Api:
    return token(factories.person("adam", Role.ADMIN))


@pytest.fixture
def bakery(spam: Workflow) -> Api:
    """Another client of the same workflow."""
    return Api(factories.key(spam, client="bakery")[1])


@pytest.fixture
def made(shop: Api) -> dict[str, Any]:
    answer = shop.send("POST", "endpoints", NEW)
    assert answer.status_code == 201, answer.content
    told: dict[str, Any] = answer.json()
    return told


@pytest.fixture
def path(made: dict[str, Any]) -> str:
    return f"endpoints/{made['endpoint']['id']}"


DOORS = [
    ("GET", "", None),
    ("PATCH", "", {"description": "mine"}),
    ("DELETE", "", None),
    ("POST", "/rotate", None),
    ("POST", "/test", None),
    ("POST", "/replay", {"failed": True}),
]


def test_a_client_registers_an_endpoint_and_is_told_the_secret_once(
    shop: Api, made: dict[str, Any], path: str
) -> None:
    row = Endpoint.objects.get()
    assert made["endpoint"] == {
        "id": str(row.pk),
        "client": "shop",
        "url": URL,
        "types": ["case.decided", "case.superseded"],
        "description": "",
        "state": "enabled",
        "disabled_reason": "",
        "paused_until": None,
        "failing_since": None,
        "created_at": made["endpoint"]["created_at"],
    }
    assert made["secret"] == EndpointSecret.objects.get().secret
    for place in (path, "endpoints"):
        answer = shop.send("GET", place)
        assert answer.status_code == 200
        assert b"whsec_" not in answer.content
    assert shop.send("GET", path).json() == made["endpoint"]
    assert shop.send("GET", "endpoints").json() == {"endpoints": [made["endpoint"]], "next": None}


def test_an_admin_names_the_client(shop: Api, admin: Api) -> None:
    for wanted in ({}, {"client": "nobody"}):
        refused(admin.send("POST", "endpoints", NEW | wanted), 400, "invalid", "/client")
    told = admin.send("POST", "endpoints", NEW | {"client": "shop"}).json()
    assert told["endpoint"]["client"] == "shop"
    assert shop.send("GET", "endpoints").json()["endpoints"] == [told["endpoint"]]
    refused(shop.send("POST", "endpoints", NEW | {"client": "shop"}), 400, "invalid", "/client")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param({}, "/url", id="no url"),
        pytest.param({"url": "http://127.0.0.1/"}, "/url", id="loopback"),
        pytest.param({"url": "http://localhost/"}, "/url", id="loopback by name"),
        pytest.param({"url": "http://169.254.169.254/"}, "/url", id="metadata"),
        pytest.param({"url": "ftp://93.184.215.14/"}, "/url", id="ftp"),
        pytest.param({"url": "https://me@93.184.215.14/"}, "/url", id="user"),
        pytest.param({"url": "nonsense"}, "/url", id="no address"),
        pytest.param({"url": "https://a\nb/"}, "/url", id="two lines"),
        pytest.param({"url": "https://93.184.215.14/\x00"}, "/url", id="NUL"),
        pytest.param({"url": "https://x/" + "x" * 2000}, "/url", id="too long"),
        pytest.param({"url": 5}, "/url", id="a number"),
        pytest.param(NEW | {"types": []}, "/types", id="no type"),
        pytest.param(NEW | {"types": ["case.lost"]}, "/types", id="unknown type"),
        pytest.param(NEW | {"types": ["hitl.test"]}, "/types", id="a type nobody asks for"),
        pytest.param(NEW | {"types": "case.decided"}, "/types", id="no list"),
        pytest.param(NEW | {"description": "x" * 201}, "/description", id="long description"),
        pytest.param(NEW | {"secret": "mine"}, "/secret", id="unknown field"),
        pytest.param([], "", id="no object"),
    ],
)
def test_what_does_not_fit_is_refused_where_it_stands(shop: Api, body: Any, pointer: str) -> None:
    refused(shop.send("POST", "endpoints", body), 400, "invalid", pointer)
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"url": "http://10.0.0.1/"}, "/url"),
        ({"types": []}, "/types"),
        ({"state": "deleted"}, "/state"),
        ({"client": "bakery"}, "/client"),
        ({"url": None}, "/url"),
    ],
)
def test_a_wrong_change_changes_nothing(
    shop: Api, made: dict[str, Any], path: str, body: Any, pointer: str
) -> None:
    refused(shop.send("PATCH", path, body), 400, "invalid", pointer)
    assert shop.send("GET", path).json() == made["endpoint"]


def test_an_endpoint_is_changed_disabled_and_enabled(
    shop: Api, made: dict[str, Any], path: str
) -> None:
    new = {"url": f"{URL}/2", "types": ["case.superseded"], "description": "new"}
    assert shop.send("PATCH", path, new).json() == made["endpoint"] | new
    told = shop.send("PATCH", path, {"state": "disabled"}).json()
    assert (told["state"], told["disabled_reason"]) == ("disabled", "Disabled by hand.")
    refused(shop.send("POST", f"{path}/test"), 409, "conflict")
    refused(shop.send("POST", f"{path}/replay", {"failed": True}), 409, "conflict")
    told = shop.send("PATCH", path, {"state": "enabled"}).json()
    assert told == made["endpoint"] | new
    assert shop.send("PATCH", path, {}).json() == told


def test_enabling_what_is_enabled_does_not_end_its_pause(shop: Api, path: str) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    Endpoint.objects.update(paused_until=until)
    told = shop.send("PATCH", path, {"state": "enabled"}).json()
    assert told["paused_until"] is not None


def test_a_deleted_endpoint_is_gone(shop: Api, path: str) -> None:
    assert shop.send("DELETE", path).status_code == 204
    assert shop.send("GET", "endpoints").json()["endpoints"] == []
    for method, place, body in DOORS:
        refused(shop.send(method, path + place, body), 404, "not-found")


def test_a_rotation_tells_the_new_secret_once(shop: Api, made: dict[str, Any], path: str) -> None:
    answer = shop.send("POST", f"{path}/rotate")
    assert answer.status_code == 201
    assert answer.json()["secret"] != made["secret"]
    known = EndpointSecret.objects.order_by("pk")
    assert [row.secret for row in known] == [made["secret"], answer.json()["secret"]]
    assert [row.expires is None for row in known] == [False, True]


def test_a_test_message_is_owed(shop: Api, path: str) -> None:
    answer = shop.send("POST", f"{path}/test")
    assert answer.status_code == 202
    row = Delivery.objects.get()
    assert answer.json() == {
        "id": str(row.pk),
        "endpoint": path.removeprefix("endpoints/"),
        "type": "hitl.test",
        "case": None,
        "number": 0,
        "state": "pending",
        "attempts": 0,
        "occurred_at": answer.json()["occurred_at"],
        "next_attempt_at": answer.json()["next_attempt_at"],
    }


def old(endpoint: Endpoint, **given: Any) -> Delivery:
    return Delivery.objects.create(
        endpoint=endpoint, type="hitl.test", next_at=given["at"], **given
    )


def test_all_failed_or_a_range_are_sent_again(shop: Api, path: str) -> None:
    endpoint = Endpoint.objects.get()
    at = datetime(2026, 3, 1, tzinfo=UTC)
    for day, state in enumerate(["done", "failed", "done", "failed"]):
        old(endpoint, state=state, at=at + timedelta(days=day))
    span = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-04T01:00:00+01:00"}
    answer = shop.send("POST", f"{path}/replay", span)
    assert (answer.status_code, answer.json()) == (202, {"replayed": 2})
    assert shop.send("POST", f"{path}/replay", {"failed": True}).json() == {"replayed": 1}
    states = Delivery.objects.order_by("at").values_list("state", flat=True)
    assert list(states) == ["done", "pending", "pending", "pending"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param({}, "/from", id="nothing"),
        pytest.param({"failed": False}, "/from", id="not the failed"),
        pytest.param({"from": "2026-03-01T00:00:00Z"}, "/to", id="no end"),
        pytest.param({"to": "2026-03-01T00:00:00Z"}, "/from", id="no beginning"),
        pytest.param(
            {"from": "2026-03-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "/from", id="no span"
        ),
        pytest.param({"failed": True, "to": "2026-03-01T00:00:00Z"}, "/failed", id="both"),
        pytest.param({"from": "yesterday", "to": "2026-03-01T00:00:00Z"}, "/from", id="in words"),
        pytest.param({"from": "2026-03-01T00:00:00", "to": None}, "/from", id="no zone"),
        pytest.param({"all": True}, "/all", id="unknown field"),
    ],
)
def test_a_replay_says_what(shop: Api, path: str, body: Any, pointer: str) -> None:
    refused(shop.send("POST", f"{path}/replay", body), 400, "invalid", pointer)


def test_pages_follow_each_other(shop: Api, admin: Api) -> None:
    wanted = [shop.send("POST", "endpoints", NEW).json()["endpoint"]["id"] for _ in range(5)]
    seen: list[str] = []
    following: str | None = "endpoints?limit=2"
    while following:
        page = admin.send("GET", following.rpartition("/api/v1/")[2]).json()
        seen += [one["id"] for one in page["endpoints"]]
        following = page["next"]
    assert seen == wanted
    refused(shop.send("GET", "endpoints?limit=0"), 400, "invalid", "limit")
    refused(shop.send("GET", "endpoints?x=0"), 400, "invalid", "x")


# Who may not


@pytest.mark.parametrize(("method", "place", "body"), DOORS)
def test_another_client_does_not_know_it(
    bakery: Api, made: dict[str, Any], path: str, method: str, place: str, body: Any
) -> None:
    refused(bakery.send(method, path + place, body), 404, "not-found")
    refused(bakery.send(method, f"endpoints/{new_id()}{place}", body), 404, "not-found")
    assert bakery.send("GET", "endpoints").json()["endpoints"] == []
    assert Endpoint.objects.filter(state="enabled", description="").count() == 1
    assert EndpointSecret.objects.count() == 1
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("method", "place", "body"), [*DOORS, ("GET", None, None), ("POST", None, NEW)]
)
def test_people_without_the_right_for_all_clients_are_refused(
    spam: Workflow,
    alice: User,
    bob: User,
    charlie: User,
    path: str,
    method: str,
    place: str | None,
    body: Any,
) -> None:
    """Nor somebody who administers a single workflow: clients are of all."""
    local = factories.person("local", Role.ADMIN, workflow=spam)
    door = "endpoints" if place is None else path + place
    for person in (alice, bob, charlie, local):
        refused(token(person).send(method, door, body), 403, "forbidden")
    refused(Api().send(method, door, body), 401, "not-authenticated")
    assert Endpoint.objects.filter(state="enabled", description="").count() == 1
    assert EndpointSecret.objects.count() == 1


def test_an_admin_manages_every_clients_endpoints(admin: Api, path: str) -> None:
    assert admin.send("PATCH", path, {"description": "x"}).json()["description"] == "x"
    assert admin.send("POST", f"{path}/rotate").status_code == 201
    assert admin.send("POST", f"{path}/test").status_code == 202
    assert admin.send("POST", f"{path}/replay", {"failed": True}).status_code == 202
    assert admin.send("DELETE", path).status_code == 204


def test_two_clients_hear_each_of_their_own(shop: Api, bakery: Api, made: dict[str, Any]) -> None:
    theirs = bakery.send("POST", "endpoints", NEW).json()["endpoint"]
    assert theirs["client"] == "bakery"
    assert [one["id"] for one in bakery.send("GET", "endpoints").json()["endpoints"]] == [
        theirs["id"]
    ]
    assert {row.name for row in Client.objects.all()} == {"shop", "bakery"}
    assert not Decision.objects.exists()
    assert deliveries.endpoints().count() == 2


def test_the_services_own_senders_are_no_clients(admin: Api) -> None:
    Client.objects.create(name="hitl: known answers")
    answer = admin.send("POST", "endpoints", {**NEW, "client": "hitl: known answers"})
    assert answer.status_code == 400
    assert "There is no client" in answer.content.decode()
    assert not Endpoint.objects.exists()
