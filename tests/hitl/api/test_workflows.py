"""Workflows over HTTP: what they are, their level, their stop, their history, their numbers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from hitl.domain.roles import Role
from hitl.models import Workflow
from hitl.services import monitoring, workflows
from tests import factories
from tests.conftest import Api, token
from tests.problems import refused

pytestmark = pytest.mark.django_db

NEW: dict[str, Any] = {
    "slug": "ham",
    "schema": factories.SCHEMA,
    "answer": {"classes": ["no", "yes"]},
}


@pytest.fixture
def op(alice: User) -> Api:
    return token(alice)


@pytest.fixture
def bakery(spam: Workflow) -> Api:
    return Api(factories.key(factories.workflow("bread"), client="bakery")[1])


READS = [
    "workflows/spam",
    "workflows/spam/revisions",
    "workflows/spam/schema",
    "workflows/spam/metrics?metric=volume",
]
CHANGES = [
    ("PATCH", "workflows/spam", {"reason": "r", "title": "T"}),
    ("PUT", "workflows/spam/level", {"reason": "r", "level": "human_only"}),
    ("PUT", "workflows/spam/stop", {"reason": "r", "stopped": True}),
]


@pytest.mark.parametrize("path", READS)
def test_outsiders_read_nothing(bakery: Api, op: Api, charlie: User, path: str) -> None:
    assert op.send("GET", path).status_code == 200
    refused(token(charlie).send("GET", path), 403, "forbidden")
    refused(Api().send("GET", path), 401, "not-authenticated")
    status = 403 if "revisions" in path else 404
    refused(bakery.send("GET", path), status, "not-found" if status == 404 else "forbidden")


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_only_operators_change_a_workflow(
    shop: Api, spam: Workflow, bob: User, charlie: User, method: str, path: str, body: Any
) -> None:
    stranger = factories.person("eve", Role.OPERATOR, workflow=factories.workflow("bread"))
    for person in (bob, charlie, stranger):
        refused(token(person).send(method, path, body), 403, "forbidden")
    refused(shop.send(method, path, body), 403, "forbidden")
    refused(Api().send(method, path, body), 401, "not-authenticated")
    assert spam.revisions.count() == 1


@pytest.mark.parametrize("path", [*READS, *(path for _, path, _ in CHANGES)])
def test_an_unknown_workflow_is_missing_for_who_may_see_all(spam: Workflow, path: str) -> None:
    root = token(factories.person("root", Role.ADMIN))
    path = path.replace("spam", "nowhere")
    method = "GET" if path.replace("nowhere", "spam") in READS else "PUT"
    refused(root.send(method, path, {}), 404, "not-found")


# Reading


def test_a_workflow_is_read_with_the_revision_in_force(
    op: Api, shop: Api, spam: Workflow, alice: User
) -> None:
    workflows.set_stop(spam, stopped=True, by=alice, reason="drift")
    told = op.send("GET", "workflows/spam").json()
    assert (told["slug"], told["title"], told["task_type"]) == ("spam", "Spam", "classification")
    assert [one["value"] for one in told["answer"]["classes"]] == ["no", "yes"]
    revision = told["revision"]
    assert (revision["number"], revision["level"], revision["stopped"]) == (2, "shadow", True)
    assert (revision["by"], revision["cause"], revision["reason"]) == ("alice", "person", "drift")
    assert (revision["champion"]["model"], revision["champion"]["number"]) == ("spam-model", 1)
    assert revision["policy"]["threshold"] == {"rule": "fixed", "threshold": 0.9}
    assert shop.send("GET", "workflows/spam").json() == told


def test_the_list_holds_what_the_caller_may_see(
    shop: Api, bakery: Api, op: Api, charlie: User, bob: User
) -> None:
    everything = token(factories.person("root", Role.AUDITOR))

    def slugs(api: Api) -> list[str]:
        return [one["slug"] for one in api.send("GET", "workflows").json()]

    assert slugs(op) == slugs(shop) == slugs(token(bob)) == ["spam"]
    assert slugs(bakery) == ["bread"]
    assert slugs(everything) == ["bread", "spam"]
    refused(token(charlie).send("GET", "workflows"), 403, "forbidden")
    refused(Api().send("GET", "workflows"), 401, "not-authenticated")


def test_the_schema_and_the_form_are_read(shop: Api, spam: Workflow) -> None:
    told = shop.send("GET", "workflows/spam/schema").json()
    assert told["input"] == factories.SCHEMA
    assert [choice["key"] for choice in told["answer"]["choices"]] == ["1", "2"]


def test_revisions_are_read_the_newest_first(op: Api, spam: Workflow, alice: User) -> None:
    workflows.set_level(spam, "human_only", by=alice, reason="too many errors")
    told = op.send("GET", "workflows/spam/revisions").json()
    assert [(one["number"], one["level"], one["by"], one["reason"]) for one in told] == [
        (2, "human_only", "alice", "too many errors"),
        (1, "shadow", None, "created"),
    ]


# Creating


def test_an_operator_creates_a_workflow_and_may_operate_it(op: Api) -> None:
    answer = op.send("POST", "workflows", NEW)
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["slug"], told["title"], told["revision"]["level"]) == ("ham", "ham", "human_only")
    assert told["revision"]["by"] == "alice"
    assert op.send("GET", "workflows/ham").json() == told


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"slug": "Ham"}, "/slug"),
        ({"slug": "ham/../x"}, "/slug"),
        ({"slug": "x" * 61}, "/slug"),
        ({"slug": "ham\n"}, "/slug"),
        ({"level": "autopilot"}, "/level"),
        ({"task_type": "poetry"}, "/task_type"),
        ({"model": "nobody"}, "/model"),
        ({"answer": {"classes": ["a", "a"]}}, "/answer/classes"),
        ({"answer": {}}, "/answer"),
        ({"schema": {"type": 1}}, "/schema"),
        ({"schema": {"$ref": "http://127.0.0.1/"}}, "/schema"),
        ({"policy": {"audit_share": 0.3}}, "/policy/audit_share"),
        ({"title": "a\x00b"}, "/title"),
        ({"reason": "a\x00b"}, "/reason"),
        ({"colour": 1}, "/colour"),
    ],
)
def test_a_workflow_that_cannot_work_is_refused(
    op: Api, given: dict[str, Any], pointer: str
) -> None:
    refused(op.send("POST", "workflows", {**NEW, **given}), 400, "invalid", pointer)
    assert Workflow.objects.count() == 1


def test_a_slug_that_is_taken_is_refused(op: Api) -> None:
    refused(op.send("POST", "workflows", {**NEW, "slug": "spam"}), 409, "conflict")


def test_only_who_may_configure_creates(shop: Api, bob: User, charlie: User) -> None:
    for api in (shop, token(bob), token(charlie)):
        refused(api.send("POST", "workflows", NEW), 403, "forbidden")
    refused(Api().send("POST", "workflows", NEW), 401, "not-authenticated")


# Changing


def test_a_change_changes_what_is_given(op: Api, spam: Workflow) -> None:
    factories.version("better")
    body = {
        "reason": "better",
        "title": "Junk",
        "policy": {"audit_share": 0.5},
        "model": "better",
        "schema": {"type": "object"},
        "answer": {"classes": ["no", "yes", "maybe"]},
    }
    told = op.send("PATCH", "workflows/spam", body)
    assert told.status_code == 200, told.content
    revision = told.json()["revision"]
    assert (told.json()["title"], revision["number"], revision["champion"]["model"]) == (
        "Junk",
        2,
        "better",
    )
    assert (revision["policy"]["audit_share"], revision["level"]) == (0.5, "shadow")
    assert len(told.json()["answer"]["classes"]) == 3
    assert op.send("GET", "workflows/spam/schema").json()["input"] == {"type": "object"}


def test_a_change_of_the_title_is_a_revision_that_says_so(op: Api, spam: Workflow) -> None:
    told = op.send("PATCH", "workflows/spam", {"reason": "clearer", "title": "Junk"}).json()
    assert (told["title"], told["revision"]["number"]) == ("Junk", 2)
    assert told["revision"]["reason"] == "Renamed from 'Spam' to 'Junk': clearer"


def test_a_title_that_is_too_long_is_refused(op: Api, spam: Workflow) -> None:
    answer = op.send("PATCH", "workflows/spam", {"reason": "r", "title": "T" * 121})
    refused(answer, 400, "invalid", "/title")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"title": "T"}, "/reason"),
        ({"reason": ""}, "/reason"),
        ({"reason": "   ", "policy": {"audit_share": 0}}, "/reason"),
        ({"reason": "r", "policy": {"audit_share": 0.3}}, "/policy/audit_share"),
        ({"reason": "r", "policy": {"threshold": {"threshold": 7}}}, "/policy/threshold"),
        ({"reason": "r", "model": "nobody"}, "/model"),
        ({"reason": "r", "answer": {"classes": ["a", "b"]}}, "/model"),
        ({"reason": "r", "title": None}, "/title"),
    ],
)
def test_a_wrong_change_is_refused(op: Api, spam: Workflow, body: Any, pointer: str) -> None:
    answer = op.send("PATCH", "workflows/spam", body)
    told = refused(answer, 400, "invalid", answer.json()["errors"][0]["pointer"])
    assert told["errors"][0]["pointer"].startswith(pointer)
    assert spam.revisions.count() == 1


def test_a_model_of_another_workflow_is_refused(op: Api) -> None:
    factories.version("ham-model")
    factories.workflow("ham", model="ham-model")
    answer = op.send("PATCH", "workflows/spam", {"reason": "r", "model": "ham-model"})
    refused(answer, 409, "conflict")


def test_the_level_is_changed(op: Api, spam: Workflow) -> None:
    body = {"level": "full_automation", "reason": "earned"}
    revision = op.send("PUT", "workflows/spam/level", body).json()["revision"]
    assert (revision["level"], revision["by"], revision["reason"]) == (
        "full_automation",
        "alice",
        "earned",
    )
    again = op.send("PUT", "workflows/spam/level", body).json()["revision"]
    assert again["number"] == revision["number"] == 2


def test_an_unknown_level_is_refused_with_the_valid_ones(op: Api) -> None:
    answer = op.send("PUT", "workflows/spam/level", {"level": "all", "reason": "r"})
    told = refused(answer, 400, "invalid", "/level")
    for level in ("human_only", "shadow", "ai_assistance", "partial_automation", "full_automation"):
        assert level in told["errors"][0]["detail"]


def test_automation_is_stopped_and_goes_on(op: Api, shop: Api, spam: Workflow) -> None:
    workflows.set_level(spam, "full_automation", by=None, reason="test")

    def status() -> str:
        sent = shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})
        return str(sent.json()["status"])

    assert status() == "decided"
    for stopped, then in ((True, "referred"), (False, "decided")):
        body = {"stopped": stopped, "reason": "look"}
        told = op.send("PUT", "workflows/spam/stop", body).json()
        assert told["revision"]["stopped"] is stopped
        assert status() == then


@pytest.mark.parametrize("name", ["level", "stop"])
@pytest.mark.parametrize("body", [{}, {"reason": "r"}, {"stopped": "yes", "level": 1}, [], b""])
def test_a_body_that_says_nothing_is_refused(op: Api, name: str, body: Any) -> None:
    answer = op.send("PUT", f"workflows/spam/{name}", body)
    refused(answer, 400, "invalid", answer.json()["errors"][0]["pointer"])


# Metrics


def test_a_metric_is_read_over_time(op: Api, shop: Api, spam: Workflow) -> None:
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})
    monitoring.measure()
    for api in (op, shop):
        told = api.send("GET", "workflows/spam/metrics?metric=volume&window=minute").json()
        assert (told["metric"], told["window"]) == ("volume", "minute")
        assert [(line["version"] != "", line["level"]) for line in told["lines"]] == [
            (False, ""),
            (True, "shadow"),
        ]
        (point,) = told["lines"][0]["points"]
        assert (point["n"], point["value"], point["low"]) == (1, 1.0, None)


def test_a_span_is_respected(op: Api, shop: Api, spam: Workflow) -> None:
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})
    monitoring.measure()
    day = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    path = "workflows/spam/metrics?metric=volume&window=day"
    assert op.send("GET", f"{path}&from={day}&to=2999-01-01T00:00:00Z").json()["lines"] == []
    assert len(op.send("GET", f"{path}&from=2020-01-01T00:00:00Z").json()["lines"]) == 2
    assert op.send("GET", f"{path}&to=0001-01-01T00:00:00Z").json()["lines"] == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("", "metric"),
        ("metric=accuracy", "/metric"),
        ("metric=volume&window=year", "window"),
        ("metric=volume&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from"),
        ("metric=volume&from=2026-01-02", "from"),
        ("metric=volume&since=2026-01-02T00:00:00Z", "since"),
        ("metric=a%00b", "/metric"),
    ],
)
def test_a_wrong_question_is_refused(op: Api, query: str, pointer: str) -> None:
    refused(op.send("GET", f"workflows/spam/metrics?{query}"), 400, "invalid", pointer)


def test_other_methods_are_refused(op: Api, shop: Api) -> None:
    for api in (op, shop):
        refused(api.send("DELETE", "workflows/spam"), 405, "method-not-allowed")
        refused(api.send("POST", "workflows/spam/level", {}), 405, "method-not-allowed")
