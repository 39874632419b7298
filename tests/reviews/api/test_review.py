"""Claim, review, skip and release over HTTP."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from hitl.domain.roles import Role
from hitl.models import Case, Decision, Referral, Workflow
from hitl.services import workflows
from models_registry.models import new_id
from reviews.models import Claim, Review
from tests import factories
from tests.conftest import Api, token
from tests.problems import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def me(bob: User) -> Api:
    return token(bob)


@pytest.fixture
def waiting(shop: Api) -> None:
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})


def claim(api: Api, **body: Any) -> dict[str, Any]:
    answer = api.send("POST", "referrals/claim", body or None)
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()
    return told


def act(api: Api, name: str, case: dict[str, Any], **more: Any) -> Any:
    given: dict[str, Any] = {"review": {"value": "no"}, "skip": {"reason": "r"}}.get(name, {})
    body = {"token": case["token"], **given, **more}
    return api.send("POST", f"referrals/{case['id']}/{name}", body)


def test_a_claimed_case_is_reviewed_and_decided(waiting: None, me: Api) -> None:
    case = claim(me, workflow="spam")
    assert case["suggestion"] is None
    done = act(me, "review", case, comment="sure")
    assert done.status_code == 201, done.content
    assert done.json() == {"state": "decided"}
    assert Case.objects.get().status == "decided"
    assert Decision.objects.get().value == "no"
    assert Review.objects.get().comment == "sure"


def test_a_claim_tells_all_that_is_needed_to_judge(waiting: None, me: Api) -> None:
    case, row = claim(me), Claim.objects.get()
    assert case["id"] == str(Referral.objects.get().pk)
    assert (case["token"], case["input"]) == (1, {"text": "hi"})
    assert datetime.fromisoformat(case["expires_at"]) == row.expires > datetime.now(UTC)
    assert [choice["value"] for choice in case["form"]["choices"]] == ["no", "yes"]


def test_the_suggestion_is_told_where_the_level_says_so(shop: Api, me: Api, spam: Workflow) -> None:
    workflows.change(spam, by=None, reason="test", policy={"blind_share": 0})
    workflows.set_level(spam, "ai_assistance", by=None, reason="test")
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})
    assert claim(me)["suggestion"] == {"value": "yes", "confidence": 0.95}


def test_with_time_to_undo_the_answer_says_settling(shop: Api, me: Api, spam: Workflow) -> None:
    workflows.change(spam, by=None, reason="test", policy={"undo_seconds": 5})
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})
    assert act(me, "review", claim(me)).json() == {"state": "settling"}


def test_an_empty_queue_says_so(me: Api) -> None:
    answer = me.send("POST", "referrals/claim", {})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Queue-State"] == "empty"


def test_a_queue_that_others_hold_says_until_when(waiting: None, me: Api, spam: Workflow) -> None:
    dora = token(factories.person("dora", Role.REVIEWER, workflow=spam))
    until = datetime.fromisoformat(claim(dora)["expires_at"])
    answer = me.send("POST", "referrals/claim", {})
    assert answer.status_code == 204
    assert answer.headers["Queue-State"] == f"held; count=1; until={until.isoformat()}"


def test_a_skipped_case_goes_to_somebody_else(waiting: None, me: Api, spam: Workflow) -> None:
    answer = act(me, "skip", claim(me), reason="unreadable")
    assert (answer.status_code, answer.content) == (204, b"")
    assert Claim.objects.get().skip_reason == "unreadable"
    assert me.send("POST", "referrals/claim").status_code == 204
    claim(token(factories.person("dora", Role.REVIEWER, workflow=spam)))


def test_a_released_case_may_come_back(waiting: None, me: Api) -> None:
    first = claim(me)
    assert act(me, "release", first).status_code == 204
    again = claim(me)
    assert (again["id"], again["token"]) == (first["id"], 2)


def test_a_signed_in_person_needs_no_token_but_csrf(waiting: None, bob: User) -> None:
    api = Api()
    api.force_login(bob)
    assert claim(api)["input"] == {"text": "hi"}
    strict = Api()
    strict.handler.enforce_csrf_checks = True
    strict.force_login(bob)
    refused(strict.send("POST", "referrals/claim", {}), 403, "permission-denied")


# Who may not


ACTIONS = ["review", "skip", "release"]


def test_outsiders_claim_nothing(waiting: None, shop: Api, charlie: User, spam: Workflow) -> None:
    auditor = factories.person("erin", Role.AUDITOR, workflow=spam)
    for api in (shop, token(charlie), token(auditor)):
        refused(api.send("POST", "referrals/claim", {}), 403, "forbidden")
        refused(api.send("POST", "referrals/claim", {"workflow": "spam"}), 403, "forbidden")
    refused(Api().send("POST", "referrals/claim", {}), 401, "not-authenticated")
    assert not Claim.objects.exists()


def test_a_reviewer_claims_only_from_their_own_workflows(waiting: None, me: Api) -> None:
    factories.workflow("ham")
    for slug in ("ham", "nowhere"):
        refused(me.send("POST", "referrals/claim", {"workflow": slug}), 403, "forbidden")


@pytest.mark.parametrize("name", ACTIONS)
def test_who_does_not_hold_the_case_may_not_answer_it(
    waiting: None, me: Api, shop: Api, spam: Workflow, charlie: User, name: str
) -> None:
    case = claim(me)
    dora = factories.person("dora", Role.REVIEWER, workflow=spam)
    for person in (dora, charlie):
        refused(act(token(person), name, case), 404, "not-found")
    refused(act(shop, name, case), 403, "forbidden")
    refused(act(Api(), name, case), 401, "not-authenticated")
    refused(act(me, name, {**case, "id": new_id()}), 404, "not-found")
    assert Claim.objects.get().state == "held"


def test_who_left_may_not_answer(waiting: None, me: Api, bob: User) -> None:
    case = claim(me)
    bob.hitl_memberships.all().delete()
    refused(act(me, "review", case), 403, "forbidden")
    bob.is_active = False
    bob.save()
    refused(act(me, "review", case), 401, "authentication-failed")


# Stale


@pytest.mark.parametrize("name", ACTIONS)
def test_a_stale_token_is_told_who_holds_the_case_until_when(
    waiting: None, me: Api, spam: Workflow, name: str
) -> None:
    case = claim(me)
    act(me, "release", case)
    theirs = claim(token(factories.person("dora", Role.REVIEWER, workflow=spam)))
    body = refused(act(me, name, case), 409, "stale-claim")
    assert body["held_by"] == "dora"
    assert body["state"] == "released"
    assert datetime.fromisoformat(body["held_until"]) == datetime.fromisoformat(
        theirs["expires_at"]
    )
    assert not Review.objects.exists()


@pytest.mark.parametrize("name", ACTIONS)
def test_a_case_is_answered_once(waiting: None, me: Api, name: str) -> None:
    case = claim(me)
    act(me, "review", case)
    body = refused(act(me, name, case), 409, "stale-claim")
    assert (body["state"], body["held_by"], body["held_until"]) == ("done", None, None)


def test_a_token_that_was_never_given_is_stale(waiting: None, me: Api) -> None:
    case = claim(me)
    body = refused(act(me, "review", case, token=10**30), 409, "stale-claim")
    assert body["held_by"] == "you"


# What is wrong with the body


@pytest.mark.parametrize(
    ("name", "more", "pointer"),
    [
        ("review", {"value": "maybe"}, "/value"),
        ("review", {"value": None}, "/value"),
        ("review", {"token": 0}, "/token"),
        ("review", {"token": "1"}, "/token"),
        ("review", {"comment": "a\x00b"}, "/comment"),
        ("review", {"comment": "x" * 2001}, "/comment"),
        ("review", {"colour": 1}, "/colour"),
        ("skip", {"reason": ""}, "/reason"),
        ("skip", {"reason": "x" * 501}, "/reason"),
        ("skip", {"reason": "a\x00b"}, "/reason"),
        ("skip", {"token": None}, "/token"),
        ("release", {"token": 1.5}, "/token"),
        ("release", {"reason": "r"}, "/reason"),
    ],
)
def test_a_wrong_body_is_refused_and_the_case_stays(
    waiting: None, me: Api, name: str, more: dict[str, Any], pointer: str
) -> None:
    case = claim(me)
    refused(act(me, name, case, **more), 400, "invalid", pointer)
    assert Claim.objects.get().state == "held"


@pytest.mark.parametrize("name", ACTIONS)
def test_an_empty_or_malformed_body_is_refused(me: Api, name: str) -> None:
    path = f"referrals/{new_id()}/{name}"
    refused(me.send("POST", path), 400, "invalid", "")
    refused(me.send("POST", path, b"{"), 400, "malformed-json")
    refused(me.send("GET", path), 405, "method-not-allowed")


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"workflow": 1}, "invalid", "/workflow"),
        ({"workflow": "a\x00b"}, "invalid", "/workflow"),
        ({"pool": "spam"}, "invalid", "/pool"),
        ([], "invalid", ""),
        (b"{", "malformed-json", None),
    ],
)
def test_a_wrong_wish_is_refused(me: Api, body: Any, code: str, pointer: str | None) -> None:
    refused(me.send("POST", "referrals/claim", body), 400, code, pointer)


def test_an_oversized_judgement_is_refused(waiting: None, me: Api, settings: Settings) -> None:
    case = claim(me)
    settings.HITL_BODY_LIMIT = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    refused(act(me, "review", case, comment="x" * 1000), 413, "too-large")


def test_too_many_requests_are_told_when_to_come_back(me: Api, settings: Settings) -> None:
    settings.HITL_RATE_LIMIT = "1/hour"
    assert me.send("POST", "referrals/claim").status_code == 204
    answer = me.send("POST", "referrals/claim")
    refused(answer, 429, "throttled")
    assert int(answer.headers["Retry-After"]) >= 1
