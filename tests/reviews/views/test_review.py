"""The review page: claim, judge, skip, give back, and whatever gets in the way."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from hitl.domain.roles import Role
from hitl.models import Case, Decision, Workflow
from hitl.services import workflows
from reviews.models import Claim, Review
from reviews.services import claims
from tests import factories
from tests.conftest import Api

PAGE = "/review/spam/"
HTMX = {"HX-Request": "true"}
MOST_QUERIES = 23  # who, where, the judgement, its decision, the turn, the next case, the count


@pytest.fixture
def desk(client: Client, bob: User) -> Client:
    """Bob, signed in."""
    client.force_login(bob)
    return client


def send(shop: Api, *texts: str) -> None:
    for text in texts:
        answer = shop.send("POST", "workflows/spam/cases", {"input": {"text": text}})
        assert answer.status_code == 201, answer.content


def post(client: Client, what: str, claim: Claim, **given: Any) -> Any:
    """What the page sends by HTMX about a held case."""
    path = f"{PAGE}{claim.referral_id}/{what}"
    return client.post(path, {"token": claim.token, **given}, headers=HTMX)


def held(client: Client) -> Claim:
    """Opens the page, which claims a case."""
    assert client.get(PAGE).status_code == 200
    return Claim.objects.get(state="held")


def read(answer: Any) -> str:
    return str(answer.content.decode())


def test_opening_the_page_claims_the_next_case(desk: Client, shop: Api) -> None:
    send(shop, "first", "second")
    page = read(desk.get(PAGE))
    assert "first" in page
    assert "second" not in page
    assert "<b>2</b> waiting" in page
    assert 'data-key="1"' in page
    assert "checked" not in page


def test_loading_the_page_again_shows_the_same_case(desk: Client, shop: Api) -> None:
    send(shop, "first", "second")
    assert held(desk) == held(desk)


def test_a_judgement_is_stored_and_the_next_case_comes_in_the_same_answer(
    desk: Client, shop: Api
) -> None:
    send(shop, "first", "second")
    claim = held(desk)
    answer = post(desk, "submit", claim, value="no", comment="plain")
    assert answer.status_code == 200
    assert Decision.objects.get().value == "no"
    assert Review.objects.get().comment == "plain"
    assert "second" in read(answer)
    assert "<html" not in read(answer)
    assert f'{{"referral": "{claim.referral_id}"}}' in answer["HX-Trigger"]
    assert "saved <time" in read(answer)


def test_the_last_judgement_is_followed_by_why_there_is_no_case(desk: Client, shop: Api) -> None:
    send(shop, "only")
    assert "No case waits for you." in read(post(desk, "submit", held(desk), value="no"))


def test_without_scripts_a_judgement_leads_back_to_the_page(desk: Client, shop: Api) -> None:
    send(shop, "first")
    claim = held(desk)
    answer = desk.post(f"{PAGE}{claim.referral_id}/submit", {"token": claim.token, "value": "yes"})
    assert answer.status_code == 302
    assert answer["Location"] == PAGE
    assert Decision.objects.get().value == "yes"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({}, "Choose an answer first.", id="no answer"),
        pytest.param({"value": "maybe"}, "is not a class. Valid: no, yes.", id="no class"),
        pytest.param({"value": "no", "token": "x"}, "The page is out of date.", id="no token"),
        pytest.param({"value": "no", "comment": "x" * 2001}, "at most 2000", id="long comment"),
        pytest.param({"value": "no", "comment": "\0"}, "Null characters", id="null character"),
    ],
)
def test_a_bad_judgement_is_refused_and_the_case_stays(
    desk: Client, shop: Api, given: dict[str, str], said: str
) -> None:
    send(shop, "first")
    claim = held(desk)
    answer = post(desk, "submit", claim, **given)
    assert answer.status_code == 400
    assert said in read(answer)
    assert Review.objects.count() == 0
    assert Claim.objects.get().state == "held"


def lose(claim: Claim) -> None:
    Claim.objects.filter(pk=claim.pk).update(expires=datetime.now(UTC) - timedelta(seconds=1))
    assert claims.expire_due() == 1


def test_a_stale_token_is_said_and_the_page_keeps_the_judgement(desk: Client, shop: Api) -> None:
    send(shop, "first")
    claim = held(desk)
    lose(claim)
    answer = post(desk, "submit", claim, value="no")
    assert answer.status_code == 409
    assert "Your time on this case ran out." in read(answer)
    assert "Take this case again" in read(answer)
    assert 'id="said"' in read(answer)  # goes beside the judgement, not in its place
    assert Review.objects.count() == 0


def test_a_stale_token_without_scripts_gives_the_judgement_back(desk: Client, shop: Api) -> None:
    send(shop, "first")
    claim = held(desk)
    lose(claim)
    given = {"token": claim.token, "value": "no", "comment": "my words"}
    answer = desk.post(f"{PAGE}{claim.referral_id}/submit", given)
    assert answer.status_code == 409
    assert "<dd>no</dd>" in read(answer)
    assert "<dd>my words</dd>" in read(answer)


def test_a_case_that_another_person_holds_now_leads_to_the_next(
    desk: Client, shop: Api, spam: Workflow
) -> None:
    send(shop, "first")
    claim = held(desk)
    lose(claim)
    carol = factories.person("carol", Role.REVIEWER, workflow=spam)
    claims.claim(carol, claims.pools_of(carol, "spam"))
    answer = post(desk, "submit", claim, value="no")
    assert "It is held by carol until" in read(answer)
    assert "Go to the next case" in read(answer)
    after = post(desk, "again", claim)
    assert "The case from before went to somebody else or is answered." in read(after)
    assert "1 case is held by others" in read(after)


def test_an_expired_case_is_taken_again_with_a_new_token(desk: Client, shop: Api) -> None:
    send(shop, "first", "second")
    claim = held(desk)
    lose(claim)
    answer = post(desk, "again", claim)
    assert "first" in read(answer)
    now = Claim.objects.get(state="held")
    assert (now.pk, now.token) == (claim.pk, claim.token + 1)
    assert post(desk, "submit", now, value="no").status_code == 200


def test_an_answered_case_is_not_taken_again(desk: Client, shop: Api) -> None:
    send(shop, "first")
    claim = held(desk)
    post(desk, "submit", claim, value="no")
    answer = post(desk, "submit", claim, value="yes")
    assert answer.status_code == 409
    assert "Already answered." in read(answer)
    assert "Go to the next case" in read(answer)
    assert "No case waits for you." in read(post(desk, "again", claim))


def test_a_case_of_another_person_cannot_be_judged(desk: Client, shop: Api, spam: Workflow) -> None:
    send(shop, "first")
    carol = factories.person("carol", Role.REVIEWER, workflow=spam)
    claims.claim(carol, claims.pools_of(carol, "spam"))
    answer = post(desk, "submit", Claim.objects.get(), value="no")
    assert answer.status_code == 404
    assert "You do not hold this case." in read(answer)


def test_skipping_needs_a_reason(desk: Client, shop: Api) -> None:
    send(shop, "first")
    claim = held(desk)
    answer = post(desk, "skip", claim)
    assert answer.status_code == 400
    assert "Say why you skip this case." in read(answer)
    assert Claim.objects.get().state == "held"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param({"reason": "unclear"}, "I cannot tell", id="one of the reasons"),
        pytest.param({"words": "my aunt"}, "my aunt", id="own words"),
        pytest.param({"reason": "not_mine", "words": "my aunt"}, "Not for me: my aunt", id="both"),
    ],
)
def test_a_skipped_case_does_not_come_back(
    desk: Client, shop: Api, given: dict[str, str], kept: str
) -> None:
    send(shop, "first")
    answer = post(desk, "skip", held(desk), **given)
    assert answer.status_code == 200
    assert "skipped <time" in read(answer)
    assert "No case waits for you." in read(answer)
    assert Claim.objects.get().skip_reason == kept
    assert Case.objects.get().status == "referred"


def test_a_case_given_back_leads_to_the_start_page(desk: Client, shop: Api) -> None:
    send(shop, "first")
    answer = post(desk, "release", held(desk))
    assert answer["HX-Redirect"] == "/"
    assert Claim.objects.get().state == "released"


def test_the_heartbeat_renews_the_lease(desk: Client, shop: Api) -> None:
    send(shop, "first")
    claim = held(desk)
    soon = datetime.now(UTC) + timedelta(seconds=5)
    Claim.objects.update(expires=soon)
    answer = post(desk, "renew", claim)
    assert 'data-left="600"' in read(answer) or 'data-left="599"' in read(answer)
    assert 'data-renew="200"' in read(answer)
    assert Claim.objects.get().expires > soon


def test_an_open_page_asks_for_the_next_case_and_hears_nothing_new(desk: Client, shop: Api) -> None:
    page = read(desk.get(PAGE))
    assert 'hx-trigger="every 4s"' in page
    told = {"told": "No case waits for you."}
    assert desk.post(f"{PAGE}next", told, headers=HTMX).status_code == 204
    send(shop, "first")
    assert "first" in read(desk.post(f"{PAGE}next", told, headers=HTMX))


def test_a_judgement_and_the_next_case_cost_few_queries(
    desk: Client, shop: Api, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    send(shop, "first", "second")
    claim = held(desk)
    with django_assert_max_num_queries(MOST_QUERIES):
        post(desk, "submit", claim, value="no")


SUGGESTED = "The model suggests"
BLIND = "No suggestion with this case"


@pytest.mark.parametrize(
    ("level", "policy", "shown"),
    [
        pytest.param("shadow", {"blind_share": 0.0}, False, id="shadow"),
        pytest.param("ai_assistance", {"blind_share": 1.0}, False, id="blind at ai_assistance"),
        pytest.param("ai_assistance", {"blind_share": 0.0}, True, id="shown at ai_assistance"),
    ],
)
def test_the_suggestion_is_shown_only_where_the_level_says_so(
    desk: Client, shop: Api, spam: Workflow, level: str, policy: dict[str, Any], *, shown: bool
) -> None:
    workflows.change(spam, by=None, reason="test", policy=policy)
    workflows.set_level(spam, level, by=None, reason="test")
    send(shop, "first")
    page = read(desk.get(PAGE))
    assert (SUGGESTED in page) is shown
    assert ("95 % · 0.950" in page) is shown
    assert (BLIND in page) is not shown
    assert "checked" not in page


def test_an_audit_looks_like_any_blind_case(desk: Client, shop: Api, spam: Workflow) -> None:
    workflows.change(spam, by=None, reason="test", policy={"audit_share": 1.0})
    workflows.set_level(spam, "full_automation", by=None, reason="test")
    send(shop, "first")
    page = read(desk.get(PAGE))
    assert BLIND in page
    assert SUGGESTED not in page
    assert "audit" not in page
    assert "due" not in page  # audits are due later: the time would tell


def test_charlie_is_told_which_role_is_needed(
    client: Client, charlie: User, spam: Workflow
) -> None:
    client.force_login(charlie)
    answer = client.get(PAGE)
    assert answer.status_code == 403
    assert "you need the role <b>reviewer</b>" in read(answer)
    assert client.post(f"{PAGE}{uuid4()}/submit", {"token": 1}).status_code == 403


def test_a_workflow_that_does_not_exist_is_answered_the_same(client: Client, charlie: User) -> None:
    client.force_login(charlie)
    assert client.get("/review/nothing/").status_code == 403


def test_nobody_is_sent_to_sign_in_and_back(client: Client, spam: Workflow) -> None:
    assert client.get(PAGE)["Location"] == f"/sign-in?next={PAGE}"


def test_an_open_page_whose_sign_in_ended_is_told_so(client: Client, spam: Workflow) -> None:
    answer = client.post(f"{PAGE}{UUID(int=1)}/submit", {"token": 1, "value": "no"}, headers=HTMX)
    assert answer.status_code == 401
    assert "Signed out." in read(answer)
    assert "<form" not in read(answer)


def test_a_page_with_a_case_is_not_kept_by_the_browser(desk: Client, shop: Api) -> None:
    send(shop, "first")
    assert "no-store" in desk.get(PAGE)["Cache-Control"]


def test_what_a_client_sends_is_shown_and_not_run(desk: Client, shop: Api) -> None:
    send(shop, "<script>alert(1)</script>")
    page = read(desk.get(PAGE))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
