"""Comments over HTTP: the same rules, and refusals that tell nothing."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from hitl.models import Referral, Sight, Workflow
from reviews.models import Comment
from tests.conftest import Api, token
from tests.problems import refused
from tests.reviews import answers, desks


@pytest.fixture
def referral(spam: Workflow, bob: User) -> Referral:
    """A case that bob has judged."""
    desks.dials(spam, reviews_required=3)
    case = desks.send(spam)
    desks.judge(bob)
    return Referral.objects.get(case=case)


def path(referral: Referral) -> str:
    return f"referrals/{referral.pk}/comments"


def test_who_judged_comments_and_reads(referral: Referral, bob: User, alice: User) -> None:
    api = token(bob)
    answer = api.send("POST", path(referral), {"text": "@alice hm"})
    assert answer.status_code == 201
    said = answer.json()
    assert (said["author"], said["text"], said["named"]) == ("bob", "@alice hm", ["alice"])
    assert api.send("GET", path(referral)).json() == {"comments": [said]}


def test_who_has_not_judged_opens_it_first(referral: Referral, bob: User, alice: User) -> None:
    token(bob).send("POST", path(referral), {"text": "hm"})
    api = token(alice)
    for method, body in (("GET", None), ("POST", {"text": "hi"})):
        said = refused(api.send(method, path(referral), body), 409, "conflict")
        assert "not be asked to judge" in said["detail"]
    assert not Sight.objects.exists()
    assert api.send("POST", f"referrals/{referral.pk}/open").status_code == 204
    assert [one["text"] for one in api.send("GET", path(referral)).json()["comments"]] == ["hm"]
    assert desks.claim(alice) is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param({"text": ""}, "/text", id="empty"),
        pytest.param({"text": " \n"}, "/text", id="blank"),
        pytest.param({"text": "\u00a0"}, "/text", id="blank in another way"),
        pytest.param({"text": "x" * 2001}, "/text", id="too long"),
        pytest.param({"text": "a\x00"}, "/text", id="NUL"),
        pytest.param({}, "/text", id="missing"),
        pytest.param({"text": "hi", "to": "bob"}, "/to", id="unknown"),
    ],
)
def test_what_is_wrong_is_named(
    referral: Referral, bob: User, body: dict[str, Any], pointer: str
) -> None:
    refused(token(bob).send("POST", path(referral), body), 400, "invalid", pointer)
    assert not Comment.objects.exists()


def test_refusals_do_not_tell_what_a_case_is_for(spam: Workflow, bob: User, charlie: User) -> None:
    """Nothing at that address, a known answer, an audit, a case in one's hands: word by word the
    same, for a reviewer as for a stranger."""
    desks.dials(spam, gold_share=0.5)
    gold = Referral.objects.get(case=answers.known(spam).case_id)
    held = answers.case(spam)
    answers.hold(bob, held)
    some = [gold, answers.case(spam, kind="audit"), answers.case(spam), held]
    ids = [uuid4(), *(one.pk for one in some)]
    said = set()
    for person in (bob, charlie):
        for referral_id in ids:
            for method, rest, body in (
                ("GET", "comments", None),
                ("POST", "comments", {"text": "@bob"}),
                ("POST", "open", None),
            ):
                answer = token(person).send(method, f"referrals/{referral_id}/{rest}", body)
                refused(answer, 404, "not-found")
                said.add(answer.content)
    assert len(said) == 1
    assert not Sight.objects.exists()


def test_a_clients_key_and_nobody_are_not_let_in(referral: Referral, shop: Api) -> None:
    for method, rest, body in (
        ("GET", "comments", None),
        ("POST", "comments", {"text": "hi"}),
        ("POST", "open", None),
    ):
        address = f"referrals/{referral.pk}/{rest}"
        refused(shop.send(method, address, body), 403, "forbidden")
        refused(Api().send(method, address, body), 401, "not-authenticated")
