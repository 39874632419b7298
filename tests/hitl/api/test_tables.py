"""GET /workflows/{slug}/answers."""

import csv
import io
from typing import Any

import pytest
from django.contrib.auth.models import User

from hitl.domain.roles import Role
from hitl.models import Case, Workflow
from hitl.services import cases, workflows
from tests import factories
from tests.conftest import Api, token
from tests.problems import refused

pytestmark = pytest.mark.django_db

ANSWERS = "workflows/spam/answers"


@pytest.fixture
def decided(shop: Api, spam: Workflow) -> Case:
    """A case of the shop that the model decided."""
    workflows.set_level(spam, "full_automation", by=None, reason="test")
    body = {"input": {"text": "hi"}, "reference": "=r"}
    told = shop.send("POST", "workflows/spam/cases", body).json()
    return Case.objects.get(pk=told["id"])


def table(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200, answer.content
    assert answer.headers["Content-Type"] == "text/csv"
    text = b"".join(answer.streaming_content).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def test_answers_come_as_csv(shop: Api, alice: User, decided: Case) -> None:
    for api in (shop, token(alice)):
        answer = api.send("GET", ANSWERS)
        assert answer.headers["Content-Disposition"] == 'attachment; filename="spam-answers.csv"'
        head, line = table(answer)
        assert head == ["case", "reference", "decided_at", "source", "unusable", "value"]
        assert line[:2] == [str(decided.pk), "'=r"]
        assert line[3:] == ["model", "no", "yes"]


def test_a_caller_may_ask_for_csv_and_is_refused_in_json(shop: Api, decided: Case) -> None:
    assert len(table(shop.send("GET", ANSWERS, Accept="text/csv"))) == 2
    wrong = shop.send("GET", f"{ANSWERS}?created_after=soon", Accept="text/csv")
    refused(wrong, 400, "invalid", "created_after")


def test_who_may_read_answers(
    shop: Api, spam: Workflow, alice: User, bob: User, charlie: User, decided: Case
) -> None:
    auditor = factories.person("erin", Role.AUDITOR, workflow=spam)
    for person in (alice, auditor):
        assert len(table(token(person).send("GET", ANSWERS))) == 2
    for person in (bob, charlie):
        refused(token(person).send("GET", ANSWERS), 403, "forbidden")
    refused(Api().send("GET", ANSWERS), 401, "not-authenticated")
    bakery = Api(factories.key(factories.workflow("ham"), client="bakery")[1])
    refused(bakery.send("GET", ANSWERS), 404, "not-found")
    other = Api(factories.key(spam, client="bakery")[1])
    assert len(table(other.send("GET", ANSWERS))) == 1


def test_who_also_judges_is_not_told_what_people_are_to_judge(
    alice: User, spam: Workflow, decided: Case
) -> None:
    auditor = factories.person("erin", Role.AUDITOR, workflow=spam)
    cases.say(decided, kind="contest", value=None, statement="no!")
    assert len(table(token(alice).send("GET", ANSWERS))) == 1
    assert table(token(auditor).send("GET", ANSWERS))[1][3:] == ["model", "no", "yes"]


@pytest.mark.parametrize("name", ["created_after", "created_before"])
def test_moments_are_moments(shop: Api, name: str) -> None:
    assert len(table(shop.send("GET", f"{ANSWERS}?{name}=2026-01-01T00:00:00Z"))) == 1
    refused(shop.send("GET", f"{ANSWERS}?{name}=2026-01-01"), 400, "invalid", name)


def test_an_unknown_parameter_is_refused(shop: Api) -> None:
    refused(shop.send("GET", f"{ANSWERS}?status=decided"), 400, "invalid", "status")


def test_moments_leave_out_what_lies_outside(shop: Api, decided: Case) -> None:
    for query in ("created_before=2020-01-01T00:00:00Z", "created_after=9000-01-01T00:00:00Z"):
        assert len(table(shop.send("GET", f"{ANSWERS}?{query}"))) == 1
