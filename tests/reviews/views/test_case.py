"""One case to look at again: who finds what on its page, and what it costs them."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hitl.domain.roles import Role
from hitl.models import Case, Payload, Referral, Sight, Workflow
from reviews.models import Mention
from reviews.services import comments, preferences, viewing
from reviews.services.preferences import Own
from tests import factories
from tests.reviews import answers, desks


@pytest.fixture
def carol(spam: Workflow) -> User:
    return desks.reviewers(spam, "carol")[0]


def path(referral: Referral) -> str:
    return f"/cases/{referral.pk}"


def page(client: Client, person: User, referral: Referral, status: int = 200) -> str:
    client.force_login(person)
    answer = client.get(path(referral))
    assert answer.status_code == status, answer.content
    return str(answer.content.decode())


def assisted(spam: Workflow, *people: User, said: str = "yes", text: str = "hi") -> Referral:
    """A case that these people judged with the suggestion on the screen; decided."""
    desks.dials(desks.level(spam, "ai_assistance"), reviews_required=len(people))
    case = desks.send(spam, text)
    for person in people:
        desks.judge(person, said)
    return Referral.objects.get(case=case)


def test_my_answer_comes_with_the_case_and_its_time(
    client: Client, spam: Workflow, bob: User, carol: User
) -> None:
    referral = assisted(spam, bob, carol, text="buy <now>")
    shown = page(client, bob, referral)
    assert "Your answer of <time" in shown
    assert "buy &lt;now&gt;" in shown
    assert "carol" not in shown
    assert "no-store" in client.get(path(referral))["Cache-Control"]


def test_the_decision_is_told_afterwards_to_who_saw_the_suggestion(
    client: Client, spam: Workflow, bob: User
) -> None:
    assert 'id="decided">Decision<' in page(client, bob, assisted(spam, bob))


def test_while_others_are_asked_there_is_no_decision_and_no_other_answer(
    client: Client, spam: Workflow, bob: User, carol: User
) -> None:
    desks.dials(desks.level(spam, "ai_assistance"), reviews_required=3)
    case = desks.send(spam)
    desks.judge(bob, "yes")
    desks.judge(carol, "no")
    shown = page(client, bob, Referral.objects.get(case=case))
    assert "decided" not in shown
    assert "carol" not in shown
    assert '<p class="answer">no</p>' not in shown.lower()


def plain(shown: str, referral: Referral) -> str:
    """A page without what differs between any two cases: ids and tokens."""
    lines = shown.replace(str(referral.pk), "ID").splitlines()
    return "\n".join(line for line in lines if "csrfmiddlewaretoken" not in line)


def test_audits_second_looks_and_known_answers_look_like_any_other_case(
    client: Client, spam: Workflow, bob: User
) -> None:
    """Closed or open: word by word the page of a case that was judged blind."""
    desks.dials(spam, gold_share=0.5)
    gold = answers.known(spam, text="same")
    found = {Referral.objects.get(case=gold.case_id): "gold"}
    for kind, state in (
        ("decide", "closed"),
        ("decide", "open"),
        ("audit", "closed"),
        ("second_look", "open"),
        ("adjudicate", "open"),
    ):
        referral = answers.case(spam, kind=kind)
        Referral.objects.filter(pk=referral.pk).update(state=state)
        Payload.objects.create(case=referral.case, input={"text": "same"})
        found[referral] = f"{kind} {state}"
    Case.objects.filter(referrals__state="closed").update(status="decided", seq=1)
    pages = {}
    for referral, name in found.items():
        answers.review(bob, referral, "yes")
        pages[name] = plain(page(client, bob, referral), referral)
    assert len(pages) == 6
    assert len(set(pages.values())) == 1, pages


def test_an_operator_says_first_that_they_want_to_open_it(
    client: Client, spam: Workflow, bob: User, alice: User
) -> None:
    referral = assisted(spam, bob, text="the input")
    asked = page(client, alice, referral)
    assert "Opening it means you will not be asked to judge it" in asked
    assert "the input" not in asked
    assert not Sight.objects.exists()
    answer = client.post(path(referral), follow=True)
    shown = answer.content.decode()
    assert "the input" in shown
    assert "Judged by bob" in shown
    assert 'id="decided"' in shown
    assert Sight.objects.get().user == alice


def test_an_auditor_sees_answers_and_every_decision(
    client: Client, spam: Workflow, bob: User
) -> None:
    referral = assisted(spam, bob)
    shown = page(client, factories.person("dora", Role.AUDITOR, workflow=spam), referral)
    assert "Judged by bob" in shown
    assert "by people" in shown
    assert Sight.objects.count() == 1


def test_a_known_answer_shows_an_operator_no_more_than_its_input(
    client: Client, spam: Workflow, bob: User, alice: User
) -> None:
    gold = answers.known(spam, text="the input", value="yes")
    answers.answer(bob, gold, "no")
    referral = Referral.objects.get(case=gold.case_id)
    viewing.open_case(alice, referral.pk)
    shown = page(client, alice, referral)
    assert "the input" in shown
    assert 'class="answer"' not in shown
    assert "bob" not in shown


def test_an_operator_who_holds_the_case_answers_first(
    client: Client, spam: Workflow, alice: User
) -> None:
    referral = Referral.objects.get(case=desks.send(spam, "the input"))
    desks.taken(alice)
    for answer in (page(client, alice, referral, 409), client.post(path(referral)).content):
        assert "You are judging this case" in str(answer)
        assert "the input" not in str(answer)
    assert not Sight.objects.exists()


def test_an_operator_who_may_still_undo_sees_no_more_than_their_answer(
    client: Client, spam: Workflow, alice: User, bob: User
) -> None:
    desks.dials(spam, undo_seconds=60, reviews_required=2)
    case = desks.send(spam)
    for person in (bob, alice):
        desks.judge(person)
    referral = Referral.objects.get(case=case)
    shown = page(client, alice, referral)
    assert "Your answer of" in shown
    assert "bob" not in shown
    assert "You can comment when the time to undo your answer is over" in shown
    desks.later()
    assert "bob" in page(client, alice, referral)


def test_reviewers_who_have_not_judged_it_and_outsiders_find_nothing(
    client: Client, spam: Workflow, carol: User, bob: User, charlie: User
) -> None:
    referral = assisted(spam, bob)
    for person in (carol, charlie):
        page(client, person, referral, 404)
        assert client.post(path(referral)).status_code == 404
        assert client.post(f"{path(referral)}/comments", {"text": "hi"}).status_code == 404
    assert not Sight.objects.exists()


def test_nobody_is_sent_to_sign_in(client: Client, spam: Workflow) -> None:
    referral = answers.case(spam)
    for address in (path(referral), f"/mentions/{referral.pk}", "/answers"):
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in?next=")


def test_an_erased_case_says_so(client: Client, spam: Workflow, bob: User) -> None:
    referral = assisted(spam, bob)
    Payload.objects.filter(case=referral.case)._raw_delete("default")
    assert "What this case asked was erased" in page(client, bob, referral)


def test_who_cannot_decide_finds_that_and_why(client: Client, spam: Workflow, bob: User) -> None:
    case = desks.send(spam)
    desks.judge(bob, desks.UNSURE, comment="too <blurry>")
    shown = page(client, bob, Referral.objects.get(case=case, kind="decide"))
    assert "cannot decide" in shown
    assert "too &lt;blurry&gt;" in shown


def test_a_comment_is_stored_shown_and_escaped(
    client: Client, spam: Workflow, bob: User, alice: User
) -> None:
    referral = assisted(spam, bob)
    client.force_login(bob)
    answer = client.post(f"{path(referral)}/comments", {"text": "<b>@alice</b>?"}, follow=True)
    assert answer.redirect_chain == [(f"{path(referral)}#comments", 302)]
    shown = answer.content.decode()
    assert "&lt;b&gt;@alice&lt;/b&gt;?" in shown
    assert "names alice" in shown


@pytest.mark.parametrize(
    ("text", "said"), [("", "Write something first"), ("x" * 2001, "at most 2,000 characters")]
)
def test_what_is_refused_stays_in_the_form(
    client: Client, spam: Workflow, bob: User, text: str, said: str
) -> None:
    referral = assisted(spam, bob)
    client.force_login(bob)
    answer = client.post(f"{path(referral)}/comments", {"text": text})
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert f"\n{text}</textarea>" in answer.content.decode()


def test_a_comment_too_early_is_kept_in_the_answer(
    client: Client, spam: Workflow, bob: User
) -> None:
    desks.dials(spam, undo_seconds=60)
    referral = Referral.objects.get(case=desks.send(spam))
    desks.judge(bob)
    client.force_login(bob)
    answer = client.post(f"{path(referral)}/comments", {"text": "hm"})
    assert answer.status_code == 409
    assert "can still be undone" in answer.content.decode()


def test_a_mention_asks_before_it_opens_and_is_seen_once_the_page_shows_it(
    client: Client, spam: Workflow, bob: User, carol: User
) -> None:
    referral = assisted(spam, bob, text="the input")
    comments.say(bob, referral.pk, "@carol odd, is it not?")
    mention = Mention.objects.get()
    client.force_login(carol)
    asked = client.get(f"/mentions/{mention.pk}").content.decode()
    assert "will not be asked to judge it" in asked
    assert "the input" not in asked
    assert "odd" not in asked
    assert str(referral.pk) not in asked
    shown = client.post(f"/mentions/{mention.pk}", follow=True).content.decode()
    assert "odd, is it not?" in shown
    assert Mention.objects.get().seen_at is not None
    again = client.get(f"/mentions/{mention.pk}")
    assert again["Location"] == f"{path(referral)}#comments"


def test_a_mention_is_for_the_person_named(
    client: Client, spam: Workflow, bob: User, carol: User, charlie: User
) -> None:
    comments.say(bob, assisted(spam, bob).pk, "@carol")
    for person in (bob, charlie):
        client.force_login(person)
        for method in (client.get, client.post):
            assert method(f"/mentions/{Mention.objects.get().pk}").status_code == 404


def test_my_last_answers_lead_to_their_cases(
    client: Client, spam: Workflow, bob: User, charlie: User
) -> None:
    referral = assisted(spam, bob)
    old = answers.case(spam)
    answers.review(bob, old, "no", at=answers.NOW - timedelta(days=2))
    client.force_login(bob)
    shown = client.get("/answers").content.decode()
    assert f'href="{path(referral)}"' in shown
    assert f"{answers.NOW - timedelta(days=2):%-d %b}, " in shown
    client.force_login(charlie)
    assert "You have not answered yet" in client.get("/answers").content.decode()


def test_pictures_come_as_the_person_wants_them(client: Client, spam: Workflow, bob: User) -> None:
    referral = assisted(spam, bob)
    assert "data-blur" not in page(client, bob, referral)
    preferences.save(bob, Own(blur=True, mute=True))
    shown = page(client, bob, referral)
    assert "data-blur data-mute>" in shown
