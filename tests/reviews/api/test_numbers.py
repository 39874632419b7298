"""Numbers of people over HTTP: who may read whose, and what is told."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from hitl.domain.roles import Role
from hitl.models import Workflow
from tests import factories
from tests.conftest import Api, token
from tests.problems import refused
from tests.reviews.answers import NOW, case, examined, review
from tests.reviews.desks import dials, judge, level, send

pytestmark = pytest.mark.django_db

TEAM = ["workflows/spam/people/numbers", "workflows/spam/people/bias"]
MINE = "me/numbers?workflow=spam"


@pytest.fixture
def op(alice: User) -> Api:
    return token(alice)


# Who may


@pytest.mark.parametrize("path", TEAM)
def test_a_teams_numbers_are_for_who_runs_it(
    spam: Workflow, shop: Api, bob: User, charlie: User, path: str
) -> None:
    auditor = factories.person("audrey", Role.AUDITOR, workflow=spam)
    eve = factories.person("eve", Role.OPERATOR, workflow=factories.workflow("bread"))
    for person in (bob, charlie, auditor, eve):
        refused(token(person).send("GET", path), 403, "forbidden")
    refused(shop.send("GET", path), 403, "forbidden")
    refused(Api().send("GET", path), 401, "not-authenticated")
    root = token(factories.person("root", Role.ADMIN))
    refused(root.send("GET", path.replace("spam", "nowhere")), 404, "not-found")


def test_ones_own_numbers_need_a_reviewer_of_that_workflow(
    spam: Workflow, shop: Api, bob: User, charlie: User
) -> None:
    eve = factories.person("eve", Role.REVIEWER, workflow=factories.workflow("bread"))
    auditor = factories.person("audrey", Role.AUDITOR, workflow=spam)
    for person in (charlie, eve, auditor):
        refused(token(person).send("GET", MINE), 403, "forbidden")
    refused(token(bob).send("GET", "me/numbers?workflow=nowhere"), 403, "forbidden")
    refused(shop.send("GET", MINE), 403, "forbidden")
    refused(Api().send("GET", MINE), 401, "not-authenticated")


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        pytest.param("days=31", "days", id="no such span"),
        pytest.param("days=x", "days", id="no number"),
        pytest.param("days=", "days", id="empty"),
        pytest.param("since=1", "since", id="unknown"),
    ],
)
@pytest.mark.parametrize("path", [*TEAM, "me/numbers"])
def test_an_odd_question_is_refused(
    spam: Workflow, op: Api, bob: User, path: str, asked: str, pointer: str
) -> None:
    who = token(bob) if path == "me/numbers" else op
    more = "workflow=spam&" if path == "me/numbers" else ""
    refused(who.send("GET", f"{path}?{more}{asked}"), 400, "invalid", pointer)


def test_ones_own_numbers_are_of_one_workflow(spam: Workflow, bob: User) -> None:
    refused(token(bob).send("GET", "me/numbers"), 400, "invalid", "workflow")
    refused(token(bob).send("GET", "me/numbers?workflow="), 400, "invalid", "workflow")


# What is told


def test_a_team_and_its_queue(spam: Workflow, op: Api, bob: User) -> None:
    for _ in range(25):
        review(bob, case(spam), "yes")
    examined(bob, spam, right=3, wrong=1)
    case(spam, created=NOW - timedelta(hours=2), free=1)
    told = op.send("GET", f"{TEAM[0]}?days=7").json()
    assert told["complete"] is True
    (bobs,) = told["people"]
    assert (bobs["username"], bobs["numbers"]["judged"]) == ("bob", 29)
    assert bobs["numbers"]["known_answers"]["right"] == 3
    assert bobs["numbers"]["pace"] == {
        "n": 29,
        "median": 1.0,
        "p90": 1.0,
        "bound": 0.2,
        "fast": 0,
        "suspicious": False,
    }
    assert bobs["numbers"]["consensus"] == {
        "n": 0,
        "hits": 0,
        "value": None,
        "low": None,
        "high": None,
    }
    assert len(bobs["numbers"]["days"]) == 7
    assert told["team"]["judged"] == 29
    waits = {one["age"]: one["waiting"] for one in told["queue"]["ages"]}
    assert waits["1 to 8 h"] == 1
    assert told["queue"]["forecast"]["state"] == "unknown"
    assert "fifth of the team's median" in told["fast_rule"]


def test_ones_own_numbers(spam: Workflow, bob: User) -> None:
    examined(bob, spam, right=10, wrong=0, at=NOW - timedelta(days=2))
    examined(bob, spam, right=0, wrong=0)
    told = token(bob).send("GET", MINE).json()
    assert set(told) == {"since", "complete", "fast_rule", "numbers"}
    assert told["numbers"]["known_answers"]["n"] == 10
    assert told["numbers"]["judged"] == 10


def test_bias_over_http(spam: Workflow, op: Api, bob: User) -> None:
    dials(level(spam, "ai_assistance"), blind_share=0.5)
    for _ in range(40):
        send(spam)
        judge(bob, "no")
    told = op.send("GET", TEAM[1]).json()
    assert told["blind_share"] == 0.5
    assert told["shown"]["n"] + told["hidden"]["n"] == 40
    assert told["bias"]["value"] == 0.0
    assert told["bias"]["low"] < 0 < told["bias"]["high"]
    assert (told["blind_error"]["value"], told["claimed_error"]["value"]) == (1.0, 1.0)
    (bobs,) = told["people"]
    assert bobs["stamp"]["state"] == "not enough data"
    assert bobs["stamp"]["why"].endswith("of 100 suggestions seen")
    assert told["flipped"]["n"] == 0
    assert "overrides" in told["stamp_rule"]


@pytest.mark.parametrize(("path", "reads"), [(TEAM[0], 10), (TEAM[1], 5)])
def test_more_people_and_judgements_cost_no_more_reads(
    spam: Workflow,
    op: Api,
    path: str,
    reads: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """Key, rights and workflow; then six, as nothing is measured yet, and two."""
    people: list[Any] = [factories.person(f"r{i}", Role.REVIEWER, workflow=spam) for i in range(4)]
    for person in people:
        for _ in range(3):
            review(person, case(spam), "yes")
    op.send("GET", path)
    with django_assert_num_queries(reads):
        op.send("GET", path)
