"""The page of one case: what stands on it for whom."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from hitl.domain.roles import Role
from hitl.models import Decision, Referral, Workflow
from hitl.services import workflows
from models_registry.domain.errors import Missing
from reviews.models import Review
from reviews.services import casebook, viewing
from reviews.services.casebook import CasePage, Closed
from tests import factories
from tests.reviews import answers, desks

WRITTEN = {"compare": "wer", "multiline": True}


def page(user: User, referral: Referral) -> CasePage:
    found = casebook.page(user, referral.pk)
    assert isinstance(found, CasePage)
    return found


@pytest.fixture
def dora(spam: Workflow) -> User:
    return factories.person("dora", Role.AUDITOR, workflow=spam)


def decided(spam: Workflow, *people: User) -> Referral:
    desks.dials(spam, reviews_required=len(people))
    case = desks.send(spam)
    for person in people:
        desks.judge(person, "yes", comment=f"by {person}")
    return Referral.objects.get(case=case)


def test_a_reviewer_sees_their_own_answer_alone(spam: Workflow, bob: User, dora: User) -> None:
    (carol,) = desks.reviewers(spam, "carol")
    referral = decided(spam, bob, carol)
    mine = page(bob, referral)
    assert mine.mine is not None
    assert (mine.mine.who, mine.mine.cells, mine.mine.comment) == ("bob", [("", "yes")], "by bob")
    assert (mine.others, mine.decisions, mine.may_say) == ([], [], True)
    theirs = page(dora, referral)
    assert theirs.mine is None
    assert [one.who for one in theirs.others] == ["bob", "carol"]
    assert [(one.who, one.cells) for one in theirs.decisions] == [("human", [("", "yes")])]


def test_decisions_come_the_newest_first(spam: Workflow, bob: User, dora: User) -> None:
    referral = decided(spam, bob)
    Decision.objects.create(case=referral.case, n=2, source="rule", unusable=True, at=answers.NOW)
    told = page(dora, referral).decisions
    assert [(one.who, one.cells) for one in told] == [
        ("rule", [("", "bad input")]),
        ("human", [("", "yes")]),
    ]


def test_a_reviewer_who_is_told_gets_the_decision_in_force_alone(spam: Workflow, bob: User) -> None:
    referral = decided(desks.level(spam, "ai_assistance"), bob)
    case = referral.case
    Decision.objects.create(case=case, n=2, source="human", value="no", at=answers.NOW)
    type(case).objects.filter(pk=case.pk).update(seq=2)
    assert [one.cells for one in page(bob, referral).decisions] == [[("", "no")]]


def test_what_was_said_before_the_suggestion_stands_beside_the_answer(
    spam: Workflow, bob: User
) -> None:
    referral = answers.case(spam)
    said = answers.review(bob, referral, "yes")
    # A fact: another one takes its place.
    Review.objects.filter(pk=said.pk)._raw_delete("default")
    Review.objects.create(claim=said.claim, token=2, value="yes", first_value="no", seconds=1.0)
    mine = page(bob, referral).mine
    assert mine is not None
    assert mine.first == "no"


@pytest.mark.parametrize(
    ("kind", "answer", "value", "cells"),
    [
        pytest.param(
            "text", WRITTEN, "word " * 100 + "end", [("", "word " * 100 + "end")], id="long"
        ),
        pytest.param("text", WRITTEN, "two\nlines", [("", "two\nlines")], id="lines"),
        pytest.param(
            "fields",
            {"fields": [{"name": "the_sum", "type": "number"}, {"name": "who", "type": "text"}]},
            {"the_sum": "12.5", "who": "ann"},
            [("the sum", "12.5"), ("who", "ann")],
            id="several parts",
        ),
    ],
)
def test_an_answer_stands_in_full(
    bob: User, kind: str, answer: dict[str, Any], value: object, cells: list[tuple[str, str]]
) -> None:
    made = workflows.create(
        slug=kind, title=kind, task_type=kind, schema=factories.SCHEMA, answer=answer
    )
    desks.reviewers(made, "erin")
    erin = User.objects.get(username="erin")
    referral = answers.case(made)
    answers.review(erin, referral, value)
    mine = page(erin, referral).mine
    assert mine is not None
    assert mine.cells == cells


def test_files_are_asked_for_by_the_referral_the_person_knows(spam: Workflow, bob: User) -> None:
    referral = decided(spam, bob)
    later = Referral.objects.create(
        case=referral.case, kind="audit", pool=spam.pk, due=answers.NOW, opened=answers.NOW
    )
    found = page(bob, later)
    assert (found.referral_id, found.known_as) == (later.pk, referral.pk)


def test_a_closed_case_says_only_where_it_belongs(spam: Workflow, bob: User, alice: User) -> None:
    assert casebook.page(alice, decided(spam, bob).pk) == Closed(spam, asks=True)


def test_outsiders_find_nothing(spam: Workflow, bob: User, charlie: User) -> None:
    referral = decided(spam, bob)
    for look in (casebook.page, casebook.remarks):
        with pytest.raises(Missing, match=viewing.NOTHING):
            look(charlie, referral.pk)


def test_my_answers_are_those_of_workflows_i_still_review(
    spam: Workflow, bob: User, charlie: User
) -> None:
    answers.review(bob, answers.case(spam), "yes")
    ((workflow, (past,)),) = casebook.my_answers(bob)
    assert (workflow, past.brief) == (spam, "yes")
    bob.hitl_memberships.all().delete()
    assert casebook.my_answers(bob) == casebook.my_answers(charlie) == []


def test_a_page_costs_the_same_however_many_judged(
    spam: Workflow, dora: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    people = desks.reviewers(spam, *(f"r{n}" for n in range(5)))
    referral = decided(spam, *people)
    page(dora, referral)
    with django_assert_max_num_queries(14):
        assert len(page(dora, referral).others) == 5
