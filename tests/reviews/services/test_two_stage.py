"""Answers in two stages: first without the model, then, on the blind share, with it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import F

from hitl.models import Case, Feedback, Prediction, Referral, Workflow
from hitl.services import cases
from models_registry.domain.errors import Invalid, Stale
from reviews.domain.consensus import Said, Verdict
from reviews.models import Claim, GoldAnswer, Review
from reviews.services import claims, desk, golds, judging
from reviews.services.desk import OnDesk
from reviews.services.judging import Submitted, Suggested
from tests.reviews.desks import (
    UNSURE,
    claim,
    decisions,
    dials,
    kinds,
    level,
    referral,
    reviewers,
    run_out,
    send,
    settled,
    taken,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def assisted(spam: Workflow) -> Workflow:
    """Everything belongs to the blind share; the model says yes with 0.95."""
    return dials(level(spam, "ai_assistance"), two_stage=True, blind_share=1.0)


def say(user: User, case: OnDesk, value: object) -> Submitted | Suggested:
    """By the newest token, as a page has it that shows the suggestion."""
    said = value if isinstance(value, Said) else Said(Verdict.ANSWER, value)
    token = Claim.objects.get(pk=case.claim_id).token
    return judging.submit(user, case.referral_id, token, said)


def both(user: User, first: object, last: object) -> None:
    case = taken(user)
    assert isinstance(say(user, case, first), Suggested)
    assert isinstance(say(user, case, last), Submitted)


def blind_answer(kind: str = "decide") -> Any:
    return referral(kind).blind_answer


def test_the_first_answer_brings_the_suggestion(assisted: Workflow, bob: User) -> None:
    send(assisted)
    case = taken(bob)
    assert (case.suggestion, case.first) == (None, None)
    assert say(bob, case, "no") == Suggested(case.token + 1, "yes", 0.95)
    assert not Review.objects.exists()
    assert decisions() == []
    again = desk.on_desk(bob, desk.seats_of(bob))
    assert again is not None
    assert (again.token, again.first, again.suggestion, again.confidence) == (
        case.token + 1,
        "no",
        "yes",
        0.95,
    )


def test_the_last_answer_decides_and_the_first_is_evidence(assisted: Workflow, bob: User) -> None:
    send(assisted)
    both(bob, "no", "yes")
    review = Review.objects.get()
    assert (review.first_value, review.value, review.blind) == ("no", "yes", False)
    assert decisions() == [(1, "human", "yes")]
    assert (referral().answer, blind_answer()) == ("yes", "no")


def test_the_first_answer_stands(assisted: Workflow, bob: User) -> None:
    """Whoever has seen the suggestion cannot answer without it any more: not by undoing, not by
    losing the case and taking it again."""
    dials(assisted, undo_seconds=60)
    send(assisted)
    case = taken(bob)
    say(bob, case, "no")
    done = say(bob, case, "no")
    assert isinstance(done, Submitted)
    judging.withdraw(bob, done.review_id)
    again = desk.on_desk(bob, desk.seats_of(bob))
    assert again is not None
    assert (again.first, again.suggestion) == ("no", "yes")
    run_out(bob)
    third = desk.claim_again(bob, case.referral_id)
    assert third is not None
    assert isinstance(say(bob, third, "yes"), Submitted)
    settled()
    assert blind_answer() == "no"


def test_a_wrong_first_answer_is_refused_and_shows_nothing(assisted: Workflow, bob: User) -> None:
    send(assisted)
    case = taken(bob)
    with pytest.raises(Invalid):
        say(bob, case, "maybe")
    assert Claim.objects.get().first_at is None


def test_an_old_token_brings_no_suggestion(assisted: Workflow, bob: User) -> None:
    send(assisted)
    case = taken(bob)
    Claim.objects.update(token=case.token + 1)
    with pytest.raises(Stale):
        judging.submit(bob, case.referral_id, case.token, Said(Verdict.ANSWER, "no"))
    assert Claim.objects.get().first_at is None


def test_who_cannot_decide_is_not_asked_twice(assisted: Workflow, bob: User) -> None:
    send(assisted)
    assert isinstance(say(bob, taken(bob), UNSURE), Submitted)
    assert kinds() == [("decide", "closed"), ("adjudicate", "open")]


@pytest.mark.parametrize(
    "why", ["the dial is off", "shadow", "the suggestion was shown", "no prediction", "contested"]
)
def test_one_stage_is_enough_where(assisted: Workflow, bob: User, why: str) -> None:
    if why == "the dial is off":
        dials(assisted, two_stage=False)
    elif why == "shadow":
        level(assisted, "shadow")
    elif why == "the suggestion was shown":
        dials(assisted, blind_share=0.0)
    send(assisted)
    if why == "no prediction":
        Prediction.objects.all().delete()
    elif why == "contested":
        Referral.objects.update(contested=True)
    assert isinstance(say(bob, taken(bob), "no"), Submitted)
    assert decisions() == [(1, "human", "no")]


def test_an_audit_has_one_stage(spam: Workflow, bob: User) -> None:
    dials(level(spam, "full_automation"), two_stage=True, audit_share=1.0)
    send(spam)
    case = taken(bob)
    assert case.suggestion is None
    assert isinstance(say(bob, case, "yes"), Submitted)
    assert blind_answer("audit") == "yes"


def test_people_who_differ_at_first_give_no_evidence(assisted: Workflow) -> None:
    people = reviewers(assisted, "dora", "eric")
    dials(assisted, reviews_required=2)
    send(assisted)
    both(people[0], "no", "yes")
    both(people[1], "yes", "yes")
    assert decisions() == [(1, "human", "yes")]
    assert blind_answer() is None


def test_people_who_agree_at_first_do(assisted: Workflow) -> None:
    people = reviewers(assisted, "dora", "eric")
    dials(assisted, reviews_required=2)
    send(assisted)
    both(people[0], "no", "yes")
    both(people[1], "no", "yes")
    assert (decisions(), blind_answer()) == ([(1, "human", "yes")], "no")


def test_an_adjudicator_of_aided_answers_gives_no_evidence(assisted: Workflow) -> None:
    people = reviewers(assisted, "dora", "eric", "frida")
    dials(assisted, reviews_required=2)
    send(assisted)
    both(people[0], "no", "yes")
    both(people[1], "no", "no")
    case = taken(people[2])
    assert case.suggestion is None
    assert isinstance(say(people[2], case, "no"), Submitted)
    assert decisions() == [(1, "human", "no")]
    assert (blind_answer(), blind_answer("adjudicate")) == (None, None)


def test_whoever_was_shown_the_suggestion_is_not_asked_blind_later(assisted: Workflow) -> None:
    """Not even if they gave the case back before they answered."""
    people = reviewers(assisted, "dora", "eric")
    send(assisted)
    case = taken(people[0])
    say(people[0], case, "no")
    run_out(people[0])
    Claim.objects.update(state="expired")
    Referral.objects.update(free=1)
    both(people[1], "yes", "yes")
    Referral.objects.create(
        case=Case.objects.get(),
        kind="contest",
        pool=assisted.pk,
        due=referral().due,
        opened=referral().opened,
        contested=True,
    )
    assert claim(people[0]) is None
    assert claim(reviewers(assisted, "gus")[0]) is not None


def test_a_second_look_follows_the_first_answer(assisted: Workflow, bob: User) -> None:
    dials(assisted, second_look=True)
    send(assisted)
    both(bob, "no", "yes")
    assert kinds() == [("decide", "closed"), ("second_look", "open")]


@pytest.mark.parametrize(("first", "last", "right"), [("no", "yes", True), ("yes", "no", False)])
def test_a_known_answer_has_two_stages_as_well(
    assisted: Workflow, bob: User, first: str, last: str, right: bool
) -> None:
    """Or it could be told by the second screen that does not come. The first answer counts."""
    golds.create(assisted, input={"text": "known"}, answer="no")
    send(dials(assisted, gold_share=1.0))
    case = taken(bob)
    assert case.suggestion is None
    assert say(bob, case, first) == Suggested(case.token + 1, "yes", 0.95)
    again = desk.on_desk(bob, desk.seats_of(bob))
    assert again is not None
    assert (again.first, again.suggestion, again.why) == (first, "yes", case.why)
    assert isinstance(say(bob, case, last), Submitted)
    assert GoldAnswer.objects.get().right is right


def test_at_shadow_a_known_answer_has_one_stage(assisted: Workflow, bob: User) -> None:
    golds.create(assisted, input={"text": "known"}, answer="no")
    send(level(dials(assisted, gold_share=1.0), "shadow"))
    assert isinstance(say(bob, taken(bob), "no"), Submitted)


@pytest.mark.parametrize("value", ["no", "yes"])
def test_the_first_answer_sent_again_is_no_final_one(
    assisted: Workflow, bob: User, value: str
) -> None:
    """A lost answer that is asked for again, a second window that is still at the first screen."""
    send(assisted)
    case = taken(bob)
    first = judging.submit(bob, case.referral_id, case.token, Said(Verdict.ANSWER, "no"))
    again = judging.submit(bob, case.referral_id, case.token, Said(Verdict.ANSWER, value))
    assert again == first
    assert not Review.objects.exists()
    assert Claim.objects.get().first_value == "no"


def test_a_final_answer_by_an_old_token_is_no_first_one(assisted: Workflow, bob: User) -> None:
    send(assisted)
    case = taken(bob)
    first = judging.submit(bob, case.referral_id, case.token, Said(Verdict.ANSWER, "no"))
    assert isinstance(first, Suggested)
    run_out(bob)
    anew = desk.claim_again(bob, case.referral_id)
    assert anew is not None
    claims.release(bob, case.referral_id, anew.token)
    assert desk.claim_again(bob, case.referral_id) is not None
    final = Said(Verdict.ANSWER, "yes")
    with pytest.raises(Stale):
        judging.submit(bob, case.referral_id, first.token, final, comment="because")
    assert not Review.objects.exists()


def test_a_final_answer_that_was_undone_is_no_first_one(assisted: Workflow, bob: User) -> None:
    dials(assisted, undo_seconds=60)
    send(assisted)
    case = taken(bob)
    first = judging.submit(bob, case.referral_id, case.token, Said(Verdict.ANSWER, "no"))
    assert isinstance(first, Suggested)
    final = Said(Verdict.ANSWER, "yes")
    done = judging.submit(bob, case.referral_id, first.token, final)
    assert isinstance(done, Submitted)
    judging.withdraw(bob, done.review_id)
    with pytest.raises(Stale):
        judging.submit(bob, case.referral_id, first.token, final, comment="again")
    assert Claim.objects.get().draft["value"] == "yes"


def test_who_saw_the_suggestion_before_somebody_objected_is_not_blind(
    assisted: Workflow, bob: User
) -> None:
    dials(assisted, blind_share=0.0)
    sent = send(assisted)
    case = taken(bob)
    assert case.suggestion == "yes"
    cases.say(sent, kind="contest", value=None, statement="wrong")
    assert isinstance(say(bob, case, "no"), Submitted)
    assert not Review.objects.get().blind


def test_who_gave_it_back_is_not_asked_when_somebody_objected(assisted: Workflow) -> None:
    first, second = reviewers(assisted, "dora", "eric")
    dials(assisted, blind_share=0.0)
    sent = send(assisted)
    case = taken(first)
    claims.release(first, case.referral_id, case.token)
    cases.say(sent, kind="contest", value=None, statement="wrong")
    Feedback.objects.update(at=F("at") - timedelta(seconds=1))  # SQLite's clock counts in ms
    assert claim(first) is None
    assert desk.claim_again(first, case.referral_id) is None
    other = taken(second)
    assert other.suggestion is None
    assert isinstance(say(second, other, "no"), Submitted)
    assert Review.objects.get().blind
