"""Undo: a judgement taken back while its time runs, so that the client never hears of it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from hitl.models import Decision, Membership, Referral, Workflow
from models_registry.domain.errors import Forbidden, Missing, Stale
from models_registry.models import new_id
from reviews.models import Claim, GoldAnswer, Review, Withdrawal
from reviews.services import desk, golds, judging, standing
from tests.reviews.desks import (
    BAD,
    claim,
    decisions,
    dials,
    judge,
    kinds,
    later,
    level,
    referral,
    reviewers,
    send,
    settled,
    submit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _time_to_undo(spam: Workflow) -> None:
    dials(spam, undo_seconds=60)


@pytest.fixture
def dora(spam: Workflow) -> User:
    return reviewers(spam, "dora")[0]


def again(user: User, referral_id: object) -> desk.OnDesk:
    case = desk.on_desk(user, desk.seats_of(user))
    assert case is not None
    assert case.referral_id == referral_id
    return case


def test_complaint_11_with_time_to_undo_a_judgement_settles_first(
    spam: Workflow, bob: User
) -> None:
    case = send(spam)
    told = judge(bob)
    assert told.undo_seconds == 60
    row, review = referral(), Review.objects.get()
    assert (row.state, row.done, row.free) == ("settling", 1, 0)
    assert row.settles_at is not None
    assert review.undo_until is not None
    assert timedelta(0) <= row.settles_at - review.undo_until < timedelta(seconds=5)
    assert abs(review.undo_until - review.at - timedelta(seconds=60)) < timedelta(seconds=5)
    assert judging.settle() == 0
    assert not Decision.objects.exists()
    case.refresh_from_db()
    assert case.status == "referred"


def test_complaint_11_what_was_withdrawn_is_on_the_desk_again(spam: Workflow, bob: User) -> None:
    send(spam)
    told = judge(bob, "yes", comment="oops")
    referral_id = judging.withdraw(bob, told.review_id)
    row = referral()
    assert (row.state, row.done, row.free, row.settles_at) == ("open", 0, 0, None)
    case = again(bob, referral_id)
    assert (case.token, case.draft) == (
        2,
        {"verdict": "answer", "value": "yes", "comment": "oops"},
    )
    assert case.draft_at == Review.objects.get().at
    assert settled() == 0
    assert not Decision.objects.exists()


def test_what_was_withdrawn_is_submitted_anew(spam: Workflow, bob: User) -> None:
    send(spam)
    first = judge(bob, "yes")
    second = submit(bob, again(bob, judging.withdraw(bob, first.review_id)), "no")
    assert second.review_id != first.review_id
    assert list(Review.objects.order_by("token").values_list("token", "value")) == [
        (1, "yes"),
        (2, "no"),
    ]
    assert settled() == 1
    assert decisions() == [(1, "human", "no")]


def test_what_was_withdrawn_is_for_nobody_else(spam: Workflow, bob: User, dora: User) -> None:
    send(spam)
    judging.withdraw(bob, judge(bob).review_id)
    assert claim(dora) is None


def test_bad_input_is_withdrawn_like_an_answer(spam: Workflow, bob: User) -> None:
    send(spam)
    case = again(bob, judging.withdraw(bob, judge(bob, BAD, comment="empty").review_id))
    assert case.draft == {"verdict": "bad_input", "value": None, "comment": "empty"}


def test_when_the_time_is_over_the_answer_stands(spam: Workflow, bob: User) -> None:
    """By the database's clock, whether it was settled already or not."""
    send(spam)
    told = judge(bob)
    later()
    for _ in range(2):
        with pytest.raises(Stale, match="too late"):
            judging.withdraw(bob, told.review_id)
        judging.settle()
    assert decisions() == [(1, "human", "no")]
    assert not Withdrawal.objects.exists()


def test_without_time_to_undo_there_is_no_undo(spam: Workflow, bob: User) -> None:
    dials(spam, undo_seconds=0)
    send(spam)
    told = judge(bob)
    assert told.undo_seconds == 0
    with pytest.raises(Stale):
        judging.withdraw(bob, told.review_id)
    assert decisions() == [(1, "human", "no")]


def test_the_time_to_undo_is_the_one_in_force(spam: Workflow, bob: User) -> None:
    send(spam)
    dials(spam, undo_seconds=0)
    judge(bob)
    assert decisions() == [(1, "human", "no")]


def test_a_judgement_is_withdrawn_once(spam: Workflow, bob: User) -> None:
    send(spam)
    told = judge(bob)
    first = judging.withdraw(bob, told.review_id)
    assert judging.withdraw(bob, told.review_id) == first, "asked again: its answer was lost"
    assert Withdrawal.objects.count() == 1
    assert referral().done == 0
    assert Claim.objects.get().token == 2


def test_nobody_withdraws_what_another_said(spam: Workflow, bob: User, dora: User) -> None:
    send(spam)
    told = judge(bob)
    for review_id in (told.review_id, new_id()):
        with pytest.raises(Missing):
            judging.withdraw(dora, review_id)
    assert referral().state == "settling"


def test_who_left_withdraws_nothing(spam: Workflow, bob: User) -> None:
    send(spam)
    told = judge(bob)
    Membership.objects.all().delete()
    with pytest.raises(Forbidden):
        judging.withdraw(bob, told.review_id)


def test_one_of_several_withdraws_and_the_others_stand(
    spam: Workflow, bob: User, dora: User
) -> None:
    dials(spam, reviews_required=2)
    send(spam)
    told = judge(bob, "yes")
    judge(dora, "no")
    assert referral().state == "settling"
    case = again(bob, judging.withdraw(bob, told.review_id))
    assert (referral().state, referral().done, referral().free) == ("open", 1, 0)
    assert settled() == 0
    submit(bob, case, "no")
    assert settled() == 1
    assert decisions() == [(1, "human", "no")]


def test_one_withdraws_while_others_are_still_asked(spam: Workflow, bob: User, dora: User) -> None:
    dials(spam, reviews_required=3)
    send(spam)
    told = judge(bob)
    judge(dora)
    judging.withdraw(bob, told.review_id)
    assert (referral().state, referral().done, referral().free) == ("open", 1, 1)


def test_an_adjudicator_may_withdraw_too(spam: Workflow, bob: User, dora: User) -> None:
    (eric,) = reviewers(spam, "eric")
    dials(spam, reviews_required=2)
    send(spam)
    judge(bob, "yes")
    judge(dora, "no")
    settled()
    told = judge(eric, "yes")
    submit(eric, again(eric, judging.withdraw(eric, told.review_id)), "no")
    assert settled() == 1
    assert decisions() == [(1, "human", "no")]


def test_an_audit_that_was_withdrawn_supersedes_nothing(spam: Workflow, bob: User) -> None:
    level(dials(spam, audit_share=1.0), "full_automation")
    send(spam)
    judging.withdraw(bob, judge(bob, "no").review_id)
    assert settled() == 0
    assert decisions() == [(1, "model", "yes")]
    assert kinds() == [("audit", "open")]


def test_what_a_person_said_of_a_known_answer_may_be_withdrawn(spam: Workflow, bob: User) -> None:
    dials(spam, gold_share=1.0)
    gold = golds.create(spam, input={"text": "gold"}, answer="yes")
    send(spam)
    told = judge(bob, "no")
    assert GoldAnswer.objects.get().review_id == told.review_id
    free = Referral.objects.get(case=gold.case_id).free
    case = again(bob, judging.withdraw(bob, told.review_id))
    assert Referral.objects.get(case=gold.case_id).free == free - 1
    submit(bob, case, "yes")
    later()
    assert [row.right for row in standing.final(spam.pk)] == [True]
    assert Referral.objects.get(case=gold.case_id).free == free
    assert Claim.objects.get().state == "done"


def test_what_is_settled_of_several_counts_what_was_not_withdrawn(
    spam: Workflow, bob: User, dora: User
) -> None:
    dials(spam, reviews_required=2, consensus="first")
    send(spam)
    told = judge(bob, "yes")
    judge(dora, "no")
    submit(bob, again(bob, judging.withdraw(bob, told.review_id)), "yes")
    assert settled() == 1
    assert decisions() == [(1, "human", "no")], "who answers anew is the last"
