"""Rollouts over HTTP: whoever operates starts, steps, pauses, promotes, aborts and returns."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from hitl.models import Rollout, Workflow
from hitl.services import workflows
from tests.conftest import Api, token
from tests.hitl.services.rollouts.rolling import EASY, begin, live, second
from tests.problems import refused

pytestmark = pytest.mark.django_db
ALL, BACK, WHY = "workflows/spam/rollouts", "workflows/spam/return", {"reason": "because"}
START = {"version": 2, "strategy": "canary", "plan": EASY, **WHY}


@pytest.fixture
def newer(spam: Workflow) -> Workflow:
    second(spam, value="no")
    return spam


def at(row: Rollout, verb: str = "") -> str:
    return f"{ALL}/{row.pk}" + (f"/{verb}" if verb else "")


def test_one_is_started_and_read(newer: Workflow, alice: User) -> None:
    api = token(alice)
    made = api.send("POST", ALL, START)
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["strategy"], told["state"], told["share"]) == ("canary", "running", 0.5)
    assert (told["champion"]["version"], told["challenger"]["version"]) == (
        "spam-model v1",
        "spam-model v2",
    )
    assert (told["judgement"], told["due"], told["by"]) == ("not_enough", "step", "alice")
    assert told["errors"]["needed_for_worse"] == 25
    assert api.send("GET", f"{ALL}/{told['id']}").json() == told | {"due": "step"}
    assert [one["id"] for one in api.send("GET", ALL).json()["rollouts"]] == [told["id"]]


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"version": 9}, "/version"),
        ({"version": "two"}, "/version"),
        ({"strategy": "magic"}, "/strategy"),
        ({"plan": {"steps": []}}, "/plan/steps"),
        ({"plan": {"doubt_share": 0.3}}, "/plan/doubt_share"),
        ({"plan": {"speed": 1}}, "/plan"),
        ({"reason": ""}, "/reason"),
    ],
)
def test_what_is_wrong_is_named(
    newer: Workflow, alice: User, given: dict[str, Any], pointer: str
) -> None:
    answer = token(alice).send("POST", ALL, START | given)
    refused(answer, 400, "invalid", pointer)
    assert not Rollout.objects.exists()


def test_a_second_one_is_a_conflict(newer: Workflow, alice: User) -> None:
    begin(newer)
    refused(token(alice).send("POST", ALL, START), 409, "conflict")


@pytest.mark.parametrize(
    ("verb", "state", "after"),
    [
        ("step", "running", (1, 2, 1.0)),
        ("promote", "promoted", (2, None, 0.0)),
        ("abort", "aborted", (1, None, 0.0)),
        ("pause", "paused", (1, 2, 0.5)),
        ("resume", "running", (1, 2, 0.5)),
    ],
)
def test_each_verb_does_what_it_says(
    newer: Workflow, alice: User, verb: str, state: str, after: tuple[int, int | None, float]
) -> None:
    body = None if verb in {"pause", "resume"} else WHY
    answer = token(alice).send("POST", at(begin(newer), verb), body)
    assert (answer.status_code, answer.json()["state"]) == (200, state)
    assert live(newer) == after


def test_what_has_ended_takes_no_verb(newer: Workflow, alice: User) -> None:
    api, row = token(alice), begin(newer)
    api.send("POST", at(row, "abort"), WHY)
    for verb in ("step", "promote", "abort", "pause", "resume"):
        refused(api.send("POST", at(row, verb), WHY), 409, "conflict")


@pytest.mark.parametrize("verb", ["step", "promote"])
def test_who_has_read_an_older_revision_is_refused(newer: Workflow, alice: User, verb: str) -> None:
    answer = token(alice).send("POST", at(begin(newer), verb), WHY | {"seen": 1})
    refused(answer, 409, "conflict")
    assert live(newer) == (1, 2, 0.5)


def test_back_to_what_answered_before(newer: Workflow, alice: User) -> None:
    api = token(alice)
    refused(api.send("POST", BACK, WHY), 409, "conflict")
    api.send("POST", at(begin(newer), "promote"), WHY)
    told = api.send("POST", BACK, WHY).json()
    assert (live(newer), told["revision"]) == ((1, None, 0.0), workflows.in_force(newer).no)
    refused(api.send("POST", BACK, WHY | {"version": 7}), 400, "invalid", "/version")


def test_others_may_not(newer: Workflow, bob: User, charlie: User, shop: Api) -> None:
    row = begin(newer)
    paths = [ALL, BACK, *(at(row, v) for v in ("step", "promote", "abort", "pause", "resume"))]
    for path in paths:
        assert token(bob).send("POST", path, START).status_code == 403
        assert token(charlie).send("POST", path, START).status_code in {403, 404}
        assert shop.send("POST", path, START).status_code == 403
    for path in (ALL, at(row)):
        assert token(bob).send("GET", path).status_code == 403
        assert token(charlie).send("GET", path).status_code in {403, 404}
        assert shop.send("GET", path).status_code == 403
        assert Api().send("GET", path).status_code == 401
    assert live(newer) == (1, 2, 0.5)


def test_one_that_is_not_there_is_not_found(newer: Workflow, alice: User) -> None:
    refused(token(alice).send("GET", f"{ALL}/{uuid4()}"), 404, "not-found")
