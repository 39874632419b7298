"""The ladder over HTTP: what the next level needs, taking it, and agreeing to it."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from hitl.domain.roles import Role
from hitl.models import Proposal, Workflow
from hitl.services import workflows
from hitl.services.evidence import certifying
from tests import factories
from tests.conftest import Api, token
from tests.hitl.services.evidence.test_certifying import TARGET, proven
from tests.problems import refused
from tests.reviews.desks import dials, level

pytestmark = pytest.mark.django_db
LADDER, PROMOTIONS, LEVEL = (f"workflows/spam/{one}" for one in ("ladder", "promotions", "level"))
WHY = {"reason": "proven"}


@pytest.fixture
def target(spam: Workflow) -> Workflow:
    dials(spam, threshold=TARGET)
    certifying.certify(proven(spam, 20).pk)
    return spam


@pytest.fixture
def two(target: Workflow) -> Workflow:
    return dials(target, promote="two")


@pytest.fixture
def olga(spam: Workflow) -> Api:
    return token(factories.person("olga", Role.OPERATOR, workflow=spam))


def proposal_of(answer: Any) -> str:
    assert answer.status_code == 202, answer.content
    return f"workflows/spam/proposals/{answer.json()['id']}"


def test_the_ladder_says_what_the_next_step_needs(spam: Workflow, alice: User) -> None:
    dials(spam, threshold=TARGET, risk="medium")
    told = token(alice).send("GET", LADDER).json()
    assert (told["level"], told["highest"]) == ("shadow", "partial_automation")
    assert (told["promote"], told["override"], told["proposal"]) == ("person", False, None)
    assert (told["step"]["level"], told["step"]["earned"]) == ("partial_automation", False)
    missing = [need for need in told["step"]["needs"] if not need["met"]]
    assert [need["name"] for need in missing] == ["thresholds", "certified"]
    assert (missing[0]["have"], missing[0]["need"]) == (0, 400)
    assert told["cannot"][0].startswith("One person judges here")


def test_at_the_top_there_is_no_step(target: Workflow, alice: User) -> None:
    level(target, "full_automation")
    assert token(alice).send("GET", LADDER).json()["step"] is None


def test_one_person_takes_the_step(target: Workflow, alice: User) -> None:
    answer = token(alice).send("POST", PROMOTIONS, WHY)
    assert answer.status_code == 200
    row = workflows.in_force(target)
    assert answer.json() == {
        "revision": row.no,
        "level": "partial_automation",
        "override": False,
    }
    body = refused(token(alice).send("POST", PROMOTIONS, WHY), 409, "conflict")
    assert "Full automation is not earned yet" in body["detail"]


def test_two_people_take_it_together(two: Workflow, alice: User, olga: Api) -> None:
    mine = token(alice)
    path = proposal_of(mine.send("POST", PROMOTIONS, WHY))
    waiting = olga.send("GET", LADDER).json()["proposal"]
    assert (waiting["by"], waiting["level"], waiting["state"]) == (
        "alice",
        "partial_automation",
        "open",
    )
    refused(mine.send("POST", f"{path}/confirm"), 403, "forbidden")
    refused(olga.send("POST", f"{path}/withdraw"), 403, "forbidden")
    assert olga.send("POST", f"{path}/confirm").json()["level"] == "partial_automation"
    refused(olga.send("POST", f"{path}/confirm"), 409, "conflict")
    assert olga.send("GET", LADDER).json()["proposal"] is None


@pytest.mark.parametrize("verb", ["refuse", "withdraw"])
def test_a_proposal_ends_without_a_step(two: Workflow, alice: User, olga: Api, verb: str) -> None:
    mine = token(alice)
    asked = mine.send("PUT", LEVEL, WHY | {"level": "partial_automation"})
    assert (asked.status_code, asked.json()["revision"]["level"]) == (202, "shadow")
    path = f"workflows/spam/proposals/{mine.send('GET', LADDER).json()['proposal']['id']}"
    answer = (olga if verb == "refuse" else mine).send("POST", f"{path}/{verb}")
    assert (answer.status_code, answer.json()["state"]) == (
        200,
        {"refuse": "refused", "withdraw": "withdrawn"}[verb],
    )
    assert workflows.in_force(two).level == "shadow"


def test_an_override_is_asked_for_with_the_level(target: Workflow, alice: User) -> None:
    mine, full = token(alice), WHY | {"level": "full_automation"}
    told = mine.send("PUT", LEVEL, full | {"override": True}).json()["revision"]
    assert (told["level"], told["override"]) == ("full_automation", True)
    assert mine.send("GET", LADDER).json()["override"]
    assert not mine.send("PUT", LEVEL, full).json()["revision"]["override"]
    wrong = {"level": "partial_automation", "override": True}
    refused(mine.send("PUT", LEVEL, WHY | wrong), 400, "invalid", "/override")


def test_the_cap_is_told(target: Workflow, alice: User) -> None:
    mine = token(alice)
    dials(target, risk="high")
    body = refused(mine.send("PUT", LEVEL, WHY | {"level": "full_automation"}), 409, "conflict")
    assert "allows at most AI assistance" in body["detail"]
    dials(target, risk="low")
    level(target, "partial_automation")
    change = WHY | {"policy": {"risk": "high"}}
    refused(mine.send("PATCH", "workflows/spam", change), 400, "invalid", "/policy/risk")


def test_only_an_administrator_ends_four_eyes(two: Workflow, alice: User) -> None:
    change = WHY | {"policy": {"promote": "person"}}
    refused(token(alice).send("PATCH", "workflows/spam", change), 403, "forbidden")
    root = token(factories.person("root", Role.ADMIN))
    assert root.send("PATCH", "workflows/spam", change).status_code == 200


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({}, "invalid", "/reason"),
        ({"reason": " "}, "invalid", "/reason"),
        ({"reason": 5}, "invalid", "/reason"),
        (WHY | {"level": "shadow"}, "invalid", "/level"),
        (b"{", "malformed-json", None),
    ],
)
def test_a_wrong_promotion_is_named(
    target: Workflow, alice: User, body: Any, code: str, pointer: str | None
) -> None:
    refused(token(alice).send("POST", PROMOTIONS, body), 400, code, pointer)


def test_who_has_not_seen_the_newest_revision_promotes_nothing(two: Workflow, alice: User) -> None:
    no = workflows.in_force(two).no
    body = refused(token(alice).send("POST", PROMOTIONS, WHY | {"seen": no - 1}), 409, "conflict")
    assert body["detail"] == f"Revision {no} came in after the {no - 1} that was seen."
    assert token(alice).send("POST", PROMOTIONS, WHY | {"seen": no}).status_code == 202


def test_an_unknown_proposal_is_missing(two: Workflow, alice: User) -> None:
    for verb in ("confirm", "refuse", "withdraw"):
        path = f"workflows/spam/proposals/{uuid4()}/{verb}"
        refused(token(alice).send("POST", path), 404, "not-found")


@pytest.mark.parametrize("path", [PROMOTIONS, *(f"{{}}/{v}" for v in ("confirm", "refuse"))])
def test_only_operators_raise_the_level(
    two: Workflow, shop: Api, alice: User, bob: User, charlie: User, path: str
) -> None:
    where = path
    if path != PROMOTIONS:
        where = path.format(proposal_of(token(alice).send("POST", PROMOTIONS, WHY)))
    other = factories.workflow("ham")
    stranger = factories.person("stranger", Role.OPERATOR, workflow=other)
    for who in (bob, charlie, stranger):
        refused(token(who).send("POST", where, WHY), 403, "forbidden")
    refused(shop.send("POST", where, WHY), 403, "forbidden")
    refused(Api().send("POST", where, WHY), 401, "not-authenticated")
    assert workflows.in_force(two).level == "shadow"
    assert not Proposal.objects.exclude(state="open").exists()


def test_outsiders_and_clients_do_not_read_the_ladder(
    target: Workflow, shop: Api, charlie: User
) -> None:
    refused(token(charlie).send("GET", LADDER), 403, "forbidden")
    refused(shop.send("GET", LADDER), 403, "forbidden")
    refused(Api().send("GET", LADDER), 401, "not-authenticated")
