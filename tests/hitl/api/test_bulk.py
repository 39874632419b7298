"""Many open cases over HTTP: listed without what the model said, decided together."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from hitl.domain.roles import Role
from hitl.models import BulkDecision, Decision, Referral, Workflow
from hitl.services import workflows
from tests import factories
from tests.conftest import Api, token
from tests.problems import refused

pytestmark = pytest.mark.django_db

OPEN, DECIDE = "workflows/spam/open", "workflows/spam/decide"


@pytest.fixture
def op(alice: User) -> Api:
    return token(alice)


@pytest.fixture
def waiting(spam: Workflow, shop: Api) -> list[str]:
    """Four cases that wait, one in a pool."""
    workflows.change(spam, by=None, reason="test", policy={"pools": [{"name": "legal"}]})
    sent: list[dict[str, Any]] = [{"input": {"text": "hi"}, "reference": f"r-{i}"} for i in "012"]
    sent.append({"input": {"text": "hi"}, "reference": "r-3", "pool": "legal"})
    told = shop.send("POST", "workflows/spam/cases", sent).json()
    return [case["id"] for case in told]


def ask(**given: Any) -> dict[str, Any]:
    return {"filter": {}, "value": "no", "reason": "a campaign"} | given


def test_what_waits_is_listed_without_what_the_model_said(op: Api, waiting: list[str]) -> None:
    told = op.send("GET", OPEN).json()
    assert [case["id"] for case in told["cases"]] == waiting
    assert told["next"] is None
    shown = {"id", "reference", "pool", "opened_at", "due_at", "priority", "needed", "answered"}
    assert set(told["cases"][0]) == shown
    assert [case["pool"] for case in told["cases"]] == ["", "", "", "legal"]


def test_pages_follow_one_another(op: Api, waiting: list[str]) -> None:
    first = op.send("GET", f"{OPEN}?limit=3&confidence_from=0.5").json()
    assert [case["id"] for case in first["cases"]] == waiting[:3]
    following = first["next"].partition("/api/v1/")[2]
    second = op.send("GET", following).json()
    assert [case["id"] for case in second["cases"]] == waiting[3:]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("reference=r-1", 1),
        ("pool=legal", 1),
        ("pool=", 3),
        ("suggestion=yes", 4),
        ("suggestion=no", 0),
        ("confidence_from=0.951", 0),
        ("opened_before=2020-01-01T00:00:00Z", 0),
        ("overdue=true", 1),
        ("overdue=false", 4),
        ("opened_before=9999-12-31T23:59:59Z", 4),
    ],
)
def test_the_list_is_filtered(op: Api, waiting: list[str], query: str, count: int) -> None:
    Referral.objects.filter(case_id=waiting[0]).update(due=datetime(2020, 1, 1, tzinfo=UTC))
    assert len(op.send("GET", f"{OPEN}?{query}").json()["cases"]) == count


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("confidence_from=2", "confidence_from"),
        ("confidence_from=nan", "confidence_from"),
        ("opened_before=soon", "opened_before"),
        ("overdue=yes", "overdue"),
        ("after=x", "after"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("colour=red", "colour"),
    ],
)
def test_a_wrong_parameter_is_named(op: Api, waiting: list[str], query: str, pointer: str) -> None:
    refused(op.send("GET", f"{OPEN}?{query}"), 400, "invalid", pointer)


def test_a_pool_that_is_not_there_is_missing(op: Api, waiting: list[str]) -> None:
    body = refused(op.send("GET", f"{OPEN}?pool=french"), 404, "not-found")
    assert "valid: legal" in body["detail"]


def test_what_matches_is_decided_together(op: Api, waiting: list[str], alice: User) -> None:
    answer = op.send("POST", DECIDE, ask(filter={"pool": "", "suggestion": "yes"}))
    assert answer.status_code == 200, answer.content
    assert answer.json() == {"decided": 3, "unchanged": 0, "left": 0}
    row = BulkDecision.objects.get()
    assert (row.by, row.value, row.reason) == (alice, "no", "a campaign")
    assert set(Decision.objects.values_list("value", "source", "bulk")) == {("no", "human", row.pk)}
    assert Referral.objects.get(state="open").case_id.hex == waiting[3].replace("-", "")


def test_hand_picked_cases_are_decided(op: Api, waiting: list[str]) -> None:
    picked = {"cases": [waiting[1], waiting[3], str(uuid4())]}
    assert op.send("POST", DECIDE, ask(filter=picked)).json()["decided"] == 2
    found = Decision.objects.values_list("case_id", flat=True)
    assert sorted(map(str, found)) == sorted([waiting[1], waiting[3]])


def test_when_nothing_matches_nothing_is_decided(op: Api, waiting: list[str]) -> None:
    refused(op.send("POST", DECIDE, ask(filter={"reference": "none"})), 409, "conflict")
    assert not BulkDecision.objects.exists()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param(ask(value="perhaps"), "/value", id="no answer"),
        pytest.param(ask(value=None), "/value", id="nothing"),
        pytest.param(ask(reason="  "), "/reason", id="no reason"),
        pytest.param(ask(reason="x" * 2001), "/reason", id="long reason"),
        pytest.param(ask(filter={"pool": "french"}), "/filter/pool", id="no pool"),
        pytest.param(ask(filter={"cases": []}), "/filter/cases", id="no case"),
        pytest.param(ask(filter={"cases": ["x"]}), "/filter/cases/0", id="no id"),
        pytest.param(ask(filter={"confidence_from": 2}), "/filter/confidence_from", id="high"),
        pytest.param(ask(filter={"colour": "red"}), "/filter/colour", id="no such filter"),
        pytest.param({"value": "no", "reason": "r"}, "/filter", id="no filter"),
        pytest.param(ask(filter=[]), "/filter", id="no object"),
    ],
)
def test_what_is_wrong_is_named(op: Api, waiting: list[str], body: Any, pointer: str) -> None:
    refused(op.send("POST", DECIDE, body), 400, "invalid", pointer)
    assert not Decision.objects.exists()


def test_reviewers_and_outsiders_neither_list_nor_decide(
    shop: Api, waiting: list[str], bob: User, charlie: User
) -> None:
    stranger = factories.person("eve", Role.OPERATOR, workflow=factories.workflow("bread"))
    for method, path, body in (("GET", OPEN, None), ("POST", DECIDE, ask())):
        for person in (bob, charlie, stranger):
            refused(token(person).send(method, path, body), 403, "forbidden")
        refused(shop.send(method, path, body), 403, "forbidden")
        refused(Api().send(method, path, body), 401, "not-authenticated")
    assert not Decision.objects.exists()


def test_an_auditor_lists_and_does_not_decide(spam: Workflow, waiting: list[str]) -> None:
    auditor = token(factories.person("audrey", Role.AUDITOR, workflow=spam))
    assert len(auditor.send("GET", OPEN).json()["cases"]) == 4
    refused(auditor.send("POST", DECIDE, ask()), 403, "forbidden")


@pytest.mark.parametrize(("method", "path"), [("GET", OPEN), ("POST", DECIDE)])
def test_an_unknown_workflow_is_missing_for_who_may_see_all(
    spam: Workflow, method: str, path: str
) -> None:
    root = token(factories.person("root", Role.ADMIN))
    refused(root.send(method, path.replace("spam", "nowhere"), ask()), 404, "not-found")


ANSWERS: list[tuple[str, dict[str, Any], Any, Any]] = [
    ("multilabel", {"classes": ["rain", "wind"], "least": 1}, ["wind", "rain"], ["rain", "wind"]),
    ("number", {"unit": "kg", "decimals": 1}, 2.5, "2.5"),
    ("text", {"compare": "wer"}, "two words", "two words"),
    ("fields", {"fields": [{"name": "total", "type": "number"}]}, {"total": 5}, {"total": "5"}),
]


@pytest.mark.parametrize(("task", "answer", "value", "stored"), ANSWERS, ids=lambda one: str(one))
def test_cases_of_every_task_type_are_decided_together(
    task: str, answer: dict[str, Any], value: Any, stored: Any
) -> None:
    made = factories.workflow("papers", task_type=task, answer=answer)
    sender, operator = Api(factories.key(made)[1]), factories.person("olga", Role.OPERATOR)
    sender.send("POST", "workflows/papers/cases", {"input": {"text": "hi"}})
    done = token(operator).send("POST", "workflows/papers/decide", ask(value=value))
    assert (done.status_code, done.json()["decided"]) == (200, 1)
    assert Decision.objects.get().value == stored
    wrong = token(operator).send("POST", "workflows/papers/decide", ask(value={"x": [1]}))
    assert wrong.status_code in {400, 409}
