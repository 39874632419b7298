"""The review page: claim, judge, skip, give back, and whatever gets in the way."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import escape
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from hitl.domain.roles import Role
from hitl.models import Case, Decision, Referral, Workflow
from hitl.services import access, guidelines, workflows
from models_registry.domain.errors import Conflict
from reviews.domain.consensus import Said, Verdict
from reviews.models import Claim, Review
from reviews.services import claims, judging, preferences
from reviews.services import desk as desks
from tests import factories
from tests.conftest import Api
from tests.reviews import answers

PAGE = "/review/spam/"
HTMX = {"HX-Request": "true"}
MOST_QUERIES = (
    28  # who, where, the judgement, its decision, the turn, the next case, what is beside
)


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
    assert "saved</span> <time" in read(answer)


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
        pytest.param({}, "Give an answer first.", id="no answer"),
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
    desks.claim(carol, desks.seats_of(carol, "spam"))
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
    assert "<b>Already saved:</b> your answer of before was stored." in read(answer)
    assert 'class="notice info"' in read(answer)
    assert "Go to the next case" in read(answer)
    assert "No case waits for you." in read(post(desk, "again", claim))


def test_a_case_of_another_person_cannot_be_judged(desk: Client, shop: Api, spam: Workflow) -> None:
    send(shop, "first")
    carol = factories.person("carol", Role.REVIEWER, workflow=spam)
    desks.claim(carol, desks.seats_of(carol, "spam"))
    answer = post(desk, "submit", Claim.objects.get(), value="no")
    assert answer.status_code == 404
    assert "You do not hold this case." in read(answer)
    assert "Go to the next case" in read(answer)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({}, "Choose why you skip this case.", id="nothing"),
        pytest.param({"kind": "not_for_me"}, "Say why in a few words.", id="no reason"),
        pytest.param({"kind": "bad_input", "reason": " "}, "Say why", id="blank reason"),
        pytest.param({"kind": "tired", "reason": "x"}, "not one of the available", id="no kind"),
        pytest.param({"kind": "bad_input", "reason": "x" * 501}, "at most 500", id="long reason"),
        pytest.param({"kind": "bad_input", "reason": "x", "token": ""}, "out of date", id="token"),
    ],
)
def test_complaint_10_and_21_skipping_needs_a_kind_and_a_reason(
    desk: Client, shop: Api, given: dict[str, str], said: str
) -> None:
    send(shop, "first")
    answer = post(desk, "skip", held(desk), **given)
    assert answer.status_code == 400
    assert said in read(answer)
    assert Claim.objects.get().state == "held"


def test_complaint_10_not_for_me_passes_the_case_to_another_person(
    desk: Client, shop: Api, spam: Workflow
) -> None:
    send(shop, "first")
    answer = post(desk, "skip", held(desk), kind="not_for_me", reason="my aunt")
    assert answer.status_code == 200
    assert "skipped</span> <time" in read(answer)
    assert "No case waits for you; 1 that you have met waits" in read(answer)
    assert Claim.objects.get().skip_reason == "my aunt"
    assert Case.objects.get().status == "referred"
    carol = factories.person("carol", Role.REVIEWER, workflow=spam)
    assert desks.desk_for(carol, desks.seats_of(carol, "spam")) is not None


def test_complaint_10_cannot_decide_asks_an_adjudicator(
    desk: Client, shop: Api, spam: Workflow
) -> None:
    send(shop, "first")
    post(desk, "skip", held(desk), kind="cannot_decide", reason="smudged")
    assert (Review.objects.get().verdict, Review.objects.get().comment) == (
        "cannot_decide",
        "smudged",
    )
    assert list(Referral.objects.filter(state="open").values_list("kind")) == [("adjudicate",)]


def test_complaint_10_bad_input_decides_the_case_as_unusable(desk: Client, shop: Api) -> None:
    send(shop, "first")
    post(desk, "skip", held(desk), kind="bad_input", reason="empty")
    decision = Decision.objects.get()
    assert (decision.value, decision.unusable) == (None, True)


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
def test_complaint_16_a_suggestion_is_never_preselected_and_shown_only_where_the_level_says_so(
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


def undoable(spam: Workflow, seconds: int = 60) -> None:
    workflows.change(spam, by=None, reason="test", policy={"undo_seconds": seconds})


def undo(client: Client, **headers: str) -> Any:
    return client.post(f"{PAGE}undo/{Review.objects.latest('at').pk}", headers=headers)


def test_complaint_11_undo_brings_the_case_back_with_its_answer(
    desk: Client, shop: Api, spam: Workflow
) -> None:
    undoable(spam)
    send(shop, "first", "second")
    claim = held(desk)
    after = read(post(desk, "submit", claim, value="no", comment="quick"))
    assert 'data-left="60"' in after
    assert f'action="{PAGE}undo/{Review.objects.get().pk}"' in after
    assert "second" in after
    answer = undo(desk, **HTMX)
    assert "first" in read(answer)
    assert 'value="no" required checked' in read(answer)
    assert "quick</textarea>" in read(answer)
    assert "taken back</span>" in read(answer)
    assert Decision.objects.count() == 0
    again = Claim.objects.get(pk=claim.pk)
    assert "second" in read(post(desk, "submit", again, value="yes"))
    assert Claim.objects.filter(state="held").count() == 1


def test_complaint_11_undo_is_offered_after_a_reload(
    desk: Client, shop: Api, spam: Workflow
) -> None:
    undoable(spam)
    send(shop, "first")
    post(desk, "submit", held(desk), value="no")
    page = read(desk.get(PAGE))
    assert "No case waits for you." in page
    assert 'id="undo"' in page
    undo(desk)
    assert 'id="undo"' not in read(desk.get(PAGE))


def test_a_case_of_another_workflow_is_not_brought_to_this_desk(
    desk: Client, shop: Api, spam: Workflow, bob: User
) -> None:
    factories.version("other-model")
    other = factories.workflow("other", model="other-model")
    access.join(bob, [Role.REVIEWER], other)
    undoable(spam)
    send(shop, "first")
    claim = held(desk)
    post(desk, "submit", claim, value="no")
    undone = f"/review/other/undo/{Review.objects.get().pk}"
    for address in (undone, f"/review/other/{claim.referral_id}/again"):
        answer = desk.post(address, headers=HTMX)
        assert answer.status_code == 404
        assert "You do not hold this case." in read(answer)
        assert desk.post(address).status_code == 404
    assert not Review.objects.filter(withdrawal__isnull=False).exists()


@pytest.mark.parametrize("kept", ["", "x", "1 2 3", "not-an-id 1", "%00"])
def test_a_spoiled_memory_of_what_may_be_undone_is_ignored(
    desk: Client, shop: Api, kept: str
) -> None:
    desk.cookies["undo"] = kept
    assert 'id="undo"' not in read(desk.get(PAGE))


def test_another_person_at_the_same_browser_is_offered_no_undo(
    desk: Client, shop: Api, spam: Workflow
) -> None:
    undoable(spam)
    send(shop, "first")
    post(desk, "submit", held(desk), value="no")
    desk.force_login(factories.person("carol", Role.REVIEWER, workflow=spam))
    assert 'id="undo"' not in read(desk.get(PAGE))
    answer = undo(desk, **HTMX)
    assert answer.status_code == 404
    assert Review.objects.filter(withdrawal__isnull=True).count() == 1


def test_complaint_11_undo_that_comes_too_late_changes_nothing(
    desk: Client, shop: Api, spam: Workflow
) -> None:
    undoable(spam)
    send(shop, "first")
    post(desk, "submit", held(desk), value="no")
    Review.objects.update(undo_until=datetime.now(UTC) - timedelta(seconds=1))
    answer = undo(desk, **HTMX)
    assert answer.status_code == 409
    assert "It is too late to undo this; the answer stands." in read(answer)
    assert "Not saved" not in read(answer)
    assert "too late" in read(undo(desk))  # without scripts too


def test_complaint_11_a_skip_is_undone_with_its_reason(
    desk: Client, shop: Api, spam: Workflow
) -> None:
    undoable(spam)
    send(shop, "first")
    post(desk, "skip", held(desk), kind="bad_input", reason="empty")
    page = read(undo(desk, **HTMX))
    assert 'value="bad_input" data-key="3" required checked' in page
    assert 'list="short-reasons" value="empty"' in page
    assert "</textarea>" in page
    assert "empty</textarea>" not in page


def test_a_case_passed_on_leaves_the_answer_before_it_undoable_and_says_so(
    desk: Client, shop: Api, spam: Workflow
) -> None:
    undoable(spam)
    send(shop, "first", "second", "third")
    page = read(post(desk, "submit", held(desk), value="no"))
    assert "seconds to undo.</span>" in page
    assert "</kbd> Undo <span" in page
    second = Claim.objects.get(state="held")
    page = read(post(desk, "skip", second, kind="not_for_me", reason="x"))
    assert f"{PAGE}undo/{Review.objects.get().pk}" in page
    assert "seconds to undo the answer before that.</span>" in page
    assert "</kbd> Undo earlier answer <span" in page
    assert "</kbd> Undo earlier answer <span" in read(desk.get(PAGE))
    third = Claim.objects.get(state="held")
    assert "</kbd> Undo <span" in read(post(desk, "submit", third, value="no"))


def test_without_time_to_undo_none_is_offered(desk: Client, shop: Api) -> None:
    send(shop, "first", "second")
    after = post(desk, "submit", held(desk), value="no")
    assert "undo" not in after.cookies
    assert "undo-button" not in read(after)


def test_complaint_2_two_windows_show_one_case_and_one_answer_counts(
    desk: Client, shop: Api
) -> None:
    send(shop, "first", "second")
    claim = held(desk)
    assert held(desk) == claim
    post(desk, "submit", claim, value="no")
    answer = post(desk, "submit", claim, value="yes")
    assert "Already saved" in read(answer)
    assert "Go to the next case" in read(answer)
    assert Review.objects.count() == 1


def test_complaint_5_a_late_answer_is_kept_as_the_draft(desk: Client, shop: Api) -> None:
    send(shop, "first")
    claim = held(desk)
    lose(claim)
    answer = post(desk, "submit", claim, value="no", comment="my words")
    assert "What you chose is kept and comes back with the case." in read(answer)
    page = read(post(desk, "again", claim))
    assert 'value="no" required checked' in page
    assert "my words</textarea>" in page


def test_a_case_that_went_on_is_told_so(desk: Client, shop: Api) -> None:
    send(shop, "first")
    claim = held(desk)
    Referral.objects.update(state="closed", free=0)
    answer = post(desk, "submit", claim, value="no")
    assert answer.status_code == 409
    assert "This case went on without you" in read(answer)
    assert "Go to the next case" in read(answer)


def test_a_token_of_another_window_is_explained(desk: Client, shop: Api) -> None:
    send(shop, "first")
    claim = held(desk)
    Claim.objects.update(token=7)
    answer = post(desk, "submit", claim, value="no")
    assert "You took this case again in another window." in read(answer)
    assert "Take this case again" in read(answer)


def conflict(spam: Workflow, *said: str) -> None:
    """People who differ on the case that waits."""
    for number, value in enumerate(said):
        person = factories.person(f"judge-{number}", Role.REVIEWER, workflow=spam)
        case = desks.desk_for(person, desks.seats_of(person, "spam"))
        assert case is not None
        judged = Said(Verdict.ANSWER, value) if value in ("no", "yes") else Said(Verdict(value))
        judging.submit(person, case.referral_id, case.token, judged, comment=f"<b>{value}</b>?")


def test_complaint_7_and_9_an_adjudicator_sees_answers_without_names(
    desk: Client, shop: Api, spam: Workflow
) -> None:
    workflows.change(spam, by=None, reason="test", policy={"reviews_required": 3})
    send(shop, "first")
    conflict(spam, "no", "yes", "bad_input")
    page = read(desk.get(PAGE))
    assert "Your answer is the last word." in page
    assert [f"<h3>Answer {name}</h3>" in page for name in "ABCD"] == [True, True, True, False]
    assert "the input is bad" in page
    assert "&lt;b&gt;yes&lt;/b&gt;?" in page
    assert "judge-" not in page
    assert SUGGESTED not in page
    assert BLIND not in page  # the others' answers are there to be read
    assert "checked" not in page


def test_the_order_of_answers_does_not_tell_who_came_first(
    desk: Client, shop: Api, spam: Workflow
) -> None:
    workflows.change(spam, by=None, reason="test", policy={"reviews_required": 3})
    send(shop, "first")
    conflict(spam, "no", "yes", "bad_input")
    reviews = sorted(Review.objects.all(), key=lambda review: sha256(review.pk.bytes).digest())
    page = read(desk.get(PAGE))
    places = [page.index(escape(review.comment)) for review in reviews]
    assert places == sorted(places)


def test_people_who_judge_first_see_nobody_elses_answer(
    desk: Client, shop: Api, spam: Workflow
) -> None:
    workflows.change(spam, by=None, reason="test", policy={"reviews_required": 2})
    send(shop, "first")
    conflict(spam, "yes")
    page = read(desk.get(PAGE))
    assert "opinions" not in page
    assert "&lt;b&gt;yes" not in page


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        pytest.param("It is <i>not</i>.", "It is &lt;i&gt;not&lt;/i&gt;.", id="with a reason"),
        pytest.param("", "</b>; they gave no reason.", id="without"),
    ],
)
def test_who_objects_is_heard(
    desk: Client, shop: Api, spam: Workflow, statement: str, said: str
) -> None:
    send(shop, "first")
    conflict(spam, "yes")
    about = {"kind": "contest", "statement": statement}
    told = shop.send("POST", f"cases/{Case.objects.get().pk}/feedback", about)
    assert told.status_code == 201, told.content
    page = read(desk.get(PAGE))
    assert "Somebody objects" in page
    assert said in page


def test_a_new_reviewer_sees_how_far_the_test_is(
    desk: Client, shop: Api, spam: Workflow, bob: User
) -> None:
    workflows.change(spam, by=None, reason="test", policy={"onboarding": 3})
    known = [answers.known(spam, f"known {number}") for number in range(4)]
    answers.answer(bob, known[0], "yes")
    send(shop, "first")
    page = read(desk.get(PAGE))
    assert "known cases, <b>1 of 3</b> done" in page
    assert "known " in page


@pytest.fixture
def paused(desk: Client, shop: Api, spam: Workflow, bob: User) -> Client:
    workflows.change(spam, by=None, reason="test", policy={"onboarding": 2})
    answers.examined(bob, spam, right=0, wrong=2)
    send(shop, "first")
    return desk


def test_a_paused_person_reads_why_and_whom_to_ask(paused: Client) -> None:
    answer = paused.get(PAGE)
    assert answer.status_code == 200
    assert "You are paused here" in read(answer)
    assert "0 of 2 known answers right; 80 % are needed" in read(answer)
    assert "Ask an operator" in read(answer)
    assert "hx-trigger" not in read(answer)  # an open page asks for nothing by itself
    again = paused.post(f"{PAGE}next", headers=HTMX)
    assert again.status_code == 200
    assert "You are paused here" in read(again)


def test_a_person_who_holds_too_much_is_told_so(
    desk: Client, shop: Api, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hoards(_: object) -> None:
        raise Conflict("You hold 20 cases; answer or give back one of them first.")

    monkeypatch.setattr(desks, "refuse_hoarding", hoards)
    answer = desk.get(PAGE)
    assert answer.status_code == 200
    assert "You hold 20 cases" in read(answer)


ADDRESSES = [
    *(f"{UUID(int=1)}/{what}" for what in ("draft", "submit", "skip", "release", "renew", "again")),
    *("next", "ahead", "leave", f"undo/{UUID(int=1)}"),
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_each_address_is_closed_to_outsiders_and_to_other_methods(
    client: Client, charlie: User, spam: Workflow, address: str
) -> None:
    assert client.post(f"{PAGE}{address}")["Location"] == f"/sign-in?next={PAGE}"
    assert client.post(f"{PAGE}{address}", headers=HTMX).status_code == 401
    client.force_login(charlie)
    assert client.post(f"{PAGE}{address}", headers=HTMX).status_code == 403
    assert client.get(f"{PAGE}{address}").status_code == 405


@pytest.mark.parametrize("what", ["draft", "submit", "skip", "release", "renew"])
def test_each_address_of_a_case_refuses_who_does_not_hold_it(
    desk: Client, shop: Api, spam: Workflow, what: str
) -> None:
    send(shop, "first")
    carol = factories.person("carol", Role.REVIEWER, workflow=spam)
    desks.claim(carol, desks.seats_of(carol, "spam"))
    given = {"value": "no", "kind": "bad_input", "reason": "x"}
    assert post(desk, what, Claim.objects.get(), **given).status_code == 404
    claim = Claim.objects.get()
    assert (claim.state, claim.draft) == ("held", None)


@pytest.mark.parametrize("what", ["draft", "submit", "skip", "release", "renew"])
def test_each_address_of_a_case_refuses_an_old_token(desk: Client, shop: Api, what: str) -> None:
    send(shop, "first")
    claim = held(desk)
    Claim.objects.update(token=7)
    given = {"value": "no", "kind": "bad_input", "reason": "x"}
    assert post(desk, what, claim, **given).status_code == 409
    assert Claim.objects.get().state == "held"
    assert Review.objects.count() == 0


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


def test_the_guidelines_lie_beside_the_case_and_their_number_is_kept(
    desk: Client, shop: Api, spam: Workflow
) -> None:
    guidelines.write(spam, "Be **kind**.", None)
    send(shop, "first", "second")
    page = read(desk.get(PAGE))
    assert "Be <strong>kind</strong>." in page
    assert 'name="guidelines_no" value="1"' in page
    post(desk, "submit", Claim.objects.get(state="held"), value="no", guidelines_no="1")
    assert Review.objects.get().guidelines_no == 1


@pytest.mark.parametrize("number", ["2", "-1", "x", "99999999999999999999"])
@pytest.mark.parametrize("what", ["submit", "skip"])
def test_a_number_of_no_guidelines_is_refused(
    desk: Client, shop: Api, spam: Workflow, what: str, number: str
) -> None:
    guidelines.write(spam, "Be kind.", None)
    send(shop, "first")
    given = {"value": "no", "kind": "bad_input", "reason": "x", "guidelines_no": number}
    answer = post(desk, what, held(desk), **given)
    assert answer.status_code == 400
    assert "The page is out of date." in read(answer)
    assert Review.objects.count() == 0


def test_the_page_says_which_key_does_what_for_this_person(
    desk: Client, shop: Api, bob: User
) -> None:
    preferences.save(bob, preferences.Own(keys={"skip": "x"}, blur=True, break_minutes=45))
    send(shop, "first")
    page = read(desk.get(PAGE))
    assert "<kbd>X</kbd> Skip" in page
    assert "&quot;skip&quot;: &quot;x&quot;" in page
    assert " data-blur " in page
    assert "data-greyscale" not in page
    assert 'data-break="45"' in page


def test_my_last_answers_stand_at_the_foot_and_lead_back(
    desk: Client, shop: Api, spam: Workflow
) -> None:
    undoable(spam)
    send(shop, "first", "second")
    page = read(post(desk, "submit", held(desk), value="no"))
    review = Review.objects.get()
    rail = page.partition('id="history"')[2]
    assert f'hx-post="{PAGE}undo/{review.pk}"' in rail
    assert f"/cases/{review.claim.referral_id}" in rail


def test_an_answer_in_two_stages_is_asked_for_again_beside_the_suggestion(
    desk: Client, shop: Api, spam: Workflow
) -> None:
    workflows.change(spam, by=None, reason="test", policy={"two_stage": True, "blind_share": 1.0})
    workflows.set_level(spam, "ai_assistance", by=None, reason="test")
    send(shop, "first")
    claim = held(desk)
    page = read(desk.get(PAGE))
    assert SUGGESTED not in page
    page = read(post(desk, "submit", claim, value="no"))
    assert 'You answered <b class="yours">no</b> before you saw it' in page
    assert "The model suggests" in page
    assert "first answer kept</span>" in page
    assert "checked" not in page
    assert Review.objects.count() == 0
    post(desk, "submit", Claim.objects.get(), value="yes")
    kept = Review.objects.get()
    assert (kept.first_value, kept.value) == ("no", "yes")
