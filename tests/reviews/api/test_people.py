"""Who reviews, where they stand, how far they agree: who may read it, and what is told."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from hitl.domain.roles import Role
from hitl.models import Workflow
from hitl.services import workflows
from hitl.services.revisions import policy_in_force
from reviews.domain.agreement import TOO_FEW
from reviews.models import Standing
from reviews.services import standing
from tests import factories
from tests.conftest import Api, token
from tests.problems import refused
from tests.reviews.answers import NOW, case, examined, hold, review

pytestmark = pytest.mark.django_db


@pytest.fixture
def op(alice: User) -> Api:
    return token(alice)


@pytest.fixture
def dora(spam: Workflow) -> User:
    return factories.person("dora", Role.REVIEWER, workflow=spam)


@pytest.fixture
def paused(spam: Workflow, bob: User) -> User:
    """Bob, below the bar."""
    policy = {"gold_share": 0.1, "gold_least": 4}
    workflows.change(spam, by=None, reason="t", policy=policy)
    examined(bob, spam, right=1, wrong=3)
    standing.state_of(bob, spam.pk, policy_in_force(spam.pk), NOW)
    return bob


DOORS = [
    ("GET", "workflows/spam/people", None),
    ("GET", "workflows/spam/people/agreement", None),
    ("POST", "workflows/spam/people/{bob}/lift", {"reason": "why not"}),
]


# Who may


@pytest.mark.parametrize(("method", "path", "body"), DOORS)
def test_neither_reviewers_nor_outsiders_learn_how_others_judge(
    spam: Workflow, shop: Api, paused: User, charlie: User, method: str, path: str, body: Any
) -> None:
    """Their own numbers are at another address, without what tells known answers apart."""
    path = path.format(bob=paused.pk)
    eve = factories.person("eve", Role.OPERATOR, workflow=factories.workflow("bread"))
    for person in (paused, charlie, eve):
        refused(token(person).send(method, path, body), 403, "forbidden")
    refused(shop.send(method, path, body), 403, "forbidden")
    refused(Api().send(method, path, body), 401, "not-authenticated")
    assert Standing.objects.get().state == "paused"


@pytest.mark.parametrize(("method", "path", "body"), DOORS)
def test_an_unknown_workflow_is_missing_for_who_may_see_all(
    spam: Workflow, bob: User, method: str, path: str, body: Any
) -> None:
    root = token(factories.person("root", Role.ADMIN))
    path = path.replace("spam", "nowhere").format(bob=bob.pk)
    refused(root.send(method, path, body), 404, "not-found")


def test_an_auditor_reads_agreement_and_nothing_else_here(spam: Workflow, paused: User) -> None:
    audrey = token(factories.person("audrey", Role.AUDITOR, workflow=spam))
    assert audrey.send("GET", "workflows/spam/people/agreement").status_code == 200
    refused(audrey.send("GET", "workflows/spam/people"), 403, "forbidden")
    lift = f"workflows/spam/people/{paused.pk}/lift"
    refused(audrey.send("POST", lift, {"reason": "r"}), 403, "forbidden")


# People


def test_people_with_their_work_and_standing(
    spam: Workflow, op: Api, paused: User, dora: User
) -> None:
    hold(dora, case(spam), expires=NOW + timedelta(hours=1), shown_at=NOW)
    hold(dora, case(spam), state="skipped")
    review(dora, case(spam), "yes")
    told = op.send("GET", "workflows/spam/people").json()
    assert (told["known_answers"], told["onboarding"]) == (4, 0)
    bobs, doras = told["people"]
    assert (bobs["id"], bobs["username"], bobs["state"]) == (paused.pk, "bob", "paused")
    assert bobs["reason"] == "1 of 4 known answers right; 80 % are needed"
    known = bobs["known_answers"]
    assert (known["n"], known["right"], known["value"]) == (4, 1, 0.25)
    assert 0 < known["low"] < 0.25 < known["high"] < 1
    assert (doras["state"], doras["reason"], doras["lifted"]) == ("active", "", "")
    assert (doras["held"], doras["answered_today"], doras["skipped_today"]) == (1, 1, 1)
    assert doras["held_since"].startswith(f"{NOW:%Y-%m-%dT%H:%M}")
    assert doras["known_answers"] == {"n": 0, "right": 0, "value": None, "low": None, "high": None}


def test_many_people_cost_no_more_queries(
    spam: Workflow, op: Api, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for i in range(5):
        factories.person(f"r{i}", Role.REVIEWER, workflow=spam)
    op.send("GET", "workflows/spam/people")
    with django_assert_num_queries(13):  # four for key and rights, seven, two counts
        op.send("GET", "workflows/spam/people")


# Lifting


def test_a_pause_is_lifted(spam: Workflow, op: Api, alice: User, paused: User) -> None:
    lift = f"workflows/spam/people/{paused.pk}/lift"
    answer = op.send("POST", lift, {"reason": "trained again"})
    assert answer.status_code == 200
    row = Standing.objects.get()
    assert (row.state, row.lifted_by, row.reason) == ("active", alice, "trained again")
    assert answer.json()["state"] == "active"
    (told,) = op.send("GET", "workflows/spam/people").json()["people"]
    assert (told["state"], told["lifted"]) == ("active", "alice: trained again")
    refused(op.send("POST", lift, {"reason": "again"}), 409, "conflict")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param({}, "/reason", id="no reason"),
        pytest.param({"reason": ""}, "/reason", id="an empty one"),
        pytest.param({"reason": " "}, "/reason", id="a blank one"),
        pytest.param({"reason": "r", "x": 1}, "/x", id="something else"),
    ],
)
def test_a_lift_needs_a_reason(
    spam: Workflow, op: Api, paused: User, body: Any, pointer: str
) -> None:
    answer = op.send("POST", f"workflows/spam/people/{paused.pk}/lift", body)
    refused(answer, 400, "invalid", pointer)
    assert Standing.objects.get().state == "paused"


def test_who_is_not_there_is_not_lifted(
    spam: Workflow, op: Api, paused: User, charlie: User
) -> None:
    for who in (0, charlie.pk, 10**30):
        answer = op.send("POST", f"workflows/spam/people/{who}/lift", {"reason": "r"})
        refused(answer, 404, "not-found")


# Agreement


def test_how_far_people_agree(spam: Workflow, op: Api, bob: User, dora: User) -> None:
    for i in range(20):
        referral = case(spam)
        review(bob, referral, "yes" if i % 2 else "no")
        review(dora, referral, "yes" if i % 2 or i < 4 else "no")
    told = op.send("GET", "workflows/spam/people/agreement").json()
    assert (told["cases"], told["judgements"], told["complete"]) == (20, 40, True)
    whole = told["agreement"]
    assert (whole["n"], whole["value"], whole["note"]) == (20, pytest.approx(0.9), "")
    assert whole["low"] < 0.9 < whole["high"]
    assert told["alpha"]["low"] < told["alpha"]["value"] < told["alpha"]["high"]
    assert [(one["verdict"], one["label"]) for one in told["labels"]] == [
        ("answer", "yes"),
        ("answer", "no"),
    ]
    assert [one["username"] for one in told["people"]] == ["bob", "dora"]
    (pair,) = told["pairs"]
    assert pair["usernames"] == ["bob", "dora"]
    assert pair["kappa"]["value"] == pytest.approx(0.8)


def test_too_little_is_not_zero(spam: Workflow, op: Api, bob: User, dora: User) -> None:
    referral = case(spam)
    review(bob, referral, "yes")
    review(dora, referral, "no")
    told = op.send("GET", "workflows/spam/people/agreement").json()
    nothing = {"n": 1, "value": None, "low": None, "high": None, "note": TOO_FEW}
    assert told["agreement"] == told["alpha"] == nothing
    assert {str(one["agreement"]) for one in told["people"]} == {str(nothing)}


def test_the_span_is_the_callers(spam: Workflow, op: Api, bob: User, dora: User) -> None:
    for days in (1, 40):
        referral = case(spam, created=NOW - timedelta(days=days))
        review(bob, referral, "yes")
        review(dora, referral, "no")
    where = "workflows/spam/people/agreement"
    assert op.send("GET", where).json()["cases"] == 1
    assert op.send("GET", f"{where}?from=2020-01-01T00:00:00Z").json()["cases"] == 2
    assert op.send("GET", f"{where}?to=2020-01-01T00:00:00Z").json()["cases"] == 0
    ever = "from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z"
    assert op.send("GET", f"{where}?{ever}").json()["cases"] == 2
    assert op.send("GET", f"{where}?to=0001-01-20T00:00:00Z").json()["cases"] == 0


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        pytest.param("from=yesterday", "from", id="no time"),
        pytest.param("from=2020-01-01T00:00:00", "from", id="no zone"),
        pytest.param("from=2020-02-01T00:00:00Z&to=2020-01-01T00:00:00Z", "from", id="backwards"),
        pytest.param("since=2020-01-01T00:00:00Z", "since", id="unknown"),
        pytest.param("to=0001-01-01T00:00:00Z", "to", id="the first year"),
        pytest.param("to=0001-01-01T00:00:00%2B14:00", "to", id="before the first year"),
        pytest.param("from=9999-12-31T23:59:59-14:00", "from", id="after the last year"),
        pytest.param("to=10000-01-01T00:00:00Z", "to", id="no year of ours"),
    ],
)
def test_an_odd_span_is_refused(spam: Workflow, op: Api, asked: str, pointer: str) -> None:
    answer = op.send("GET", f"workflows/spam/people/agreement?{asked}")
    refused(answer, 400, "invalid", pointer)
