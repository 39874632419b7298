"""Judging: a submitted review, and what follows when all have spoken."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from hitl.models import Decision, Referral, Workflow
from hitl.services import workflows
from models_registry.domain.errors import Invalid, Stale
from reviews.domain.claims import SkipKind
from reviews.models import Claim, Review
from reviews.services import judging
from tests.reviews.desks import (
    BAD,
    UNSURE,
    claim,
    decisions,
    dials,
    first_in,
    judge,
    kinds,
    later,
    level,
    referral,
    reviewers,
    send,
    settled,
    submit,
    taken,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(spam: Workflow) -> list[User]:
    return reviewers(spam, "dora", "eric", "frida")


def test_a_judgement_decides_the_case(spam: Workflow, bob: User) -> None:
    case = send(spam)
    shown = taken(bob)
    began = Claim.objects.get().shown_at
    assert began is not None
    now = began + timedelta(seconds=4)
    told = submit(bob, shown, "no", comment="clearly", now=now)
    review, decision = Review.objects.get(), Decision.objects.get()
    assert (told.review_id, told.undo_seconds) == (review.pk, 0)
    assert (review.verdict, review.value, review.comment) == ("answer", "no", "clearly")
    assert (review.seconds, review.at, review.token, review.undo_until) == (4.0, now, 1, None)
    assert (decision.case, decision.n, decision.value, decision.source) == (case, 1, "no", "human")
    row = referral()
    assert (row.state, row.answer, row.done, row.free) == ("closed", "no", 1, 0)
    assert Claim.objects.get().state == "done"
    case.refresh_from_db()
    assert (case.status, case.seq) == ("decided", 1)


@pytest.mark.parametrize("value", ["maybe", None, 1, ["no"], {"no": 1}])
def test_complaint_1_a_value_that_is_no_answer_is_refused_and_nothing_is_lost(
    spam: Workflow, bob: User, value: object
) -> None:
    send(spam)
    case = taken(bob)
    with pytest.raises(Invalid) as error:
        submit(bob, case, value)
    assert error.value.problems[0].pointer == "/value"
    assert "Valid: no, yes" in error.value.detail
    assert Claim.objects.get().state == "held"
    assert not Review.objects.exists()
    submit(bob, case)
    assert Decision.objects.exists()


def test_a_case_is_judged_by_the_classes_it_came_under(spam: Workflow, bob: User) -> None:
    send(spam)
    workflows.change(spam, by=None, reason="test", model="", answer={"classes": ["good", "bad"]})
    case = taken(bob)
    assert [choice["value"] for choice in case.form["choices"]] == ["no", "yes"]
    submit(bob, case, "yes")
    assert decisions() == [(1, "human", "yes")]


def test_complaint_4_the_second_submit_of_one_claim_is_stale(spam: Workflow, bob: User) -> None:
    send(spam)
    case = taken(bob)
    submit(bob, case)
    with pytest.raises(Stale, match="already answered"):
        submit(bob, case, "yes")
    assert Decision.objects.count() == Review.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "share", "blind"),
    [("shadow", 0.0, True), ("ai_assistance", 1.0, True), ("ai_assistance", 0.0, False)],
)
def test_complaint_16_only_what_was_judged_unseen_is_blind(
    spam: Workflow, bob: User, name: str, share: float, blind: bool
) -> None:
    level(dials(spam, blind_share=share), name)
    send(spam)
    judge(bob)
    assert (referral().answer, referral().blind_answer) == ("no", "no" if blind else None)


def test_submitting_is_few_statements(
    spam: Workflow, bob: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    send(spam)
    case = taken(bob)
    with django_assert_max_num_queries(10):  # a savepoint's two included
        submit(bob, case)


# Several people


VOTES = [
    pytest.param("unanimous", ["no", "no", "no"], "no", id="all agree"),
    pytest.param("unanimous", ["no", "no", "yes"], None, id="one differs"),
    pytest.param("majority", ["yes", "no", "no"], "no", id="two of three"),
    pytest.param("majority", ["no", "yes", UNSURE], None, id="no majority"),
    pytest.param("first", ["yes", "no", "no"], "yes", id="the first stands"),
    pytest.param("first", [UNSURE, "no", "yes"], "no", id="the first who can tell"),
    pytest.param("first", [UNSURE, UNSURE, UNSURE], None, id="nobody can tell"),
]


@pytest.mark.parametrize("undo", [0, 60])
@pytest.mark.parametrize(("rule", "said", "answer"), VOTES)
def test_complaint_6_several_people_judge_one_case(
    spam: Workflow, people: list[User], rule: str, said: list[object], answer: str | None, undo: int
) -> None:
    dials(spam, reviews_required=3, consensus=rule, undo_seconds=undo)
    case = send(spam)
    for i, (person, one) in enumerate(zip(people, said, strict=True)):
        assert not Decision.objects.exists()
        assert (referral().done, referral().state) == (i, "open")
        judge(person, one)
    if undo:
        assert (referral().state, referral().done, referral().free) == ("settling", 3, 0)
        assert settled() == 1
    first = Referral.objects.get(kind="decide")
    assert (first.state, first.answer) == ("closed", answer)
    case.refresh_from_db()
    if answer:
        assert first.done == 3
        assert decisions() == [(1, "human", answer)]
        assert kinds() == [("decide", "closed")]
    else:
        assert (decisions(), case.status) == ([], "referred")
        assert kinds() == [("decide", "closed"), ("adjudicate", "open")]


def test_complaint_4_one_more_than_asked_for_is_refused(
    spam: Workflow, bob: User, people: list[User]
) -> None:
    dials(spam, reviews_required=2)
    case = send(spam)
    places = [(one, taken(one)) for one in people[:2]]
    assert claim(bob) is None
    Claim.objects.create(  # as a client that forges a place would
        referral=referral(), case=case, reviewer=bob, expires=datetime.now(UTC)
    )
    for person, place in places:
        submit(person, place, "no")
    with pytest.raises(Stale, match="went on"):
        judging.submit(bob, referral().pk, 1, BAD)
    assert Review.objects.count() == 2


def test_complaint_4_the_table_refuses_a_review_without_a_place(
    spam: Workflow, bob: User, people: list[User]
) -> None:
    dials(spam, reviews_required=2)
    case = send(spam)
    taken(people[0])
    Claim.objects.create(referral=referral(), case=case, reviewer=bob, expires=datetime.now(UTC))
    judging.submit(bob, referral().pk, 1, BAD)
    for done in (2, 3):  # one place is free still: nobody can have answered there
        with pytest.raises(IntegrityError), transaction.atomic():
            Referral.objects.update(done=done)
    assert referral().done == Review.objects.count() == 1


# Bad input, cannot decide


def test_an_input_that_nobody_can_judge_is_decided_as_unusable(spam: Workflow, bob: User) -> None:
    send(spam)
    judge(bob, BAD, comment="an empty page")
    decision = Decision.objects.get()
    assert (decision.n, decision.source, decision.value, decision.unusable) == (
        1,
        "human",
        None,
        True,
    )
    assert (referral().answer, referral().blind_answer, referral().unusable) == (None, None, True)
    review = Review.objects.get()
    assert (review.verdict, review.value, review.comment) == ("bad_input", None, "an empty page")


def test_complaint_10_who_cannot_decide_has_answered(spam: Workflow, bob: User) -> None:
    case = send(spam)
    shown = taken(bob)
    told = judging.skip(
        bob, shown.referral_id, shown.token, SkipKind.CANNOT_DECIDE, "could be both"
    )
    assert told is not None
    assert (Review.objects.get().verdict, Review.objects.get().comment) == (
        "cannot_decide",
        "could be both",
    )
    assert kinds() == [("decide", "closed"), ("adjudicate", "open")]
    case.refresh_from_db()
    assert case.status == "referred"
    assert claim(bob) is None, "somebody else settles it"


def test_complaint_10_what_is_not_for_me_is_for_another(
    spam: Workflow, bob: User, people: list[User]
) -> None:
    send(spam)
    shown = taken(bob)
    kind = SkipKind.NOT_FOR_ME
    assert judging.skip(bob, shown.referral_id, shown.token, kind, "I know her") is None
    assert not Review.objects.exists()
    judge(people[0])
    assert decisions() == [(1, "human", "no")]


# Audits


@pytest.fixture
def audited(spam: Workflow) -> Workflow:
    return level(dials(spam, audit_share=1.0), "full_automation")


@pytest.mark.parametrize("undo", [0, 60])
def test_an_audit_that_differs_supersedes_the_decision(
    audited: Workflow, bob: User, undo: int
) -> None:
    dials(audited, undo_seconds=undo)
    case = send(audited)
    judge(bob, "no")
    assert settled() == (1 if undo else 0)
    assert decisions() == [(1, "model", "yes"), (2, "human", "no")]
    case.refresh_from_db()
    assert (case.status, case.seq) == ("decided", 2)
    assert referral("audit").blind_answer == "no"


def test_an_audit_that_agrees_makes_no_new_decision(audited: Workflow, bob: User) -> None:
    case = send(audited)
    judge(bob, "yes")
    assert decisions() == [(1, "model", "yes")]
    assert (referral("audit").state, referral("audit").blind_answer) == ("closed", "yes")
    case.refresh_from_db()
    assert case.seq == 1


def test_an_audit_supersedes_only_where_the_policy_says_so(audited: Workflow, bob: User) -> None:
    dials(audited, audit_supersedes=False)
    send(audited)
    judge(bob, "no")
    assert decisions() == [(1, "model", "yes")]
    assert referral("audit").blind_answer == "no", "it is evidence all the same"


def test_what_settles_an_audit_supersedes_only_where_the_policy_says_so(
    audited: Workflow, people: list[User]
) -> None:
    dials(audited, audit_supersedes=False, reviews_required=2)
    send(audited)
    for person, said in zip(people, ["no", "yes", "no"], strict=True):
        judge(person, said)
    assert kinds() == [("audit", "closed"), ("adjudicate", "closed")]
    assert referral("adjudicate").answer == "no"
    assert decisions() == [(1, "model", "yes")]


def test_who_cannot_decide_an_audit_is_the_missing_answer_of_the_sample(
    audited: Workflow, bob: User
) -> None:
    send(audited)
    judge(bob, UNSURE)
    row = referral("audit")
    assert kinds() == [("audit", "closed")]
    assert (row.answer, row.blind_answer, row.done, row.unusable) == (None, None, 1, False)
    assert row.closed is not None
    assert decisions() == [(1, "model", "yes")]


def test_several_auditors_who_differ_are_adjudicated(audited: Workflow, people: list[User]) -> None:
    dials(audited, reviews_required=2)
    send(audited)
    judge(people[0], "no")
    judge(people[1], "yes")
    judge(people[2], "no")
    assert kinds() == [("audit", "closed"), ("adjudicate", "closed")]
    assert decisions() == [(1, "model", "yes"), (2, "human", "no")]


def test_an_audit_that_calls_the_input_bad_supersedes(audited: Workflow, bob: User) -> None:
    send(audited)
    judge(bob, BAD)
    assert decisions() == [(1, "model", "yes"), (2, "human", None)]
    assert Decision.objects.get(n=2).unusable
    assert referral("audit").unusable


# Settling


def test_what_settles_is_not_in_the_queue(spam: Workflow, bob: User, people: list[User]) -> None:
    dials(spam, undo_seconds=60)
    send(spam)
    judge(bob)
    assert claim(people[0]) is None


def test_settling_many_settles_each_once(spam: Workflow, bob: User) -> None:
    dials(spam, undo_seconds=60)
    for _ in range(5):
        send(spam)
        judge(bob)
    assert judging.settle() == 0
    later = datetime.now(UTC) + timedelta(minutes=9)
    Referral.objects.filter(pk=Referral.objects.all()[0].pk).update(settles_at=later)
    assert not Decision.objects.exists()
    past = datetime.now(UTC) - timedelta(seconds=1)
    Referral.objects.exclude(settles_at=later).update(settles_at=past)
    assert judging.settle() == 4
    assert judging.settle() == 0
    assert Decision.objects.count() == 4


def test_what_is_settled_says_when(spam: Workflow, bob: User) -> None:
    dials(spam, undo_seconds=60)
    case = send(spam)
    judge(bob)
    Referral.objects.update(settles_at=datetime.now(UTC) - timedelta(seconds=1))
    now = datetime.now(UTC)
    assert judging.settle(now) == 1
    decision = Decision.objects.get()
    assert (referral().state, referral().closed, referral().settles_at) == ("closed", now, None)
    assert (decision.value, decision.at, decision.referral) == ("no", now, referral())
    case.refresh_from_db()
    assert case.status == "decided"


def test_complaint_5_what_another_worker_settles_first_is_left_alone(
    spam: Workflow, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read that it is due; one of them comes to the lock first."""
    dials(spam, undo_seconds=60)
    send(spam)
    judge(bob)
    later()
    first_in(monkeypatch, judging, judging.settle)
    assert judging.settle() == 0
    assert decisions() == [(1, "human", "no")]
