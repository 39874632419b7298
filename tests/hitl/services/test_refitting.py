"""What a new policy means for the cases that wait already: none is lost, none decided by it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from hitl.domain.pools import pool_id
from hitl.models import Decision, Referral, Workflow
from hitl.services import cases, deadlines, workflows
from reviews.models import Claim
from reviews.services import claims, golds, judging
from tests.reviews.desks import (
    claim,
    decisions,
    dials,
    judge,
    kinds,
    later,
    level,
    referral,
    reviewers,
    run_out,
    send,
    settled,
    submit,
    taken,
)

pytestmark = pytest.mark.django_db

GERMAN = {"name": "german", "skills": ["german"], "after_minutes": 30}


@pytest.fixture
def people(spam: Workflow) -> list[User]:
    return reviewers(spam, "dora", "eric", "frida", "gus")


def places(kind: str = "decide") -> tuple[str, int, int, int]:
    """state, needed, free, done."""
    row = referral(kind)
    return (row.state, row.needed, row.free, row.done)


# N grows


def test_complaint_23_more_people_are_asked_about_what_waits(spam: Workflow) -> None:
    send(spam)
    dials(spam, reviews_required=3)
    assert places() == ("open", 3, 3, 0)


def test_more_are_asked_beside_who_holds_it(spam: Workflow, people: list[User]) -> None:
    send(spam)
    case = taken(people[0])
    dials(spam, reviews_required=3)
    assert places() == ("open", 3, 2, 0)
    submit(people[0], case)
    assert places() == ("open", 3, 2, 1)
    judge(people[1])
    judge(people[2])
    assert decisions() == [(1, "human", "no")]


@pytest.mark.parametrize("undo", [0, 60])
def test_what_is_answered_is_not_asked_again(spam: Workflow, people: list[User], undo: int) -> None:
    dials(spam, undo_seconds=undo)
    send(spam)
    judge(people[0])
    before = places()
    dials(spam, reviews_required=3)
    assert places() == before
    settled()
    assert decisions() == [(1, "human", "no")]


def test_audits_are_judged_by_as_many(spam: Workflow) -> None:
    level(dials(spam, audit_share=1.0), "full_automation")
    send(spam)
    dials(spam, reviews_required=2)
    assert places("audit") == ("open", 2, 2, 0)


def test_other_referrals_ask_one_person_still(spam: Workflow, people: list[User]) -> None:
    dials(spam, reviews_required=2)
    send(spam)
    judge(people[0], "no")
    judge(people[1], "yes")
    gold = golds.create(spam, input={"text": "gold"}, answer="no")
    before = Referral.objects.get(case=gold.case_id)
    dials(spam, reviews_required=3)
    assert places("adjudicate") == ("open", 1, 1, 0)
    after = Referral.objects.get(case=gold.case_id)
    assert (after.needed, after.free) == (before.needed, before.free)


def test_other_workflows_are_left_alone(spam: Workflow, people: list[User]) -> None:
    send(spam)
    ham = workflows.create(
        slug="ham", title="", task_type="classification", schema={}, answer={"classes": ["a", "b"]}
    )
    dials(ham, reviews_required=3)
    assert places() == ("open", 1, 1, 0)


# N shrinks


@pytest.fixture
def three(spam: Workflow) -> Workflow:
    return dials(spam, reviews_required=3)


def test_fewer_are_asked_about_what_nobody_answered(three: Workflow) -> None:
    send(three)
    dials(three, reviews_required=1)
    assert places() == ("open", 1, 1, 0)


@pytest.mark.parametrize("undo", [0, 60])
def test_one_answer_is_enough_then(three: Workflow, people: list[User], undo: int) -> None:
    send(three)
    told = judge(people[0])
    dials(three, reviews_required=1, undo_seconds=undo)
    assert places() == ("settling", 1, 0, 1)
    assert not Decision.objects.exists()
    assert judging.settle() == 0 or not undo, "who answered last may undo still"
    settled()
    assert decisions() == [(1, "human", "no")]
    assert told.undo_seconds == 0


def test_complaint_23_people_who_agree_settle_it(three: Workflow, people: list[User]) -> None:
    send(three)
    judge(people[0], "yes")
    judge(people[1], "yes")
    dials(three, reviews_required=1)
    assert places() == ("settling", 2, 0, 2)
    assert settled() == 1
    assert decisions() == [(1, "human", "yes")]


@pytest.mark.parametrize("rule", ["unanimous", "majority"])
def test_complaint_23_a_disagreement_is_never_resolved_by_it(
    three: Workflow, people: list[User], rule: str
) -> None:
    dials(three, consensus=rule)
    send(three)
    judge(people[0], "yes")
    judge(people[1], "no")
    dials(three, reviews_required=1)
    assert settled() == 1
    assert decisions() == []
    assert kinds() == [("decide", "closed"), ("adjudicate", "open")]


def test_who_holds_a_case_may_finish(three: Workflow, people: list[User]) -> None:
    send(three)
    held = [(person, taken(person)) for person in people[:2]]
    dials(three, reviews_required=1)
    assert places() == ("open", 2, 0, 0)
    assert claim(people[2]) is None
    for person, case in held:
        submit(person, case, "no")
    assert decisions() == [(1, "human", "no")]
    assert places() == ("closed", 2, 0, 2)


def test_who_finishes_after_another_may_differ(three: Workflow, people: list[User]) -> None:
    send(three)
    judge(people[0], "yes")
    case = taken(people[1])
    dials(three, reviews_required=1)
    assert places() == ("open", 2, 0, 1)
    submit(people[1], case, "no")
    assert kinds() == [("decide", "closed"), ("adjudicate", "open")]


@pytest.mark.parametrize("how", ["skip", "release", "expire"])
def test_a_place_that_is_given_back_goes_with_the_person(
    three: Workflow, people: list[User], how: str
) -> None:
    send(three)
    judge(people[0], "yes")
    case = taken(people[1])
    dials(three, reviews_required=1)
    if how == "expire":
        run_out(people[1])
        assert claims.expire_due() == 1
    elif how == "skip":
        claims.skip(people[1], case.referral_id, case.token, "no")
    else:
        claims.release(people[1], case.referral_id, case.token)
    assert places() == ("settling", 1, 0, 1)
    assert claim(people[2]) is None
    assert settled() == 1
    assert decisions() == [(1, "human", "yes")]


def test_the_last_place_stays(three: Workflow, people: list[User]) -> None:
    """Two hold it, one is needed: the first to give up takes a place with them, not the second."""
    send(three)
    held = [(person, taken(person)) for person in people[:2]]
    dials(three, reviews_required=1)
    for person, case in held:
        claims.release(person, case.referral_id, case.token)
    assert places() == ("open", 1, 1, 0)


def test_who_answered_before_may_undo_still(three: Workflow, people: list[User]) -> None:
    dials(three, undo_seconds=60)
    send(three)
    told = judge(people[0], "yes")
    dials(three, reviews_required=1)
    judging.withdraw(people[0], told.review_id)
    assert places() == ("open", 1, 0, 0)
    assert Claim.objects.get().state == "held"


def test_there_and_back_again(spam: Workflow, people: list[User]) -> None:
    send(spam)
    dials(spam, reviews_required=3)
    judge(people[0])
    dials(spam, reviews_required=9)
    assert places() == ("open", 9, 8, 1)
    dials(spam, reviews_required=3)
    assert places() == ("open", 3, 2, 1)


# Pools and deadlines


def test_cases_of_a_pool_that_is_gone_are_for_everybody(spam: Workflow, people: list[User]) -> None:
    dials(spam, pools=[GERMAN])
    send(spam, pool="german")
    assert claim(people[0]) is None
    dials(spam, pools=[])
    assert referral().pool == spam.pk
    assert claim(people[0]) is not None


def test_known_answers_keep_their_pool(spam: Workflow) -> None:
    golds.create(spam, input={"text": "gold"}, answer="no")
    before = referral("gold")
    dials(spam, pools=[GERMAN])
    dials(spam, pools=[], on_lapse="raise")
    after = referral("gold")
    assert (after.pool, after.acts_at) == (before.pool, None)


def test_a_pool_that_stays_keeps_its_cases(spam: Workflow) -> None:
    dials(spam, pools=[GERMAN])
    send(spam, pool="german")
    dials(spam, pools=[GERMAN, {"name": "other"}])
    assert referral().pool == pool_id(spam.pk, "german")


def test_a_new_end_holds_for_what_waits_already(spam: Workflow) -> None:
    due = datetime.now(UTC) + timedelta(hours=3)
    send(spam, due_at=due)
    assert referral().acts_at is None
    dials(spam, on_lapse="raise")
    assert deadlines.act_due() == 1
    assert referral().acts_at == due
    dials(spam, on_lapse="leave")
    assert deadlines.act_due() == 1
    assert referral().acts_at is None
    assert deadlines.act_due() == 0


def test_a_new_rule_of_a_pool_holds_for_what_waits_in_it(spam: Workflow) -> None:
    dials(spam, pools=[{**GERMAN, "after_minutes": None}])
    send(spam, pool="german")
    dials(spam, pools=[GERMAN])
    assert deadlines.act_due() == 1
    row = referral()
    assert row.acts_at == row.opened + timedelta(minutes=30)
    assert row.pool == pool_id(spam.pk, "german")


def test_what_settles_is_left_alone(spam: Workflow, people: list[User]) -> None:
    dials(spam, undo_seconds=60)
    send(spam)
    judge(people[0])
    before = referral().settles_at
    dials(spam, reviews_required=2, on_lapse="raise")
    row = referral()
    assert (row.state, row.needed, row.settles_at, row.acts_at) == ("settling", 1, before, None)
    later()
    assert deadlines.act_due() == 0
    assert settled() == 1


def test_other_dials_touch_no_case(spam: Workflow) -> None:
    send(spam)
    before = Referral.objects.values().get()
    dials(spam, due_hours=1, lease_minutes=1, consensus="first", audit_share=0.5, undo_seconds=9)
    assert Referral.objects.values().get() == before


def test_who_is_asked_because_somebody_objects_stays_asked(
    spam: Workflow, people: list[User]
) -> None:
    dials(spam, undo_seconds=60, reviews_required=2)
    case = send(spam)
    judge(people[0])
    judge(people[1])
    cases.say(case, kind="contest", value=None, statement="No!")
    assert places() == ("open", 3, 1, 2)
    dials(spam, reviews_required=1)
    assert places() == ("open", 3, 1, 2)
