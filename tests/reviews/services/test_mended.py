"""What must stay so although it once was not: blindness by ids and counts, places that are stuck,
and rules that outlive the answers they name."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from hitl.models import Referral, Workflow
from hitl.services import bulk, cases, deadlines, workflows
from hitl.services.revisions import policy_in_force
from models_registry.domain.errors import Invalid, Stale
from reviews.domain.claims import MOST_HELD
from reviews.models import Claim
from reviews.services import claims, desk, entrance, judging
from tests.reviews.desks import (
    claim,
    decisions,
    dials,
    judge,
    kinds,
    level,
    referral,
    reviewers,
    send,
    submit,
    taken,
)

pytestmark = pytest.mark.django_db


def test_an_id_that_reviewers_see_says_nothing_of_time(spam: Workflow) -> None:
    """A known answer and an audit are older than what stands beside them."""
    send(spam)
    assert referral().pk.version == 4
    assert uuid.UUID(str(referral().pk)).version == 4


@pytest.mark.parametrize(("gold_share", "text"), [(0.0, "11"), (0.05, "10+")])
def test_the_count_of_what_waits_tells_no_known_answer_apart(
    spam: Workflow, gold_share: float, text: str
) -> None:
    """A known answer never leaves its queue: an exact count would stay as it is."""
    dials(spam, gold_share=gold_share)
    for _ in range(11):
        send(spam)
    policy = policy_in_force(spam.pk)

    assert entrance.waiting_in(policy, [spam.pk]).text == text


@pytest.mark.parametrize("undo", [0, 60])
def test_who_judges_an_objection_never_sees_the_suggestion(
    spam: Workflow, bob: User, undo: int
) -> None:
    """Also where the objection only raises what was under way."""
    dials(spam, blind_share=0.0, undo_seconds=undo)
    level(spam, "ai_assistance")
    (dora,) = reviewers(spam, "dora")
    case = send(spam)
    assert taken(dora).suggestion == "yes"
    claims.release(dora, referral().pk, 1)
    cases.say(case, kind="contest", value=None, statement="not so")
    seen = taken(bob)
    assert (seen.suggestion, seen.confidence, seen.statement) == (None, None, "not so")


def test_a_default_must_stay_one_of_the_answers(spam: Workflow) -> None:
    dials(spam, on_lapse="default", safe_default="no")
    with pytest.raises(Invalid) as refused:
        workflows.change(spam, by=None, reason="t", model="", answer={"classes": ["a", "b"]})
    assert refused.value.problems[0].pointer == "/policy/safe_default"


def test_a_case_of_other_answers_lapses_to_a_person(spam: Workflow) -> None:
    send(spam, due_at=datetime.now(UTC) - timedelta(hours=1))
    workflows.change(
        spam,
        by=None,
        reason="t",
        model="",
        answer={"classes": ["a", "b"]},
        policy={"on_lapse": "default", "safe_default": "a"},
    )
    assert deadlines.act_due() == 1
    assert decisions() == []
    assert kinds() == [("decide", "closed"), ("adjudicate", "open")]


def test_a_bulk_decision_leaves_the_conflict_of_an_audit_to_people(
    spam: Workflow, bob: User
) -> None:
    dials(spam, audit_share=1.0, reviews_required=2)
    level(spam, "full_automation")
    send(spam)
    (dora,) = reviewers(spam, "dora")
    judge(bob, "no")
    judge(dora, "yes")
    assert kinds()[-1] == ("adjudicate", "open")
    assert not bulk.matching(spam, bulk.Filter()).exists()


def test_a_withdrawal_brings_the_case_back_under_the_number_in_force(
    spam: Workflow, bob: User
) -> None:
    dials(spam, undo_seconds=60)
    send(spam)
    told = judge(bob)
    dials(spam, reviews_required=3)
    judging.withdraw(bob, told.review_id)
    now = referral()
    assert (now.needed, now.free, now.done, now.state) == (3, 2, 0, "open")


def test_places_on_cases_that_went_on_hold_nobody_up(spam: Workflow, bob: User) -> None:
    for _ in range(MOST_HELD + 1):
        send(spam)
    for _ in range(MOST_HELD):
        taken(bob)
    assert claim(bob) is None
    Referral.objects.exclude(free__gt=0).update(state="closed")
    assert claim(bob) is not None
    assert desk.queue_state(bob, desk.seats_of(bob)).mine == 1
    assert claims.expire_due() == MOST_HELD
    assert Claim.objects.filter(state="held").count() == 1


def test_who_lost_a_case_to_an_adjudicator_may_be_that_adjudicator(
    spam: Workflow, bob: User
) -> None:
    """And what they send late under the old place is told what happened."""
    dials(spam, on_lapse="adjudicate")
    send(spam, due_at=datetime.now(UTC) - timedelta(hours=1))
    before = taken(bob)
    assert deadlines.act_due() == 1
    with pytest.raises(Stale, match="went on without you"):
        submit(bob, before)
    claims.expire_due()
    anew = taken(bob)
    assert anew.referral_id != before.referral_id
    with pytest.raises(Stale, match="went on without you"):
        submit(bob, before)
    submit(bob, anew, "no")
    assert decisions() == [(1, "human", "no")]
