"""Judging: a submitted review, and what follows from it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from hitl.domain.roles import Role
from hitl.models import Case, Decision, Referral, Workflow
from hitl.services import receiving, workflows
from hitl.services.receiving import Submission
from hitl.services.revisions import Head
from models_registry.domain.errors import Invalid, Stale
from reviews.models import Claim, Review
from reviews.services import claims, judging
from reviews.services.claims import OnDesk
from tests import factories

pytestmark = pytest.mark.django_db


def send(workflow: Workflow) -> Case:
    row, _ = factories.key(workflow)
    assert row.client_id is not None
    receiving.receive(
        [Submission({"text": "hi"})],
        head=Head(workflow.pk, workflow.slug, workflows.in_force(workflow).no),
        client_id=row.client_id,
    )
    return Case.objects.order_by("-pk")[0]


def taken(user: User) -> OnDesk:
    desk = claims.claim(user, claims.pools_of(user))
    assert desk is not None
    return desk


def submit(user: User, desk: OnDesk, value: object = "no", **given: Any) -> str:
    return judging.submit(user, desk.referral_id, desk.token, value, **given).state


def settle_at(delta: timedelta) -> None:
    """Moves the end of the undo window, as time would."""
    Referral.objects.filter(state="settling").update(settles_at=datetime.now(UTC) + delta)


@pytest.fixture
def audited(spam: Workflow) -> Workflow:
    workflows.change(spam, by=None, reason="test", policy={"audit_share": 1.0})
    workflows.set_level(spam, "full_automation", by=None, reason="test")
    return spam


@pytest.fixture
def undoable(spam: Workflow) -> Workflow:
    workflows.change(spam, by=None, reason="test", policy={"undo_seconds": 60})
    return spam


def test_a_judgement_decides_the_case(spam: Workflow, bob: User) -> None:
    case = send(spam)
    desk = taken(bob)
    now = Claim.objects.get().shown_at + timedelta(seconds=4)
    assert submit(bob, desk, "no", comment="clearly", now=now) == "decided"
    review, decision, referral = (
        Review.objects.get(),
        Decision.objects.get(),
        Referral.objects.get(),
    )
    assert (review.value, review.comment, review.seconds, review.at, review.token) == (
        "no",
        "clearly",
        4.0,
        now,
        1,
    )
    assert (decision.case, decision.n, decision.value, decision.source) == (case, 1, "no", "human")
    assert (referral.state, referral.answer, referral.done, referral.free) == ("closed", "no", 1, 0)
    assert Claim.objects.get().state == "done"
    case.refresh_from_db()
    assert (case.status, case.seq) == ("decided", 1)


@pytest.mark.parametrize("value", ["maybe", None, 1, ["no"], {"no": 1}])
def test_a_value_that_is_no_answer_is_refused_and_nothing_is_lost(
    spam: Workflow, bob: User, value: object
) -> None:
    send(spam)
    desk = taken(bob)
    with pytest.raises(Invalid) as error:
        submit(bob, desk, value)
    assert error.value.problems[0].pointer == "/value"
    assert "Valid: no, yes" in error.value.detail
    assert Claim.objects.get().state == "held"
    assert not Review.objects.exists()
    assert submit(bob, desk) == "decided"


def test_a_case_is_judged_by_the_classes_it_came_under(spam: Workflow, bob: User) -> None:
    send(spam)
    workflows.change(spam, by=None, reason="test", model="", answer={"classes": ["good", "bad"]})
    desk = taken(bob)
    assert [choice["value"] for choice in desk.form["choices"]] == ["no", "yes"]
    assert submit(bob, desk, "yes") == "decided"


def test_the_second_submit_of_one_claim_is_stale(spam: Workflow, bob: User) -> None:
    send(spam)
    desk = taken(bob)
    submit(bob, desk)
    with pytest.raises(Stale, match="already answered"):
        submit(bob, desk, "yes")
    assert Decision.objects.count() == Review.objects.count() == 1


@pytest.mark.parametrize(
    ("level", "share", "blind"),
    [("shadow", 0.0, True), ("ai_assistance", 1.0, True), ("ai_assistance", 0.0, False)],
)
def test_only_what_was_judged_unseen_is_blind(
    spam: Workflow, bob: User, level: str, share: float, blind: bool
) -> None:
    workflows.change(spam, by=None, reason="test", policy={"blind_share": share})
    workflows.set_level(spam, level, by=None, reason="test")
    send(spam)
    submit(bob, taken(bob))
    referral = Referral.objects.get()
    assert (referral.answer, referral.blind_answer) == ("no", "no" if blind else None)


# Audits


def test_an_audit_that_differs_supersedes_the_decision(audited: Workflow, bob: User) -> None:
    case = send(audited)
    assert submit(bob, taken(bob), "no") == "decided"
    rows = Decision.objects.order_by("n").values_list("n", "source", "value")
    assert list(rows) == [(1, "model", "yes"), (2, "human", "no")]
    case.refresh_from_db()
    assert (case.status, case.seq) == ("decided", 2)
    assert Referral.objects.get().blind_answer == "no"


def test_an_audit_that_agrees_makes_no_new_decision(audited: Workflow, bob: User) -> None:
    case = send(audited)
    assert submit(bob, taken(bob), "yes") == "decided"
    assert Decision.objects.get().source == "model"
    referral = Referral.objects.get()
    assert (referral.state, referral.blind_answer) == ("closed", "yes")
    case.refresh_from_db()
    assert case.seq == 1


# Undo


def test_with_time_to_undo_a_judgement_settles_first(undoable: Workflow, bob: User) -> None:
    case = send(undoable)
    assert submit(bob, taken(bob)) == "settling"
    referral = Referral.objects.get()
    assert (referral.state, referral.done, referral.free) == ("settling", 1, 0)
    assert referral.settles_at is not None
    left = referral.settles_at - datetime.now(UTC)
    assert timedelta(seconds=50) < left < timedelta(seconds=61)
    assert not Decision.objects.exists()
    assert judging.settle() == 0
    case.refresh_from_db()
    assert case.status == "referred"


def test_what_may_no_longer_be_undone_decides(undoable: Workflow, bob: User) -> None:
    case = send(undoable)
    submit(bob, taken(bob))
    settle_at(timedelta(seconds=-1))
    now = datetime.now(UTC)
    assert judging.settle(now) == 1
    assert judging.settle(now) == 0
    referral, decision = Referral.objects.get(), Decision.objects.get()
    assert (referral.state, referral.answer, referral.closed) == ("closed", "no", now)
    assert referral.settles_at is None
    assert (decision.value, decision.at, decision.referral) == ("no", now, referral)
    case.refresh_from_db()
    assert case.status == "decided"


def test_what_settles_is_not_in_the_queue(undoable: Workflow, bob: User, spam: Workflow) -> None:
    send(undoable)
    submit(bob, taken(bob))
    dora = factories.person("dora", Role.REVIEWER, workflow=spam)
    assert claims.claim(dora, claims.pools_of(dora)) is None


def test_an_audit_settles_too(audited: Workflow, bob: User) -> None:
    workflows.change(audited, by=None, reason="test", policy={"undo_seconds": 60})
    send(audited)
    submit(bob, taken(bob), "no")
    settle_at(timedelta(seconds=-1))
    assert judging.settle() == 1
    assert Decision.objects.count() == 2


def test_the_undo_time_is_that_of_the_cases_revision(undoable: Workflow, bob: User) -> None:
    send(undoable)
    workflows.change(undoable, by=None, reason="test", policy={"undo_seconds": 0})
    assert submit(bob, taken(bob)) == "settling"


def test_settling_many_settles_each_once(undoable: Workflow, bob: User) -> None:
    for _ in range(5):
        send(undoable)
        submit(bob, taken(bob))
    settle_at(timedelta(seconds=-1))
    Referral.objects.filter(pk=Referral.objects.all()[0].pk).update(
        settles_at=datetime.now(UTC) + timedelta(minutes=1)
    )
    assert judging.settle() == 4
    assert Decision.objects.count() == 4


def test_submitting_is_few_statements(
    spam: Workflow, bob: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    send(spam)
    desk = taken(bob)
    with django_assert_max_num_queries(8):  # a savepoint's two included
        submit(bob, desk)
