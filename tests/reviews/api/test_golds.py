"""Known answers over HTTP: who may, what is told, what is refused."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from hitl.domain.roles import Role
from hitl.models import Case, Decision, Payload, Prediction, Referral, Workflow
from hitl.services import access
from models_registry.models import new_id
from reviews.models import Gold
from tests import factories
from tests.conftest import Api, token
from tests.problems import refused
from tests.reviews.answers import NOW, answer, bringing, case, known, review

pytestmark = pytest.mark.django_db

GOLDS = "workflows/spam/golds"
GOOD: dict[str, Any] = {"input": {"text": "hi"}, "answer": "yes", "note": "from the handbook"}


@pytest.fixture
def op(alice: User) -> Api:
    return token(alice)


@pytest.fixture
def decided(spam: Workflow, bob: User) -> Case:
    """A case that Bob decided."""
    referral = case(spam, needed=1)
    Payload.objects.create(case=referral.case, input={"text": "hello"})
    review(bob, referral, "no")
    Decision.objects.create(case=referral.case, n=1, source="human", value="no", at=NOW)
    Case.objects.filter(pk=referral.case_id).update(status="decided", seq=1)
    return referral.case


# Who may


def doors(spam: Workflow, decided: Case) -> list[tuple[str, str, Any]]:
    return [
        ("GET", GOLDS, None),
        ("POST", GOLDS, GOOD),
        ("POST", f"{GOLDS}/{known(spam).pk}/retire", None),
        ("POST", f"cases/{decided.pk}/gold", None),
    ]


@pytest.mark.parametrize("role", [None, Role.REVIEWER, Role.AUDITOR])
def test_only_who_operates_knows_the_answers(
    spam: Workflow, shop: Api, decided: Case, charlie: User, role: Role | None
) -> None:
    if role is not None:
        charlie = factories.person("role", role, workflow=spam)
    for method, path, body in doors(spam, decided):
        refused(token(charlie).send(method, path, body), 403, "forbidden")
        refused(shop.send(method, path, body), 403, "forbidden")
        refused(Api().send(method, path, body), 401, "not-authenticated")
    assert Gold.objects.filter(retired__isnull=True).count() == 1


def test_who_operates_another_workflow_knows_nothing_of_this_one(
    spam: Workflow, decided: Case
) -> None:
    eve = token(factories.person("eve", Role.OPERATOR, workflow=factories.workflow("bread")))
    *here, (method, path, body) = doors(spam, decided)
    for door in here:
        refused(eve.send(*door), 403, "forbidden")
    refused(eve.send(method, path, body), 404, "not-found")
    assert Gold.objects.count() == 1


def test_an_unknown_workflow_is_missing_for_who_may_see_all(spam: Workflow) -> None:
    root = token(factories.person("root", Role.ADMIN))
    refused(root.send("GET", "workflows/nowhere/golds"), 404, "not-found")
    refused(root.send("POST", "workflows/nowhere/golds", GOOD), 404, "not-found")


# Adding


def test_a_known_answer_is_added(spam: Workflow, op: Api, alice: User) -> None:
    made = op.send("POST", GOLDS, GOOD)
    assert made.status_code == 201
    told, gold = made.json(), Gold.objects.get()
    assert (gold.answer, gold.note, gold.by) == ("yes", "from the handbook", alice)
    assert (told["id"], told["input"], told["answer"]) == (str(gold.pk), {"text": "hi"}, "yes")
    assert (told["by"], told["retired_at"]) == ("alice", None)
    nothing = {"n": 0, "right": 0, "value": None, "low": None, "high": None}
    assert told["said"] == nothing
    assert op.send("GET", GOLDS).json() == {"golds": [told], "next": None}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        pytest.param({"input": {"text": 1}}, "/input/text", id="input"),
        pytest.param({"answer": "maybe"}, "/answer", id="answer"),
        pytest.param({"answer": None}, "/answer", id="no answer"),
        pytest.param({"note": "x" * 501}, "/note", id="too long a note"),
        pytest.param({"note": "\0"}, "/note", id="a note that cannot be stored"),
        pytest.param({"reason": "r"}, "/reason", id="something else"),
    ],
)
def test_what_does_not_fit_is_refused(
    spam: Workflow, op: Api, change: dict[str, Any], pointer: str
) -> None:
    refused(op.send("POST", GOLDS, GOOD | change), 400, "invalid", pointer)
    assert not Case.objects.exists()


@pytest.mark.parametrize("name", ["input", "answer"])
def test_what_is_missing_is_named(spam: Workflow, op: Api, name: str) -> None:
    body = {key: value for key, value in GOOD.items() if key != name}
    refused(op.send("POST", GOLDS, body), 400, "invalid", f"/{name}")


@pytest.fixture
def own(alice: User) -> Workflow:
    made = bringing()
    access.join(alice, [Role.OPERATOR], made)
    return made


SAID = {"value": "no", "confidence": 0.5}


def test_what_a_clients_model_says_comes_along(own: Workflow, op: Api) -> None:
    body = {"input": {}, "answer": "yes", "prediction": SAID}
    assert op.send("POST", "workflows/own/golds", body).status_code == 201
    said = Prediction.objects.get()
    assert (said.role, said.value, said.confidence) == ("live", "no", 0.5)


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        pytest.param({"value": "maybe"}, "/prediction/value", id="no answer"),
        pytest.param({"value": "no", "sure": 1}, "/prediction/sure", id="something else"),
        pytest.param("no", "/prediction", id="no object"),
    ],
)
def test_what_no_model_says_is_refused(own: Workflow, op: Api, said: object, pointer: str) -> None:
    body = {"input": {}, "answer": "yes", "prediction": said}
    refused(op.send("POST", "workflows/own/golds", body), 400, "invalid", pointer)
    assert not Gold.objects.exists()


def test_an_input_that_nests_too_deep_is_refused(own: Workflow, op: Api) -> None:
    deep: Any = []
    for _ in range(101):
        deep = [deep]
    body = {"input": {"a": deep}, "answer": "yes"}
    refused(op.send("POST", "workflows/own/golds", body), 400, "invalid", "/input")
    assert not Gold.objects.exists()


# From a case


def test_a_decided_case_becomes_a_known_answer(spam: Workflow, op: Api, decided: Case) -> None:
    made = op.send("POST", f"cases/{decided.pk}/gold")
    assert made.status_code == 201
    told = made.json()
    assert (told["input"], told["answer"]) == ({"text": "hello"}, "no")
    assert told["id"] == str(Gold.objects.get().pk) != str(decided.pk)


def test_a_case_that_nobody_decided_does_not(spam: Workflow, op: Api) -> None:
    refused(op.send("POST", f"cases/{case(spam).case_id}/gold"), 409, "conflict")
    refused(op.send("POST", f"cases/{new_id()}/gold"), 404, "not-found")
    assert not Gold.objects.exists()


# Retiring


def test_a_known_answer_is_retired(spam: Workflow, op: Api) -> None:
    gold = known(spam)
    assert op.send("POST", f"{GOLDS}/{gold.pk}/retire").status_code == 204
    assert Referral.objects.get().state == "closed"
    (told,) = op.send("GET", GOLDS).json()["golds"]
    assert told["retired_at"] is not None
    assert op.send("POST", f"{GOLDS}/{gold.pk}/retire").status_code == 204
    assert op.send("GET", GOLDS).json()["golds"] == [told]


def test_a_known_answer_of_another_workflow_is_not_there(spam: Workflow, op: Api) -> None:
    other = known(factories.workflow("ham"))
    refused(op.send("POST", f"{GOLDS}/{other.pk}/retire"), 404, "not-found")
    refused(op.send("POST", f"{GOLDS}/{new_id()}/retire"), 404, "not-found")
    other.refresh_from_db()
    assert other.retired is None


# The list


def test_the_list_says_what_people_said(spam: Workflow, op: Api, bob: User) -> None:
    gold = known(spam)
    answer(bob, gold, "no")
    (told,) = op.send("GET", GOLDS).json()["golds"]
    said = told["said"]
    assert (said["n"], said["right"], said["value"], said["low"]) == (1, 0, 0.0, 0.0)
    assert 0.7 < said["high"] < 0.8


def test_the_list_comes_in_pages(spam: Workflow, op: Api) -> None:
    ids = [str(known(spam, text).pk) for text in "abc"]
    first = op.send("GET", f"{GOLDS}?limit=2").json()
    assert [one["id"] for one in first["golds"]] == [ids[2], ids[1]]
    rest = op.send("GET", first["next"].partition("/api/v1/")[2]).json()
    assert ([one["id"] for one in rest["golds"]], rest["next"]) == ([ids[0]], None)


def test_many_known_answers_cost_no_more_queries(
    spam: Workflow, op: Api, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for i in range(5):
        known(spam, str(i))
    op.send("GET", GOLDS)
    with django_assert_num_queries(6):  # the key, the person, rights and workflow; golds in two
        op.send("GET", GOLDS)


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [("limit=0", "limit"), ("limit=1001", "limit"), ("after=x", "after"), ("page=2", "page")],
)
def test_an_odd_page_is_refused(spam: Workflow, op: Api, asked: str, pointer: str) -> None:
    refused(op.send("GET", f"{GOLDS}?{asked}"), 400, "invalid", pointer)


# From a table

TABLE = (
    b'input,value,note\r\n"{""text"": ""a""}",yes,from the handbook\r\n"{""text"": ""b""}",no,\r\n'
)


def import_table(api: Api, table: bytes, content_type: str = "text/csv") -> Any:
    path = f"/api/v1/{GOLDS}/import"
    return api.post(path, table, content_type=content_type)


def test_a_table_becomes_known_answers(op: Api, spam: Workflow, alice: User) -> None:
    answer = import_table(op, TABLE, "text/csv; charset=utf-8")
    assert answer.status_code == 201, answer.content
    made = Gold.objects.order_by("pk")
    assert answer.json() == {"ids": [str(gold.pk) for gold in made]}
    assert [(gold.answer, gold.note, gold.by) for gold in made] == [
        ("yes", "from the handbook", alice),
        ("no", "", alice),
    ]


def test_a_wrong_cell_refuses_the_whole_table(op: Api) -> None:
    table = TABLE.replace(b",no,", b",maybe,")
    told = refused(import_table(op, table), 400, "invalid", "/rows/1/value")
    assert told["errors"][0]["detail"].startswith("Line 3: 'maybe' is not a class.")
    assert not Gold.objects.exists()


def test_what_is_no_table_is_refused(op: Api) -> None:
    refused(import_table(op, b""), 400, "invalid", "/columns")
    assert import_table(op, b"{}", "application/json").status_code == 415


@pytest.mark.parametrize("role", [None, Role.REVIEWER, Role.AUDITOR])
def test_only_who_operates_imports_known_answers(
    spam: Workflow, shop: Api, charlie: User, role: Role | None
) -> None:
    if role is not None:
        charlie = factories.person("role", role, workflow=spam)
    refused(import_table(token(charlie), TABLE), 403, "forbidden")
    refused(import_table(shop, TABLE), 403, "forbidden")
    refused(import_table(Api(), TABLE), 401, "not-authenticated")
    assert not Gold.objects.exists()
