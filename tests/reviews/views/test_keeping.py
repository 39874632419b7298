"""What an open page does by itself: keep the draft, look ahead, tidy up behind."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hitl.models import Workflow
from hitl.services import workflows
from reviews.models import Claim
from tests.conftest import Api
from tests.reviews import answers
from tests.reviews.views.test_review import HTMX, PAGE, held, lose, post, read, send


@pytest.fixture
def desk(client: Client, bob: User) -> Client:
    client.force_login(bob)
    return client


def ask(client: Client, what: str) -> Any:
    return client.post(f"{PAGE}{what}", headers=HTMX)


def test_complaint_1_a_draft_is_kept_and_comes_back_in_any_browser(
    desk: Client, shop: Api, bob: User
) -> None:
    send(shop, "first")
    claim = held(desk)
    answer = post(desk, "draft", claim, value="no", comment=" half a thou")
    assert answer.status_code == 204
    claim.refresh_from_db()
    assert claim.draft == {"value": "no", "comment": " half a thou"}
    assert claim.draft_at is not None
    at = int(claim.draft_at.timestamp() * 1000)
    assert f'"at": {at}' in answer["HX-Trigger"]
    home = Client()
    home.force_login(bob)
    page = read(home.get(PAGE))
    assert 'value="no" required checked' in page
    assert " half a thou</textarea>" in page
    assert f'data-draft-at="{at}"' in page
    assert "Your draft is back" in page


def test_a_reason_to_skip_is_part_of_the_draft(desk: Client, shop: Api) -> None:
    send(shop, "first")
    claim = held(desk)
    post(desk, "draft", claim, value="", comment="", kind="cannot_decide", reason="hm")
    claim.refresh_from_db()
    kept = {"value": None, "comment": "", "kind": "cannot_decide", "reason": "hm"}
    assert claim.draft == kept
    page = read(desk.get(PAGE))
    assert 'id="skip" class="skip" method="post" action' in page  # stands open
    assert 'value="cannot_decide" data-key="2" required checked' in page


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"value": "x" * 200_001}, id="long value"),
        pytest.param({"comment": "\0"}, id="null character"),
        pytest.param({"kind": "tired"}, id="no kind"),
        pytest.param({"token": "x"}, id="no token"),
    ],
)
def test_a_draft_that_cannot_be_is_refused(desk: Client, shop: Api, given: dict[str, str]) -> None:
    send(shop, "first")
    assert post(desk, "draft", held(desk), **given).status_code == 400
    assert Claim.objects.get().draft is None


def test_complaint_5_a_draft_that_comes_too_late_is_kept_and_told(desk: Client, shop: Api) -> None:
    send(shop, "first")
    claim = held(desk)
    lose(claim)
    answer = post(desk, "draft", claim, value="no")
    assert answer.status_code == 409
    assert "Your time on this case ran out." in read(answer)
    assert "Take this case again" in read(answer)
    claim.refresh_from_db()
    assert claim.draft["value"] == "no"


def test_a_draft_of_an_answered_case_leads_on(desk: Client, shop: Api) -> None:
    send(shop, "first")
    claim = held(desk)
    post(desk, "submit", claim, value="no")
    answer = post(desk, "draft", claim, value="yes")
    assert "<b>Already saved:</b> your answer of before was stored." in read(answer)
    assert Claim.objects.get().draft is None


@pytest.mark.parametrize("draft", ["text", 3, [1], {"value": ["no"], "comment": None}, {"kind": 4}])
def test_a_draft_of_another_program_breaks_nothing(desk: Client, shop: Api, draft: object) -> None:
    send(shop, "first")
    held(desk)
    Claim.objects.update(draft=draft)
    page = read(desk.get(PAGE))
    assert "first" in page
    assert "required checked" not in page


def test_complaint_12_the_next_case_is_loaded_without_being_seen(desk: Client, shop: Api) -> None:
    send(shop, "first", "second", "third")
    claim = held(desk)
    assert "second" in read(ask(desk, "ahead"))
    assert "second" in read(ask(desk, "ahead"))  # one at most
    ahead = Claim.objects.exclude(pk=claim.pk).get()
    assert (ahead.state, ahead.shown_at) == ("held", None)
    assert "first" in read(desk.get(PAGE))
    assert "second" in read(post(desk, "submit", claim, value="no"))
    ahead.refresh_from_db()
    assert ahead.shown_at is not None


def test_there_may_be_nothing_ahead(desk: Client, shop: Api) -> None:
    send(shop, "first")
    held(desk)
    assert ask(desk, "ahead").status_code == 204


def test_a_paused_person_looks_ahead_to_nothing(
    desk: Client, shop: Api, spam: Workflow, bob: User
) -> None:
    send(shop, "first", "second")
    held(desk)
    workflows.change(spam, by=None, reason="test", policy={"onboarding": 2})
    answers.examined(bob, spam, right=0, wrong=2)
    assert ask(desk, "ahead").status_code == 204


def test_leaving_gives_back_what_was_not_seen(desk: Client, shop: Api) -> None:
    send(shop, "first", "second")
    claim = held(desk)
    ask(desk, "ahead")
    assert ask(desk, "leave").status_code == 204
    assert list(Claim.objects.filter(state="held")) == [claim]
    assert Claim.objects.get(state="released").shown_at is None


def test_leaving_needs_the_forms_token(bob: User, shop: Api) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(bob)
    assert ask(strict, "leave").status_code == 403


def test_without_any_cookie_the_page_says_signed_out() -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = ask(strict, "leave")
    assert answer.status_code == 401
    assert 'id="said" class="notice bad" data-lost="sign-in"' in read(answer)
    assert "send that again" in read(strict.post(f"{PAGE}leave"))
