"""Simulations over HTTP: figures, what cannot be known, and every wrong field by name."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from hitl.domain.roles import Role
from hitl.models import Revision, Workflow
from tests import factories
from tests.conftest import Api, token
from tests.problems import refused

pytestmark = pytest.mark.django_db
PATH = "workflows/spam/simulations"


@pytest.fixture
def op(alice: User) -> Api:
    return token(alice)


@pytest.fixture
def past(spam: Workflow, shop: Api) -> None:
    """Forty cases, all of which the model answers with 0.95."""
    shop.send("POST", "workflows/spam/cases", [{"input": {"text": str(i)}} for i in range(40)])


@pytest.mark.usefixtures("past")
def test_other_terms_stand_beside_the_present_ones(op: Api) -> None:
    told = op.send("POST", PATH, {"level": "partial_automation", "threshold": 0.9}).json()
    assert (told["cases"], told["predictions"]) == (40, 40)
    assert (told["now"]["automated"], told["then"]["automated"]) == (0, 40)
    assert (told["now"]["level"], told["then"]["level"]) == ("shadow", "partial_automation")
    assert told["then"]["automation_rate"] == 1.0
    assert told["then"]["error"]["value"] is None
    assert told["then"]["staffing"] is None
    known = {one["name"] for one in told["cannot_know"]}
    assert {"no_answers", "awaited", "no_times"} <= known
    assert all(one["detail"].endswith(".") for one in told["cannot_know"])
    assert told["version"] == "spam-model v1"
    assert Revision.objects.count() == 1


@pytest.mark.usefixtures("past")
def test_each_dial_by_itself_is_told_where_several_move(op: Api) -> None:
    asked = {"level": "partial_automation", "threshold": 0.99, "reviews_required": 2}
    told = op.send("POST", PATH, asked).json()
    assert {one["dial"]: one["automation_rate"] for one in told["effects"]} == {
        "level": 1.0,
        "threshold": 0.0,
        "reviews_required": 0.0,
    }


def test_without_a_case_it_says_that_there_is_nothing(op: Api) -> None:
    told = op.send("POST", PATH, {}).json()
    assert not told["then"]["enough"]
    assert told["then"]["automation_rate"] is None
    assert "too_few" in {one["name"] for one in told["cannot_know"]}


def test_an_auditor_may_ask_too(spam: Workflow) -> None:
    audrey = factories.person("audrey", Role.AUDITOR, workflow=spam)
    assert token(audrey).send("POST", PATH, {}).status_code == 200


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"weeks": 0}, "/weeks"),
        ({"weeks": 53}, "/weeks"),
        ({"max_error": 0}, "/max_error"),
        ({"confidence": 1}, "/confidence"),
        ({"threshold": 2}, "/threshold"),
        ({"threshold": 0.5, "confidence": 0.9}, "/threshold"),
        ({"level": "wild"}, "/level"),
        ({"level": 3}, "/level"),
        ({"audit_share": 0.3}, "/audit_share"),
        ({"blind_share": -1}, "/blind_share"),
        ({"reviews_required": 0}, "/reviews_required"),
        ({"hours_per_day": 25}, "/hours_per_day"),
        ({"wait_minutes": 0}, "/wait_minutes"),
        ({"people": 0}, "/people"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_is_wrong_is_named(op: Api, body: dict[str, Any], pointer: str) -> None:
    refused(op.send("POST", PATH, body), 400, "invalid", pointer)


def test_reviewers_outsiders_and_clients_do_not_simulate(
    spam: Workflow, shop: Api, bob: User, charlie: User
) -> None:
    stranger = factories.person("eve", Role.OPERATOR, workflow=factories.workflow("bread"))
    for api in (token(bob), token(charlie), token(stranger), shop):
        refused(api.send("POST", PATH, {}), 403, "forbidden")
