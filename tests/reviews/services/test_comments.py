"""Comments: who may write and read them, whom they name, and what they must not tell."""

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from hitl.domain.roles import Role
from hitl.models import Case, Referral, Workflow
from models_registry.domain.errors import Conflict, Invalid, Missing
from reviews.models import Claim, Comment, Mention
from reviews.services import casebook, claims, comments, judging, viewing
from tests import factories
from tests.reviews import answers, desks


@pytest.fixture
def carol(spam: Workflow) -> User:
    return desks.reviewers(spam, "carol")[0]


def judged(spam: Workflow, *people: User) -> Referral:
    """A case that these people judged one after the other; more are to."""
    if spam.revision_no == 1:
        desks.dials(spam, reviews_required=3)
    case = desks.send(spam)
    for person in people:
        desks.judge(person)
    return Referral.objects.get(case=case)


def read(person: User, referral: Referral) -> list[str]:
    return [remark.text for remark in comments.on(person, referral.case_id)]


def told(person: User) -> list[str]:
    return [one.author for one in comments.unseen(person)]


def test_a_comment_names_people_of_the_workflow_and_other_words_stay_words(
    spam: Workflow, alice: User, bob: User, charlie: User
) -> None:
    referral = judged(spam, bob)
    said = comments.say(bob, referral.pk, " @alice, is this @charlie or @nobody? @bob ")
    assert said.named == ["alice"]
    assert said.text == "@alice, is this @charlie or @nobody? @bob"
    assert Mention.objects.get().user == alice
    assert told(alice) == ["bob"]
    assert told(charlie) == []


def test_somebody_who_is_not_active_is_not_named(spam: Workflow, alice: User, bob: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert comments.say(bob, judged(spam, bob).pk, "@alice").named == []


@pytest.mark.parametrize("text", ["", " \n ", "x" * 2001, "a\x00b"])
def test_a_text_has_bounds(spam: Workflow, bob: User, text: str) -> None:
    referral = judged(spam, bob)
    with pytest.raises(Invalid) as refused:
        comments.say(bob, referral.pk, text)
    assert refused.value.problems[0].pointer == "/text"
    assert not Comment.objects.exists()


def test_line_breaks_of_a_browser_count_once(spam: Workflow, bob: User) -> None:
    assert comments.say(bob, judged(spam, bob).pk, "\r\n".join("x" * 1000)).text.count("\n") == 999


def test_outsiders_write_and_read_nothing(spam: Workflow, bob: User, charlie: User) -> None:
    referral = judged(spam, bob)
    comments.say(bob, referral.pk, "secret")
    with pytest.raises(Missing, match=viewing.NOTHING):
        comments.say(charlie, referral.pk, "hi")
    with pytest.raises(Missing, match=viewing.NOTHING):
        casebook.remarks(charlie, referral.pk)
    assert read(charlie, referral) == []
    assert Comment.objects.count() == 1


def test_who_is_still_to_judge_reads_nothing_and_is_not_told(
    spam: Workflow, bob: User, carol: User
) -> None:
    """Not while they hold it, nor when it ran out, nor while they could undo."""
    desks.dials(spam, undo_seconds=60)
    referral = judged(desks.dials(spam, reviews_required=3), bob)
    desks.later()
    case = desks.taken(carol)
    comments.say(bob, referral.pk, "@carol it is spam")
    holding = (told(carol), read(carol, referral))
    claims.release(carol, case.referral_id, case.token)
    given_back = (told(carol), read(carol, referral))
    done = desks.judge(carol)
    may_undo = (told(carol), read(carol, referral))
    judging.withdraw(carol, done.review_id)
    taken_back = (told(carol), read(carol, referral))
    assert holding == given_back == may_undo == taken_back == ([], [])
    for _ in range(2):
        with pytest.raises(Missing, match=viewing.NOTHING):
            casebook.page(carol, referral.pk)


def test_nobody_writes_while_their_own_answer_can_be_undone(spam: Workflow, bob: User) -> None:
    referral = judged(desks.dials(spam, undo_seconds=60, reviews_required=3), bob)
    with pytest.raises(Conflict, match="can still be undone"):
        comments.say(bob, referral.pk, "hm")
    with pytest.raises(Conflict, match="can still be undone"):
        casebook.remarks(bob, referral.pk)
    desks.later()
    assert comments.say(bob, referral.pk, "hm").text == "hm"


def test_a_person_named_opens_the_case_instead_of_judging_it_and_may_answer(
    spam: Workflow, bob: User, carol: User
) -> None:
    referral = judged(spam, bob)
    comments.say(bob, referral.pk, "@carol what is this?")
    (one,) = comments.unseen(carol)
    assert (one.author, one.workflow, one.asks) == ("bob", "Spam", True)
    assert comments.leads_to(carol, one.id) == referral.pk
    with pytest.raises(Conflict, match="not be asked to judge"):
        casebook.remarks(carol, referral.pk)
    viewing.open_case(carol, referral.pk)
    assert [remark.text for remark in casebook.remarks(carol, referral.pk)] == [
        "@carol what is this?"
    ]
    assert comments.unseen(carol) == []
    assert desks.claim(carol) is None
    comments.say(carol, referral.pk, "@bob spam, I think")
    assert read(bob, referral) == ["@carol what is this?", "@bob spam, I think"]
    assert told(bob) == ["carol"]
    assert [one.asks for one in comments.unseen(bob)] == [False]


def test_the_address_of_a_mention_is_for_the_person_named(
    spam: Workflow, alice: User, bob: User, carol: User
) -> None:
    comments.say(bob, judged(spam, bob).pk, "@alice")
    mention = Mention.objects.get()
    with pytest.raises(Missing, match=viewing.NOTHING):
        comments.leads_to(carol, mention.pk)


def test_who_lost_the_role_is_told_nothing(spam: Workflow, bob: User, alice: User) -> None:
    comments.say(bob, judged(spam, bob).pk, "@alice")
    alice.hitl_memberships.all().delete()
    assert told(alice) == []


def kinds(spam: Workflow, bob: User, carol: User) -> dict[str, Referral]:
    """Cases of several kinds that bob and carol both judged without a suggestion."""
    found = {}
    for kind in ("decide", "audit", "second_look"):
        found[kind] = answers.case(spam, kind=kind)
    gold = answers.known(spam)
    found["gold"] = Referral.objects.get(case=gold.case_id)
    for referral in found.values():
        for person in (bob, carol):
            answers.review(person, referral, "yes")
    return found


def test_reviewers_of_one_case_do_not_learn_from_comments_that_others_judged_it_too(
    spam: Workflow, bob: User, carol: User, alice: User
) -> None:
    """That two judged it would tell a known answer or a second look from other cases; whatever
    the kind, the comment of one is not shown to the other, who is not told of it either."""
    for kind, referral in kinds(spam, bob, carol).items():
        said = comments.say(carol, referral.pk, f"@bob @alice {kind}")
        assert said.named == ["bob", "alice"], kind
        assert read(bob, referral) == [], kind
        assert read(alice, referral) == [f"@bob @alice {kind}"], kind
    assert told(bob) == []
    assert len(told(alice)) == 4


def test_what_somebody_writes_who_runs_the_workflow_reads_the_same_on_every_kind(
    spam: Workflow, bob: User, carol: User, alice: User
) -> None:
    for kind, referral in kinds(spam, bob, carol).items():
        viewing.open_case(alice, referral.pk)
        comments.say(alice, referral.pk, "@bob why?")
        assert read(bob, referral) == read(carol, referral) == ["@bob why?"], kind
    assert len(told(bob)) == 4
    assert told(carol) == []


def test_an_operators_comment_does_not_tell_others_that_the_operator_judged_it_too(
    spam: Workflow, bob: User, alice: User
) -> None:
    referral = judged(spam, bob, alice)
    comments.say(alice, referral.pk, "@bob I said no")
    assert read(bob, referral) == []


def test_refusals_read_the_same_whatever_the_kind(spam: Workflow, bob: User, carol: User) -> None:
    """A known answer, an audit and any other case refuse who has not judged it word by word."""
    said = set()
    (erin,) = desks.reviewers(spam, "erin")
    for referral in kinds(spam, bob, erin).values():
        for text in ("hi", "@bob"):
            with pytest.raises(Missing) as refused:
                comments.say(carol, referral.pk, text)
            said.add((refused.value.detail, str(refused.value.facts)))
    assert said == {(viewing.NOTHING, "{}")}


def test_a_named_person_reads_what_names_them_not_how_many_judged(
    spam: Workflow, bob: User, carol: User
) -> None:
    """A known answer is judged by many; who opens it by name must not see all of them talk."""
    (dora,) = desks.reviewers(spam, "dora")
    referral = kinds(spam, bob, carol)["gold"]
    comments.say(bob, referral.pk, "odd")
    comments.say(carol, referral.pk, "@dora look")
    viewing.open_case(dora, referral.pk)
    assert read(dora, referral) == ["@dora look"]


def test_those_who_are_told_the_decision_read_each_others_comments(
    spam: Workflow, bob: User, carol: User
) -> None:
    desks.dials(desks.level(spam, "ai_assistance"), reviews_required=2)
    case: Case = desks.send(spam)
    desks.judge(bob)
    referral = Referral.objects.get(case=case)
    comments.say(bob, referral.pk, "@carol clear")
    before = told(carol)
    desks.judge(carol)
    assert before == ["bob"]  # had they opened it they would not have been asked
    assert Referral.objects.get(pk=referral.pk).state == "closed"
    assert read(carol, referral) == ["@carol clear"]
    assert told(carol) == ["bob"]


def test_an_erased_comment_has_no_words(spam: Workflow, bob: User) -> None:
    referral = judged(spam, bob)
    comments.say(bob, referral.pk, "secret")
    Comment.objects.all().update(text="")
    assert read(bob, referral) == [""]


def test_a_hundred_are_shown_and_ten_told(spam: Workflow, bob: User, alice: User) -> None:
    referral = judged(spam, bob)
    for n in range(101):
        comments.say(bob, referral.pk, f"@alice {n}")
    assert len(comments.on(alice, referral.case_id)) == comments.MOST_SHOWN
    assert len(comments.unseen(alice)) == comments.MOST_UNSEEN


def test_reading_costs_the_same_however_many_there_are(
    spam: Workflow, bob: User, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    referral = judged(spam, bob)
    for n in range(5):
        comments.say(bob, referral.pk, f"@alice {n}")
    with django_assert_num_queries(3):
        comments.on(bob, referral.case_id)
    with django_assert_num_queries(1):
        comments.unseen(alice)


def test_passing_a_case_on_does_not_open_it(spam: Workflow, bob: User, carol: User) -> None:
    referral = judged(spam, bob)
    case = desks.taken(carol)
    claims.skip(carol, case.referral_id, case.token, "no")
    assert Claim.objects.get(reviewer=carol).state == "skipped"
    with pytest.raises(Missing):
        comments.say(carol, referral.pk, "hi")
    factories.person("erin", Role.AUDITOR, workflow=spam)
    assert comments.say(bob, referral.pk, "@erin @carol").named == ["erin", "carol"]
    assert [one.asks for one in comments.unseen(carol)] == [False]
