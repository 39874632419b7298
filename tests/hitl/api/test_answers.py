"""Answers of every shape over the wire: sent, claimed, judged, decided."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from hitl.domain.roles import Role
from hitl.models import Decision, Prediction, Workflow
from models_registry import services as registry
from tests import factories
from tests.conftest import Api, token
from tests.problems import refused

pytestmark = pytest.mark.django_db

FIELDS = {
    "fields": [
        {"name": "vendor", "type": "text", "required": True},
        {"name": "total", "type": "number", "unit": "EUR", "decimals": 2, "minimum": 0},
        {"name": "day", "type": "date"},
        {"name": "paid", "type": "yes_no"},
    ]
}
ANSWERS: dict[str, tuple[dict[str, Any], object, object]] = {
    "multilabel": (
        {"classes": ["rain", "wind", "snow"], "none_of_these": True},
        ["snow", "rain"],
        ["rain", "snow"],
    ),
    "number": ({"unit": "kg", "decimals": 2}, 12.5, "12.50"),
    "text": ({"compare": "wer"}, "The cat sat. ", "The cat sat."),
    "fields": (
        FIELDS,
        {"vendor": "ACME", "total": "1.5"},
        {"vendor": "ACME", "total": "1.50", "day": None, "paid": None},
    ),
}
"""Per task type: the definition, what a person says, and what is stored and told."""


def workflow(task_type: str, answer: dict[str, Any], **given: Any) -> tuple[Api, User]:
    """A workflow with its client and one person who judges."""
    made: Workflow = factories.workflow("shapes", task_type=task_type, answer=answer, **given)
    return Api(factories.key(made)[1]), factories.person("rita", Role.REVIEWER, workflow=made)


def ask(shop: Api, **given: Any) -> dict[str, Any]:
    answer = shop.send("POST", "workflows/shapes/cases", {"input": {"text": "scan"}, **given})
    assert answer.status_code == 201, answer.content
    told: dict[str, Any] = answer.json()
    return told


def review(api: Api, claim: dict[str, Any], value: object) -> Any:
    body = {"token": claim["token"], "value": value}
    return api.send("POST", f"referrals/{claim['id']}/review", body)


@pytest.mark.parametrize("task_type", list(ANSWERS))
def test_an_answer_goes_all_the_way(task_type: str) -> None:
    answer, said, stored = ANSWERS[task_type]
    shop, rita = workflow(task_type, answer)
    case, me = ask(shop), token(rita)
    claim = me.send("POST", "referrals/claim").json()
    assert claim["form"]["task_type"] == task_type
    done = review(me, claim, said)
    assert done.status_code == 201, done.content
    told = shop.send("GET", f"cases/{case['id']}").json()
    assert (told["status"], told["decision"]["value"]) == ("decided", stored)
    assert Decision.objects.get().value == stored


def test_every_wrong_field_of_a_review_is_named_and_nothing_is_lost() -> None:
    shop, rita = workflow("fields", FIELDS)
    ask(shop)
    me = token(rita)
    claim = me.send("POST", "referrals/claim").json()
    wrong = review(me, claim, {"total": "-1", "day": "soon", "extra": 1})
    told = refused(wrong, 400, "invalid", "/value/extra")
    pointers = [problem["pointer"] for problem in told["errors"]]
    assert pointers == ["/value/extra", "/value/vendor", "/value/total", "/value/day"]
    refused(review(me, claim, []), 400, "invalid", "/value")
    assert review(me, claim, {"vendor": "ACME"}).status_code == 201


@pytest.mark.parametrize("value", [True, "1,5", "nan", None, [1], "1.234"])
def test_what_is_no_such_number_is_refused(value: object) -> None:
    shop, rita = workflow("number", {"unit": "kg", "decimals": 2})
    ask(shop)
    me = token(rita)
    claim = me.send("POST", "referrals/claim").json()
    refused(review(me, claim, value), 400, "invalid", "/value")


def reading_client() -> tuple[Api, User]:
    registry.register_model(name="reader", runtime="client")
    registry.register_version(model="reader", artifact=b"", schema=factories.SCHEMA, classes=())
    return workflow("fields", FIELDS, model="reader", level="partial_automation")


def test_a_client_sends_the_confidence_of_each_field() -> None:
    shop, _ = reading_client()
    value = {"vendor": "ACME", "total": 2, "day": "2026-02-03", "paid": True}
    sure = dict.fromkeys(value, 0.97)
    told = ask(shop, prediction={"value": value, "confidences": sure})
    assert told["status"] == "decided"
    assert told["decision"]["value"] == value | {"total": "2.00"}
    doubt = ask(shop, prediction={"value": value, "confidences": sure | {"paid": 0.4}})
    assert doubt["status"] == "referred"
    assert Prediction.objects.get(case=doubt["id"]).confidence == 0.4


@pytest.mark.parametrize(
    "confidences",
    [
        pytest.param({"total": "high"}, id="a word"),
        pytest.param({"total": None}, id="null"),
        pytest.param([0.5], id="a list"),
    ],
)
def test_confidences_are_numbers_by_name(confidences: object) -> None:
    shop, _ = reading_client()
    body = {"input": {"text": "x"}, "prediction": {"value": {}, "confidences": confidences}}
    told = shop.send("POST", "workflows/shapes/cases", body)
    refused(told, 400, "invalid", "/prediction/confidences")
