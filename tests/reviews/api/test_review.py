"""Claim, review, skip and release over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from hitl.domain.roles import Role
from hitl.models import Case, Decision, Referral, Workflow
from hitl.services import workflows
from models_registry.models import new_id
from reviews.domain.claims import MOST_HELD
from reviews.models import Claim, Review
from reviews.services import golds, judging
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


BODIES: dict[str, dict[str, Any]] = {
    "review": {"value": "no"},
    "skip": {"kind": "not_for_me", "reason": "r"},
    "draft": {"draft": {"value": "no"}},
}
ACTIONS = ["review", "skip", "release", "renew", "show", "draft"]


def act(api: Api, name: str, case: dict[str, Any], **more: Any) -> Any:
    body = {"token": case["token"], **BODIES.get(name, {}), **more}
    return api.send(method(name), f"referrals/{case['id']}/{name}", body)


def method(name: str) -> str:
    return "PUT" if name == "draft" else "POST"


def settle() -> int:
    """As if the time to undo were over."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    Referral.objects.filter(state="settling").update(settles_at=past)
    return judging.settle()


def test_a_claimed_case_is_reviewed_and_decided(waiting: None, me: Api) -> None:
    case = claim(me, workflow="spam")
    assert case["suggestion"] is None
    done = act(me, "review", case, comment="sure")
    assert done.status_code == 201, done.content
    assert done.json() == {"id": str(Review.objects.get().pk), "undo_seconds": 0}
    assert Case.objects.get().status == "decided"
    assert Decision.objects.get().value == "no"
    assert Review.objects.get().comment == "sure"


def test_a_claim_tells_all_that_is_needed_to_judge(waiting: None, me: Api) -> None:
    case, row = claim(me), Claim.objects.get()
    assert case["id"] == str(Referral.objects.get().pk)
    assert (case["token"], case["input"]) == (1, {"text": "hi"})
    assert datetime.fromisoformat(case["expires_at"]) == row.expires > datetime.now(UTC)
    assert [choice["value"] for choice in case["form"]["choices"]] == ["no", "yes"]
    assert (case["draft"], case["opinions"], case["statement"]) == (None, [], None)


def test_the_suggestion_is_told_where_the_level_says_so(shop: Api, me: Api, spam: Workflow) -> None:
    workflows.change(spam, by=None, reason="test", policy={"blind_share": 0})
    workflows.set_level(spam, "ai_assistance", by=None, reason="test")
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})
    assert claim(me)["suggestion"] == {"value": "yes", "confidence": 0.95}


def test_with_time_to_undo_the_answer_says_how_much(shop: Api, me: Api, spam: Workflow) -> None:
    workflows.change(spam, by=None, reason="test", policy={"undo_seconds": 5})
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})
    assert act(me, "review", claim(me)).json()["undo_seconds"] == 5
    assert Referral.objects.get().state == "settling"


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
    for name in ACTIONS:
        body = refused(act(me, name, case, token=10**30), 409, "stale-claim")
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
        ("skip", {"reason": " \n "}, "/reason"),
        ("skip", {"kind": "too_hard"}, "/kind"),
        ("skip", {"kind": None}, "/kind"),
        ("skip", {"token": None}, "/token"),
        ("draft", {"draft": None}, "/draft"),
        ("draft", {"draft": "text"}, "/draft"),
        ("draft", {"token": -1}, "/token"),
        ("draft", {"value": "no"}, "/value"),
        ("renew", {"token": "1"}, "/token"),
        ("renew", {"minutes": 60}, "/minutes"),
        ("show", {"token": []}, "/token"),
        ("show", {"seen": True}, "/seen"),
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
    refused(me.send(method(name), path), 400, "invalid", "")
    refused(me.send(method(name), path, b"{"), 400, "malformed-json")
    refused(me.send(method(name), path, []), 400, "invalid", "")
    refused(me.send("GET", path), 405, "method-not-allowed")


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"workflow": 1}, "invalid", "/workflow"),
        ({"ahead": "yes"}, "invalid", "/ahead"),
        ({"workflow": "a\x00b"}, "invalid", "/workflow"),
        ({"pool": "spam"}, "invalid", "/pool"),
        ([], "invalid", ""),
        (b"{", "malformed-json", None),
    ],
)
def test_a_wrong_wish_is_refused(me: Api, body: Any, code: str, pointer: str | None) -> None:
    for path in ("referrals/claim", "referrals/leave"):
        refused(me.send("POST", path, body), 400, code, pointer)


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


# Skips of three kinds


def test_what_nobody_can_judge_is_decided_as_unusable(waiting: None, me: Api, shop: Api) -> None:
    done = act(me, "skip", claim(me), kind="bad_input", reason="an empty page")
    assert done.status_code == 201
    assert done.json() == {"id": str(Review.objects.get().pk), "undo_seconds": 0}
    (told,) = shop.send("GET", "cases").json()["cases"]
    assert told["status"] == "decided"
    assert (told["decision"]["value"], told["decision"]["unusable"]) == (None, True)


def test_who_cannot_decide_leaves_it_to_an_adjudicator(
    waiting: None, me: Api, spam: Workflow
) -> None:
    done = act(me, "skip", claim(me), kind="cannot_decide", reason="could be both")
    assert (done.status_code, done.json()["undo_seconds"]) == (201, 0)
    case = claim(token(factories.person("dora", Role.REVIEWER, workflow=spam)))
    assert case["opinions"] == [
        {"verdict": "cannot_decide", "value": None, "comment": "could be both"}
    ]
    assert "bob" not in str(case)


def test_the_statement_of_who_objects_is_told(shop: Api, me: Api, spam: Workflow) -> None:
    workflows.set_level(spam, "full_automation", by=None, reason="test")
    told = shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}}).json()
    said = {"kind": "contest", "statement": "Not at all!"}
    assert shop.send("POST", f"cases/{told['id']}/feedback", said).status_code == 201
    case = claim(me)
    assert (case["statement"], case["suggestion"], case["opinions"]) == ("Not at all!", None, [])


# Drafts, leases


def test_a_draft_is_kept_and_told_again(waiting: None, me: Api) -> None:
    case = claim(me)
    answer = act(me, "draft", case, draft={"value": "yes", "comment": "half a sen"})
    assert answer.status_code == 200
    assert datetime.fromisoformat(answer.json()["saved_at"]) == Claim.objects.get().draft_at
    act(me, "release", case)
    assert claim(me)["draft"] == {"value": "yes", "comment": "half a sen"}


def test_complaint_5_a_late_answer_is_refused_and_kept_as_the_draft(waiting: None, me: Api) -> None:
    case = claim(me)
    act(me, "release", case)
    refused(act(me, "review", case, value="yes", comment="sure"), 409, "stale-claim")
    assert claim(me)["draft"] == {"verdict": "answer", "value": "yes", "comment": "sure"}


def test_a_lease_is_renewed(waiting: None, me: Api) -> None:
    case = claim(me)
    Claim.objects.update(expires=datetime.now(UTC))
    answer = act(me, "renew", case)
    assert answer.status_code == 200
    until = datetime.fromisoformat(answer.json()["expires_at"])
    assert until == Claim.objects.get().expires > datetime.now(UTC) + timedelta(minutes=9)


# Ahead


def test_a_case_may_be_reserved_ahead_and_seen_later(waiting: None, me: Api) -> None:
    case = claim(me, ahead=True)
    assert Claim.objects.get().shown_at is None
    answer = act(me, "show", case)
    assert (answer.status_code, answer.content) == (204, b"")
    assert Claim.objects.get().shown_at is not None


def test_leaving_gives_back_what_is_ahead(waiting: None, shop: Api, me: Api) -> None:
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})
    seen, ahead = claim(me), claim(me, ahead=True)
    assert me.send("POST", "referrals/leave").status_code == 204
    assert me.send("POST", "referrals/leave", {"workflow": "spam"}).status_code == 204
    assert dict(Claim.objects.values_list("referral__pk", "state")) == {
        UUID(seen["id"]): "held",
        UUID(ahead["id"]): "released",
    }


def test_outsiders_leave_nothing(waiting: None, shop: Api, charlie: User) -> None:
    for api in (shop, token(charlie)):
        refused(api.send("POST", "referrals/leave", {}), 403, "forbidden")
    refused(Api().send("POST", "referrals/leave", {}), 401, "not-authenticated")


def test_who_holds_too_much_is_told_so(shop: Api, me: Api) -> None:
    many = [{"input": {"text": str(i)}} for i in range(MOST_HELD + 1)]
    shop.send("POST", "workflows/spam/cases", many)
    for _ in range(MOST_HELD):
        claim(me)
    body = refused(me.send("POST", "referrals/claim", {}), 409, "conflict")
    assert "You hold 20 cases" in body["detail"]


def test_cases_that_wait_for_others_are_told_of(waiting: None, me: Api, spam: Workflow) -> None:
    act(me, "skip", claim(me))
    answer = me.send("POST", "referrals/claim", {})
    assert answer.headers["Queue-State"] == "met; count=1"


def test_who_is_paused_is_told_why(shop: Api, me: Api, spam: Workflow) -> None:
    policy = {"gold_share": 1.0, "gold_least": 1, "gold_bar": 1.0}
    workflows.change(spam, by=None, reason="test", policy=policy)
    golds.create(spam, input={"text": "gold"}, answer="yes")
    for _ in range(2):
        shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})
    assert act(me, "review", claim(me)).json()["undo_seconds"] == 0
    body = refused(me.send("POST", "referrals/claim", {}), 403, "paused")
    assert body["detail"]


# Undo


@pytest.fixture
def judged(shop: Api, me: Api, spam: Workflow) -> str:
    """A judgement that may be withdrawn: the address to do it."""
    workflows.change(spam, by=None, reason="test", policy={"undo_seconds": 60})
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})
    done = act(me, "review", claim(me), value="yes", comment="oops").json()
    return f"reviews/{done['id']}/withdraw"


def test_complaint_11_a_judgement_is_withdrawn_and_given_anew(
    judged: str, me: Api, shop: Api
) -> None:
    answer = me.send("POST", judged)
    assert answer.status_code == 200, answer.content
    case = answer.json()
    assert (case["token"], case["input"]) == (2, {"text": "hi"})
    assert case["draft"] == {"verdict": "answer", "value": "yes", "comment": "oops"}
    assert settle() == 0
    assert act(me, "review", case, value="no").status_code == 201
    assert settle() == 1
    (told,) = shop.send("GET", "cases").json()["cases"]
    assert told["decision"]["value"] == "no"
    assert told["decision"]["number"] == 1, "the client never hears of what was undone"


def test_what_is_decided_is_not_withdrawn(judged: str, me: Api) -> None:
    assert settle() == 1
    body = refused(me.send("POST", judged), 409, "stale-claim")
    assert "too late" in body["detail"]


def test_nobody_withdraws_what_another_said(
    judged: str, shop: Api, spam: Workflow, charlie: User
) -> None:
    dora = factories.person("dora", Role.REVIEWER, workflow=spam)
    for person in (dora, charlie):
        refused(token(person).send("POST", judged), 404, "not-found")
    refused(shop.send("POST", judged), 403, "forbidden")
    refused(Api().send("POST", judged), 401, "not-authenticated")
    refused(token(dora).send("GET", judged), 405, "method-not-allowed")
    assert Referral.objects.get().state == "settling"


def test_there_is_no_judgement_by_that_id(me: Api, bob: User) -> None:
    refused(me.send("POST", f"reviews/{new_id()}/withdraw"), 404, "not-found")


# N people


def test_complaint_4_one_more_than_asked_for_gets_nothing(
    waiting: None, me: Api, spam: Workflow
) -> None:
    workflows.change(spam, by=None, reason="test", policy={"reviews_required": 2})
    others = [
        token(factories.person(name, Role.REVIEWER, workflow=spam)) for name in ("dora", "eric")
    ]
    first, second = claim(me), claim(others[0])
    assert others[1].send("POST", "referrals/claim").status_code == 204
    refused(act(others[1], "review", first), 404, "not-found")
    assert act(me, "review", first).status_code == 201
    assert act(others[0], "review", second).status_code == 201
    assert Case.objects.get().status == "decided"
    assert others[1].send("POST", "referrals/claim").status_code == 204


def test_complaint_7_nothing_of_what_another_said_is_told(
    waiting: None, me: Api, spam: Workflow
) -> None:
    workflows.change(spam, by=None, reason="test", policy={"reviews_required": 2})
    dora = token(factories.person("dora", Role.REVIEWER, workflow=spam))
    theirs = claim(dora)
    done = act(me, "review", claim(me), value="yes", comment="so loud")
    assert set(done.json()) == {"id", "undo_seconds"}
    act(dora, "release", theirs)
    again = claim(dora)
    assert {**again, "token": 0, "expires_at": 0} == {**theirs, "token": 0, "expires_at": 0}
