"""Disputes: conflicts and their adjudication, second looks, and contests as people judge them."""

import pytest
from django.contrib.auth.models import User

from hitl.domain.pools import pool_id
from hitl.models import Case, Decision, Referral, Workflow
from hitl.services import cases, workflows
from reviews.services import claims, judging
from tests import factories
from tests.reviews.desks import (
    BAD,
    UNSURE,
    claim,
    decisions,
    dials,
    judge,
    kinds,
    level,
    referral,
    reviewers,
    send,
    settled,
    taken,
    text,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(spam: Workflow) -> list[User]:
    return reviewers(spam, "dora", "eric", "frida", "gus")


@pytest.fixture
def disputed(spam: Workflow, people: list[User]) -> Case:
    """dora says no, eric yes."""
    dials(spam, reviews_required=2)
    case = send(spam)
    judge(people[0], "no")
    judge(people[1], "yes")
    return case


# Adjudication


def test_complaint_9_a_conflict_is_handed_to_an_adjudicator(disputed: Case) -> None:
    closed, opened = referral("decide"), referral("adjudicate")
    assert (closed.state, closed.answer, closed.done, closed.free) == ("closed", None, 2, 0)
    assert (opened.state, opened.needed, opened.free) == ("open", 1, 1)
    assert (opened.pool, opened.due, opened.case) == (disputed.workflow_id, closed.due, disputed)
    assert not Decision.objects.exists()


def test_complaint_9_who_has_judged_does_not_settle_it(disputed: Case, people: list[User]) -> None:
    assert claim(people[0]) is claim(people[1]) is None
    assert claim(people[2]) is not None


@pytest.mark.parametrize(("undo", "said"), [(0, "no"), (60, "yes")])
def test_complaint_9_the_adjudicators_answer_is_authoritative(
    spam: Workflow, disputed: Case, people: list[User], undo: int, said: str
) -> None:
    dials(spam, undo_seconds=undo)
    judge(people[2], said)
    settled()
    assert decisions() == [(1, "human", said)]
    row = referral("adjudicate")
    assert (row.state, row.answer, row.blind_answer, row.done) == ("closed", said, said, 1)
    assert Decision.objects.get().referral == row


def test_an_adjudicated_answer_is_blind_only_where_all_were(
    spam: Workflow, people: list[User]
) -> None:
    level(dials(spam, reviews_required=2), "ai_assistance")
    send(spam)
    for person, said in zip(people, ["no", "yes", "no"], strict=False):
        judge(person, said)
    assert (referral("adjudicate").answer, referral("adjudicate").blind_answer) == ("no", None)


@pytest.mark.parametrize("undo", [0, 60])
def test_an_adjudicator_who_cannot_tell_hands_on_to_the_next(
    spam: Workflow, disputed: Case, people: list[User], undo: int
) -> None:
    dials(spam, undo_seconds=undo)
    judge(people[2], UNSURE)
    settled()
    row = referral("adjudicate")
    assert (row.state, row.needed, row.free, row.done) == ("open", 1, 1, 0)
    assert claim(people[2]) is None
    judge(people[3], "yes")
    settled()
    assert decisions() == [(1, "human", "yes")]


def test_an_adjudicator_may_find_the_input_bad(disputed: Case, people: list[User]) -> None:
    judge(people[2], BAD)
    assert decisions() == [(1, "human", None)]
    assert Decision.objects.get().unusable


def test_adjudicators_may_be_a_pool_of_their_own(spam: Workflow, people: list[User]) -> None:
    seniors = {"name": "seniors", "skills": ["senior"]}
    dials(spam, reviews_required=2, pools=[seniors], adjudication_pool="seniors")
    (sue,) = reviewers(spam, "sue", skills=("senior",))
    send(spam)
    judge(people[0], "no")
    judge(people[1], "yes")
    assert referral("adjudicate").pool == pool_id(spam.pk, "seniors")
    assert claim(people[2]) is None
    judge(sue, "no")
    assert decisions() == [(1, "human", "no")]


def test_a_dispute_keeps_its_place_in_the_queue(spam: Workflow, people: list[User]) -> None:
    dials(spam, reviews_required=2)
    send(spam, "disputed", priority=9)
    judge(people[0], "no")
    judge(people[1], "yes")
    dials(spam, reviews_required=1)
    send(spam, "other")
    assert referral("adjudicate").priority == 9
    assert text(claim(people[2])) == "disputed"


# Contests


@pytest.fixture
def decided(spam: Workflow, bob: User) -> Case:
    """bob said no."""
    case = send(spam)
    judge(bob, "no")
    return case


def contest(case: Case) -> None:
    case.refresh_from_db()
    cases.say(case, kind="contest", value=None, statement="No!")


def test_a_contest_is_judged_by_another_person(
    decided: Case, bob: User, people: list[User]
) -> None:
    contest(decided)
    assert claim(bob) is None
    judge(people[0], "yes")
    assert decisions() == [(1, "human", "no"), (2, "human", "yes")]
    assert (referral("contest").blind_answer, referral("contest").contested) == ("yes", True)


def test_a_contest_that_confirms_makes_no_new_decision(decided: Case, people: list[User]) -> None:
    contest(decided)
    judge(people[0], "no")
    assert decisions() == [(1, "human", "no")]
    assert referral("contest").answer == "no"


def test_who_cannot_decide_a_contest_leaves_it_to_an_adjudicator(
    decided: Case, people: list[User]
) -> None:
    contest(decided)
    judge(people[0], UNSURE)
    assert kinds()[-1] == ("adjudicate", "open")
    assert referral("adjudicate").contested
    judge(people[1], "yes")
    assert decisions() == [(1, "human", "no"), (2, "human", "yes")]


def test_who_is_asked_because_somebody_objects_is_not_outvoted(
    spam: Workflow, people: list[User]
) -> None:
    dials(spam, reviews_required=3, consensus="majority", undo_seconds=60)
    case = send(spam)
    for person in people[:3]:
        judge(person, "no")
    contest(case)
    row = referral()
    assert (row.state, row.needed, row.free, row.done) == ("open", 4, 1, 3)
    judge(people[3], "yes")
    settled()
    assert decisions() == []
    assert kinds() == [("decide", "closed"), ("adjudicate", "open")]


def test_a_contest_while_a_judgement_settles_may_confirm_it(
    spam: Workflow, people: list[User]
) -> None:
    dials(spam, undo_seconds=60)
    case = send(spam)
    judge(people[0], "no")
    contest(case)
    assert settled() == 0
    judge(people[1], "no")
    assert settled() == 1
    assert decisions() == [(1, "human", "no")]


def test_who_passes_on_a_contested_case_takes_no_place_with_them(
    spam: Workflow, people: list[User]
) -> None:
    dials(spam, undo_seconds=60)
    case = send(spam)
    judge(people[0], "no")
    contest(case)
    asked = taken(people[1])
    claims.skip(people[1], asked.referral_id, asked.token, "no")
    assert (referral().state, referral().needed, referral().free) == ("open", 2, 1)


def test_a_contest_while_an_adjudication_settles_is_settled_by_the_last(
    spam: Workflow, disputed: Case, people: list[User], bob: User
) -> None:
    dials(spam, undo_seconds=60)
    judge(people[2], "no")
    contest(disputed)
    judge(people[3], UNSURE)
    settled()
    row = referral("adjudicate")
    assert (row.state, row.needed, row.free, row.done) == ("open", 1, 1, 0)
    judge(bob, "yes")
    settled()
    assert decisions() == [(1, "human", "yes")]


def test_a_contested_audit_is_not_left_unanswered(spam: Workflow, people: list[User]) -> None:
    level(dials(spam, audit_share=1.0, audit_supersedes=False), "full_automation")
    contest(send(spam))
    judge(people[0], UNSURE)
    assert kinds() == [("audit", "closed"), ("adjudicate", "open")]
    judge(people[1], "no")
    assert decisions() == [(1, "model", "yes"), (2, "human", "no")], "somebody objects"


# Second looks


@pytest.fixture
def doubting(spam: Workflow) -> Workflow:
    """At shadow every answer is blind; the model says yes."""
    return dials(spam, second_look=True)


def test_an_answer_that_differs_from_the_models_is_looked_at_again(
    doubting: Workflow, bob: User, people: list[User]
) -> None:
    case = send(doubting)
    judge(bob, "no")
    assert decisions() == [(1, "human", "no")], "the client does not wait for it"
    assert kinds() == [("decide", "closed"), ("second_look", "open")]
    row = referral("second_look")
    assert (row.case, row.pool, row.needed) == (case, doubting.pk, 1)
    assert claim(bob) is None
    shown = taken(people[0])
    assert (shown.suggestion, shown.opinions, shown.statement) == (None, (), None)


@pytest.mark.parametrize("undo", [0, 60])
def test_a_second_look_that_confirms_closes(
    doubting: Workflow, bob: User, people: list[User], undo: int
) -> None:
    dials(doubting, undo_seconds=undo)
    send(doubting)
    for person in (bob, people[0]):
        judge(person, "no")
        settled()
    assert kinds() == [("decide", "closed"), ("second_look", "closed")]
    assert referral("second_look").blind_answer == "no"
    assert decisions() == [(1, "human", "no")]


def test_a_second_look_that_differs_is_adjudicated(
    doubting: Workflow, bob: User, people: list[User]
) -> None:
    send(doubting)
    judge(bob, "no")
    judge(people[0], "yes")
    assert kinds() == [("decide", "closed"), ("second_look", "closed"), ("adjudicate", "open")]
    assert {o.said.value for o in taken(people[1]).opinions} == {"no", "yes"}


@pytest.mark.parametrize(("said", "count"), [("no", 1), ("yes", 2)])
def test_the_adjudicator_of_a_second_look_has_the_last_word(
    doubting: Workflow, bob: User, people: list[User], said: str, count: int
) -> None:
    send(doubting)
    judge(bob, "no")
    judge(people[0], "yes")
    judge(people[1], said)
    assert decisions()[-1] == (count, "human", said)
    assert kinds()[-1] == ("adjudicate", "closed"), "it ends there"


def test_who_cannot_decide_a_second_look_leaves_the_answer_missing(
    doubting: Workflow, bob: User, people: list[User]
) -> None:
    send(doubting)
    judge(bob, "no")
    judge(people[0], UNSURE)
    row = referral("second_look")
    assert (row.state, row.answer, row.blind_answer) == ("closed", None, None)
    assert decisions() == [(1, "human", "no")]


def test_an_audit_that_differs_is_looked_at_again(
    doubting: Workflow, bob: User, people: list[User]
) -> None:
    level(dials(doubting, audit_share=1.0, audit_supersedes=False), "full_automation")
    send(doubting)
    judge(bob, "no")
    judge(people[0], "no")
    assert kinds() == [("audit", "closed"), ("second_look", "closed")]
    assert decisions() == [(1, "model", "yes")], "by the policy it replaces nothing"


@pytest.mark.parametrize(
    ("name", "policy", "said"),
    [
        pytest.param("shadow", {}, "yes", id="the model is right"),
        pytest.param("ai_assistance", {}, "no", id="the suggestion was seen"),
        pytest.param("human_only", {}, "no", id="no model was asked"),
        pytest.param("shadow", {"second_look": False}, "no", id="the policy asks for none"),
    ],
)
def test_what_is_not_looked_at_again(
    doubting: Workflow, bob: User, name: str, policy: dict[str, object], said: str
) -> None:
    level(dials(doubting, **policy), name)
    send(doubting)
    judge(bob, said)
    assert kinds() == [("decide", "closed")]


def test_an_answer_beside_a_failed_prediction_disputes_nothing(
    doubting: Workflow, bob: User
) -> None:
    factories.version("broken", fails="no")
    workflows.change(doubting, by=None, reason="test", model="broken")
    send(doubting)
    judge(bob, "no")
    assert kinds() == [("decide", "closed")]


def test_a_blind_answer_at_assistance_is_looked_at_again(doubting: Workflow, bob: User) -> None:
    level(dials(doubting, blind_share=1.0), "ai_assistance")
    send(doubting)
    judge(bob, "no")
    assert kinds()[-1] == ("second_look", "open")


def test_a_dispute_comes_to_an_end(doubting: Workflow, bob: User, people: list[User]) -> None:
    send(doubting)
    for person, said in zip([bob, *people], ["no", "yes", "no"], strict=False):
        judge(person, said)
    assert Referral.objects.exclude(state="closed").count() == 0
    assert decisions() == [(1, "human", "no")]
    assert judging.settle() == 0


def test_who_judges_a_contest_has_not_seen_the_models_answer(
    spam: Workflow, people: list[User]
) -> None:
    """Though whoever judged it first had."""
    level(spam, "ai_assistance")
    case = send(spam)
    judge(people[0], "yes")
    contest(case)
    judge(people[1], "no")
    assert (referral("decide").blind_answer, referral("contest").blind_answer) == (None, "no")
