"""What is shown of a case, to whom, and what a person is told when there is none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import F

from hitl.domain.roles import Role
from hitl.models import Referral, Workflow
from hitl.services import access, cases, workflows
from models_registry.domain.errors import Missing
from models_registry.models import new_id
from reviews.models import Claim
from reviews.services import claims, desk, golds
from tests import factories
from tests.reviews.desks import (
    BAD,
    UNSURE,
    claim,
    dials,
    judge,
    level,
    referral,
    reviewers,
    run_out,
    send,
    submit,
    taken,
    text,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(spam: Workflow) -> User:
    return reviewers(spam, "dora")[0]


@pytest.fixture
def eric(spam: Workflow) -> User:
    return reviewers(spam, "eric")[0]


def test_a_case_is_taken_with_all_that_is_shown(spam: Workflow, bob: User) -> None:
    case = send(spam)
    shown, row = taken(bob), Claim.objects.get()
    assert (shown.referral_id, shown.claim_id, shown.token) == (referral().pk, row.pk, 1)
    assert (row.case, row.reviewer, row.state, row.token) == (case, bob, "held", 1)
    assert (referral().free, referral().state) == (0, "open")
    assert (shown.workflow_id, shown.input) == (spam.pk, {"text": "hi"})
    assert (shown.draft, shown.draft_at, shown.opinions, shown.statement) == (None, None, (), None)
    assert shown.expires == row.expires
    assert row.shown_at is not None
    assert abs(row.expires - row.shown_at - timedelta(minutes=10)) < timedelta(milliseconds=5)
    assert [choice["value"] for choice in shown.form["choices"]] == ["no", "yes"]


def test_the_lease_is_the_one_in_force(spam: Workflow, bob: User) -> None:
    send(spam)
    dials(spam, lease_minutes=30)
    taken(bob)
    row = Claim.objects.get()
    assert row.shown_at is not None
    assert abs(row.expires - row.shown_at - timedelta(minutes=30)) < timedelta(milliseconds=5)


@pytest.mark.parametrize(
    ("name", "blind_share", "shown"),
    [
        ("human_only", 0.0, False),
        ("shadow", 0.0, False),
        ("ai_assistance", 0.0, True),
        ("ai_assistance", 1.0, False),
        ("partial_automation", 0.0, True),
        ("partial_automation", 1.0, False),
    ],
)
def test_complaint_17_the_suggestion_is_shown_only_where_the_level_says_so(
    bob: User, name: str, blind_share: float, shown: bool
) -> None:
    factories.version("unsure", confidence=0.25)
    ham = factories.workflow("ham", model="unsure", level=name, policy={"blind_share": blind_share})
    access.join(bob, [Role.REVIEWER], ham)
    send(ham)
    case = taken(bob)
    assert (case.suggestion, case.confidence) == (("yes", 0.25) if shown else (None, None))
    assert desk.on_desk(bob, desk.seats_of(bob)) == case


def test_an_audit_never_shows_the_models_answer(bob: User, spam: Workflow) -> None:
    level(dials(spam, audit_share=1.0, blind_share=0.0), "full_automation")
    send(spam)
    case = taken(bob)
    assert (case.suggestion, case.confidence) == (None, None)


@pytest.mark.parametrize("script", [{"fails": "no"}, {"value": "maybe"}])
def test_a_prediction_that_is_no_answer_is_no_suggestion(
    bob: User, spam: Workflow, script: dict[str, Any]
) -> None:
    factories.version("odd", **script)
    workflows.change(spam, by=None, reason="t", model="odd", policy={"blind_share": 0.0})
    level(spam, "ai_assistance")
    send(spam)
    assert taken(bob).suggestion is None


# Adjudication and contests


@pytest.fixture
def disputed(spam: Workflow, bob: User, dora: User) -> Workflow:
    """At assistance, where reviewers saw that the model says yes, two people differ."""
    level(dials(spam, reviews_required=2), "ai_assistance")
    send(spam)
    judge(bob, "no", comment="far too loud")
    judge(dora, "yes")
    return spam


def test_complaint_9_an_adjudicator_reads_what_everybody_said(
    disputed: Workflow, eric: User
) -> None:
    case = taken(eric)
    told = [(o.said.verdict, o.said.value, o.comment) for o in case.opinions]
    assert sorted(told) == [("answer", "no", "far too loud"), ("answer", "yes", "")]
    assert (case.suggestion, case.confidence) == (None, None), "never the model's"
    assert "bob" not in str(case)
    assert "dora" not in str(case)


def test_an_adjudicator_reads_why_somebody_gave_no_answer(
    spam: Workflow, bob: User, dora: User, eric: User
) -> None:
    dials(spam, reviews_required=2)
    send(spam)
    judge(bob, UNSURE, comment="could be both")
    judge(dora, BAD, comment="an empty page")
    told = [(o.said.verdict, o.said.value, o.comment) for o in taken(eric).opinions]
    assert sorted(told) == [
        ("bad_input", None, "an empty page"),
        ("cannot_decide", None, "could be both"),
    ]


def test_an_adjudicator_reads_what_another_could_not_settle(disputed: Workflow, eric: User) -> None:
    (frida,) = reviewers(disputed, "frida")
    judge(eric, UNSURE, comment="no idea")
    comments = [opinion.comment for opinion in taken(frida).opinions]
    assert sorted(comments) == ["", "far too loud", "no idea"]


def test_complaint_7_who_judges_reads_nobody_elses_answer(
    spam: Workflow, bob: User, dora: User
) -> None:
    dials(spam, reviews_required=2)
    send(spam)
    judge(bob, "no", comment="far too loud")
    case = taken(dora)
    assert case.opinions == ()
    assert case.draft is None
    assert "loud" not in str(case)


def test_who_judges_a_contest_reads_the_statement_and_nothing_else(
    spam: Workflow, bob: User
) -> None:
    level(spam, "full_automation")
    case = send(spam)
    cases.say(case, kind="contest", value="no", statement="This is no spam!")
    shown = taken(bob)
    assert shown.statement == "This is no spam!"
    assert (shown.suggestion, shown.confidence, shown.opinions) == (None, None, ())


def test_the_newest_statement_is_shown(spam: Workflow, bob: User) -> None:
    level(spam, "full_automation")
    case = send(spam)
    for said in ("first", "second"):
        cases.say(case, kind="contest", value=None, statement=said)
    assert taken(bob).statement == "second"


# Known answers


def test_a_known_answer_shows_as_much_as_the_level_in_force(spam: Workflow, bob: User) -> None:
    dials(spam, gold_share=1.0, gold_least=1000)
    golds.create(spam, input={"text": "gold"}, answer="no")
    send(spam)
    shown = []
    for name, blind in (("shadow", 0.0), ("ai_assistance", 0.0), ("ai_assistance", 1.0)):
        level(dials(spam, blind_share=blind), name)
        case = taken(bob)
        assert text(case) == "gold"
        shown.append((case.suggestion, case.confidence))
        claims.release(bob, case.referral_id, case.token)
    assert shown == [(None, None), ("yes", 0.95), (None, None)]


def test_a_known_answer_looks_like_any_other_case(spam: Workflow, bob: User) -> None:
    dials(spam, gold_share=1.0)
    golds.create(spam, input={"text": "a"}, answer="no")
    send(spam, "b")
    gold, case = taken(bob), taken(bob)
    assert (text(gold), text(case)) == ("a", "b")
    for one in ("token", "workflow_id", "form", "template", "suggestion", "opinions", "statement"):
        assert getattr(gold, one) == getattr(case, one)


# The desk


def test_the_desk_shows_what_is_held(spam: Workflow, bob: User) -> None:
    seats = desk.seats_of(bob)
    assert desk.on_desk(bob, seats) is None
    send(spam, "a")
    send(spam, "b")
    taken(bob)
    Claim.objects.update(shown_at=F("shown_at") - timedelta(seconds=9))
    newest = taken(bob)
    assert desk.on_desk(bob, seats) == newest
    assert desk.on_desk(bob, []) is None
    run_out(bob)
    assert desk.on_desk(bob, seats) is None


def test_what_went_on_without_one_is_not_on_the_desk(spam: Workflow, bob: User) -> None:
    send(spam)
    taken(bob)
    Referral.objects.update(state="closed")
    assert desk.on_desk(bob, desk.seats_of(bob)) is None


def test_complaint_2_a_second_window_gets_the_case_of_the_first(spam: Workflow, bob: User) -> None:
    send(spam)
    send(spam)
    first = desk.desk_for(bob, desk.seats_of(bob))
    second = desk.desk_for(bob, desk.seats_of(bob))
    assert first is not None
    assert second is not None
    assert (first.referral_id, first.token) == (second.referral_id, second.token)
    assert Claim.objects.count() == 1


# The same case again


def test_the_very_case_may_be_had_again(spam: Workflow, bob: User) -> None:
    send(spam, "a")
    send(spam, "b")
    case = taken(bob)
    assert desk.claim_again(bob, case.referral_id) is not None
    run_out(bob)
    claims.expire_due()
    again = desk.claim_again(bob, case.referral_id)
    assert again is not None
    assert (again.referral_id, again.token) == (case.referral_id, 2)
    assert again.expires > datetime.now(UTC) + timedelta(minutes=9)
    assert Referral.objects.get(pk=case.referral_id).free == 0


@pytest.mark.parametrize("how", ["done", "skipped", "closed"])
def test_what_is_over_is_not_had_again(spam: Workflow, bob: User, how: str) -> None:
    send(spam)
    case = taken(bob)
    if how == "done":
        submit(bob, case)
    elif how == "skipped":
        claims.skip(bob, case.referral_id, case.token, "no")
    else:
        Referral.objects.update(state="closed")
    assert desk.claim_again(bob, case.referral_id) is None


def test_what_others_hold_is_not_had_again(spam: Workflow, bob: User, dora: User) -> None:
    send(spam)
    case = taken(bob)
    run_out(bob)
    claims.expire_due()
    taken(dora)
    assert desk.claim_again(bob, case.referral_id) is None
    with pytest.raises(Missing):
        desk.claim_again(bob, new_id())


# Why there is nothing


def test_an_empty_queue_says_so(spam: Workflow, bob: User) -> None:
    state = desk.queue_state(bob, desk.seats_of(bob))
    assert (state.is_empty, state.held, state.next_free, state.mine) == (True, 0, None, 0)


def test_complaint_3_a_queue_that_others_hold_says_how_many_and_until_when(
    spam: Workflow, bob: User, dora: User
) -> None:
    ham = factories.workflow("ham")
    root = factories.person("root", Role.REVIEWER)
    for i in range(3):
        send(spam, str(i))
    send(ham)
    first = taken(dora)
    taken(dora)
    taken(root, "ham")
    taken(bob)
    state = desk.queue_state(bob, desk.seats_of(bob))
    assert (state.held, state.next_free, state.mine) == (2, first.expires, 1)
    assert not state.is_empty
    everywhere = desk.queue_state(root, desk.seats_of(root))
    assert everywhere.held == 3


def test_cases_that_one_has_met_wait_for_others(spam: Workflow, bob: User) -> None:
    dials(spam, reviews_required=2)
    send(spam)
    judge(bob)
    state = desk.queue_state(bob, desk.seats_of(bob))
    assert (state.held, state.for_others, state.is_empty) == (0, 1, False)


def test_what_is_answered_leaves_the_queue_empty(spam: Workflow, bob: User, dora: User) -> None:
    dials(spam, undo_seconds=60)
    send(spam)
    judge(dora)
    assert Referral.objects.get().state == "settling"
    assert desk.queue_state(bob, desk.seats_of(bob)).is_empty


def test_pools_one_does_not_serve_are_no_queue(spam: Workflow, bob: User, dora: User) -> None:
    dials(spam, pools=[{"name": "german", "skills": ["german"]}])
    send(spam, pool="german")
    assert desk.queue_state(bob, desk.seats_of(bob)).is_empty


def test_known_answers_are_no_queue(spam: Workflow, bob: User, dora: User) -> None:
    dials(spam, gold_share=1.0)
    golds.create(spam, input={"text": "a"}, answer="no")
    assert claim(bob) is None, "it would be told apart"
    assert desk.queue_state(bob, desk.seats_of(bob)).is_empty
