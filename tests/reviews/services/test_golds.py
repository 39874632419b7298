"""Known answers: made, made of cases, retired, counted, and what is written down about them."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from hitl.domain.pools import gold_pool
from hitl.domain.roles import Role
from hitl.models import (
    BulkDecision,
    Case,
    Client,
    Decision,
    Payload,
    Prediction,
    Referral,
    Workflow,
)
from hitl.services import workflows
from models_registry.domain.errors import Conflict, Invalid, Missing
from models_registry.models import new_id
from reviews.domain.consensus import Said, Verdict
from reviews.domain.standing import Tally
from reviews.models import Claim, Gold, GoldAnswer
from reviews.models.claiming import Pool, take
from reviews.services import golds
from reviews.services.gold_making import CLIENT
from tests import factories, runtimes
from tests.reviews.answers import NOW, answer, case, hold, known, review

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(spam: Workflow) -> User:
    return factories.person("dora", Role.REVIEWER, workflow=spam)


# Making


def test_a_known_answer_is_a_case_that_waits_for_everybody(spam: Workflow, alice: User) -> None:
    gold = golds.create(
        spam, input={"text": "hi"}, answer="no", note="from the handbook", by=alice, now=NOW
    )
    row, referral = gold.case, Referral.objects.get()
    assert (row.action, row.reason, row.status, row.seq) == ("refer", "gold", "referred", 0)
    assert (row.client.name, row.revision_no, row.created) == ("hitl: known answers", 1, NOW)
    assert (row.audit, row.blind, row.threshold) == (False, False, None)
    assert Payload.objects.get().input == {"text": "hi"}
    assert (referral.kind, referral.state, referral.pool) == ("gold", "open", gold_pool(spam.pk))
    assert (referral.needed, referral.free, referral.done) == (32767, 32767, 0)
    assert referral.due - NOW > timedelta(days=30000)
    assert referral.acts_at is None
    assert (gold.answer, gold.note, gold.by, gold.retired) == (
        "no",
        "from the handbook",
        alice,
        None,
    )
    assert not Decision.objects.exists()


def test_all_known_answers_have_one_sender(spam: Workflow) -> None:
    known(spam, "a")
    known(factories.workflow("ham"), "b")
    assert Client.objects.filter(name=CLIENT).count() == 1
    assert Case.objects.values("client").distinct().count() == 1


def test_what_the_model_says_is_stored_as_for_any_other_case(spam: Workflow) -> None:
    known(spam)
    row = Prediction.objects.get()
    assert (row.role, row.arm, row.value, row.confidence, row.error) == (
        "live",
        "champion",
        "yes",
        0.95,
        "",
    )
    assert row.version_id == workflows.in_force(spam).champion_id


def test_the_model_is_asked_outside_the_transaction(spam: Workflow) -> None:
    inside = len(connection.savepoint_ids)
    seen: list[int] = []
    runtimes.MEANWHILE.append(lambda: seen.append(len(connection.savepoint_ids)))
    known(spam)
    assert seen == [inside]


@pytest.mark.parametrize(
    "script",
    [
        pytest.param({"fails": "no"}, id="fails"),
        pytest.param({"value": "maybe"}, id="is no answer"),
        pytest.param({"value": None}, id="says nothing"),
    ],
)
def test_a_model_that_gives_no_answer_suggests_none(script: dict[str, Any]) -> None:
    factories.version("odd", **script)
    known(factories.workflow("ham", model="odd", level="shadow"))
    assert not Prediction.objects.exists()


def test_a_confidence_that_is_none_is_left_out() -> None:
    factories.version("odd", confidence="nan")
    known(factories.workflow("ham", model="odd", level="shadow"))
    assert Prediction.objects.get().confidence is None


def test_a_model_that_clients_bring_is_not_asked() -> None:
    factories.version("theirs", runtime="client")
    known(factories.workflow("ham", model="theirs", level="shadow"))
    known(factories.workflow("no-model"))
    assert not Prediction.objects.exists()


@pytest.mark.parametrize(
    ("given", "value", "pointer"),
    [
        pytest.param({"text": 1}, "yes", "/input/text", id="input"),
        pytest.param({}, "yes", "/input", id="input that lacks something"),
        pytest.param({"text": "hi"}, "maybe", "/answer", id="answer"),
        pytest.param({"text": "hi"}, None, "/answer", id="no answer"),
    ],
)
def test_what_does_not_fit_the_workflow_is_refused(
    spam: Workflow, given: Any, value: Any, pointer: str
) -> None:
    with pytest.raises(Invalid) as error:
        golds.create(spam, input=given, answer=value)
    assert error.value.code == "invalid"
    assert [problem.pointer for problem in error.value.problems] == [pointer]
    assert not Case.objects.exists()


def test_the_rules_in_force_count(spam: Workflow) -> None:
    """Whatever the caller's row says."""
    stale = Workflow.objects.get(pk=spam.pk)
    workflows.change(spam, by=None, reason="t", answer={"classes": ["no", "yes", "maybe"]})
    gold = golds.create(stale, input={"text": "hi"}, answer="maybe")
    assert gold.case.revision_no == 2


# From a case


def decided(
    workflow: Workflow, bob: User, source: str = "human", text: str = "hello", **given: Any
) -> Case:
    """A case that Bob judged, with its decision."""
    referral = case(workflow, needed=1)
    Payload.objects.create(case=referral.case, input={"text": text})
    review(bob, referral, "no")
    Decision.objects.create(
        **{"case": referral.case, "n": 1, "source": source, "value": "no", "at": NOW, **given}
    )
    Case.objects.filter(pk=referral.case_id).update(status="decided", seq=1)
    return Case.objects.get(pk=referral.case_id)


def test_a_case_that_a_person_decided_becomes_a_known_answer(
    spam: Workflow, alice: User, bob: User
) -> None:
    one = decided(spam, bob)
    gold = golds.from_case(one, by=alice)
    assert gold.case_id != one.pk
    assert (gold.answer, gold.by, gold.note) == ("no", alice, f"Made from case {one.pk}")
    assert Payload.objects.get(case=gold.case_id).input == {"text": "hello"}
    one.refresh_from_db()
    assert (one.status, one.seq, one.reason) == ("decided", 1, "level")


def test_who_met_the_case_is_not_served_its_copy(spam: Workflow, bob: User, dora: User) -> None:
    one = decided(spam, bob)
    ahead = hold(dora, one.referrals.get(), shown_at=None)
    gold = golds.from_case(one)
    (mine,) = Claim.objects.filter(case=gold.case_id)
    assert (mine.reviewer, mine.state, mine.shown_at) == (bob, "skipped", None)
    assert ahead.reviewer == dora  # reserved, never seen
    referral = Referral.objects.get(case=gold.case_id)
    assert (referral.free, referral.done) == (32767, 0)


@pytest.mark.parametrize("shown", [True, False])
def test_who_answered_the_case_without_a_look_knows_it_too(
    spam: Workflow, alice: User, bob: User, shown: bool
) -> None:
    one = decided(spam, bob)
    if not shown:
        Claim.objects.update(shown_at=None)
    gold = golds.from_case(one, by=alice)
    knowers = Claim.objects.filter(case=gold.case_id, state="skipped")
    assert {claim.reviewer for claim in knowers} == {alice, bob}


def test_who_gives_the_answer_is_not_asked_it(spam: Workflow, alice: User, bob: User) -> None:
    gold = known(spam, by=alice)
    (mine,) = Claim.objects.filter(case=gold.case_id)
    assert (mine.reviewer, mine.state, mine.shown_at) == (alice, "skipped", None)
    pool = [Pool(gold_pool(spam.pk), timedelta(minutes=10))]
    assert take(alice.pk, pool) is None
    assert take(bob.pk, pool) is not None


def test_the_current_decision_counts(spam: Workflow, bob: User) -> None:
    one = decided(spam, bob, source="model")
    Decision.objects.create(case=one, n=2, source="human", value="yes", at=NOW)
    Case.objects.filter(pk=one.pk).update(seq=2)
    one.refresh_from_db()
    assert golds.from_case(one).answer == "yes"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        pytest.param({"source": "model"}, "a person decided", id="the model's"),
        pytest.param({"source": "rule"}, "a person decided", id="a rule's"),
        pytest.param({"unusable": True, "value": None}, "cannot be judged", id="bad input"),
        pytest.param({"value": None}, "erased", id="an erased answer"),
        pytest.param({"text": None}, "erased", id="an erased input"),
    ],
)
def test_other_decisions_are_no_known_answers(
    spam: Workflow, bob: User, given: dict[str, Any], why: str
) -> None:
    text = given.pop("text", "hello")
    one = decided(spam, bob, **given)
    if text is None:
        with connection.cursor() as cursor:  # as erasure does: payloads are facts
            cursor.execute("UPDATE hitl_payload SET input = %s", [b"null"])
    with pytest.raises(Conflict, match=why) as error:
        golds.from_case(one)
    assert (error.value.code, error.value.problems) == ("conflict", ())
    assert not Gold.objects.exists()


def test_a_case_that_waits_is_no_known_answer(spam: Workflow) -> None:
    with pytest.raises(Conflict, match="a person decided"):
        golds.from_case(case(spam).case)


def test_what_was_decided_in_bulk_is_no_known_answer(
    spam: Workflow, alice: User, bob: User
) -> None:
    bulk = BulkDecision.objects.create(
        workflow=spam, by=alice, value="no", reason="all alike", filters={}, at=NOW
    )
    with pytest.raises(Conflict, match="at once"):
        golds.from_case(decided(spam, bob, bulk=bulk))


def test_a_case_is_found_by_who_operates_its_workflow(
    spam: Workflow, alice: User, bob: User, charlie: User
) -> None:
    one = decided(spam, bob)
    assert golds.find_case(one.pk, alice) == one
    eve = factories.person("eve", Role.OPERATOR, workflow=factories.workflow("ham"))
    for person in (bob, charlie, eve):
        with pytest.raises(Missing):
            golds.find_case(one.pk, person)
    with pytest.raises(Missing):
        golds.find_case(known(spam).case_id, alice)  # a known answer itself


# Retiring


def test_a_retired_known_answer_is_served_to_nobody(spam: Workflow, bob: User) -> None:
    gold = known(spam)
    referral = Referral.objects.get()
    held = hold(bob, referral)
    assert golds.retire(gold, now=NOW).retired == NOW
    referral.refresh_from_db()
    assert (referral.state, referral.free, referral.closed) == ("closed", 0, NOW)
    held.refresh_from_db()
    assert held.state == "held"  # refused when it is submitted
    assert not Decision.objects.exists()
    assert golds.in_service(spam) == 0


def test_retiring_again_changes_nothing(spam: Workflow) -> None:
    gold = known(spam)
    golds.retire(gold, now=NOW)
    assert golds.retire(gold, now=NOW + timedelta(days=1)).retired == NOW
    assert Referral.objects.get().closed == NOW


def test_a_known_answer_is_found_in_its_workflow_only(spam: Workflow) -> None:
    gold = known(spam)
    assert golds.find(spam, gold.pk) == gold
    for workflow, key in ((spam, new_id()), (factories.workflow("ham"), gold.pk)):
        with pytest.raises(Missing):
            golds.find(workflow, key)


# What people said


@pytest.mark.parametrize(
    ("said", "right"),
    [
        pytest.param(Said(Verdict.ANSWER, "yes"), True, id="right"),
        pytest.param(Said(Verdict.ANSWER, "no"), False, id="wrong"),
        pytest.param(Said(Verdict.CANNOT_DECIDE), False, id="cannot decide"),
        pytest.param(Said(Verdict.BAD_INPUT), False, id="bad input"),
    ],
)
def test_whether_it_is_right_is_written_down(
    spam: Workflow,
    bob: User,
    said: Said,
    right: bool,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    gold = known(spam)
    given = review(bob, Referral.objects.get(), said.value, verdict=said.verdict)
    with django_assert_num_queries(2):
        golds.record(
            given,
            case_id=gold.case_id,
            workflow_id=spam.pk,
            reviewer_id=bob.pk,
            said=said,
            agrees=lambda one, other: one == other,
            at=NOW,
        )
    row = GoldAnswer.objects.get()
    assert (row.review, row.workflow, row.reviewer, row.right, row.at) == (
        given,
        spam,
        bob,
        right,
        NOW,
    )


def test_the_task_type_says_what_is_the_same(spam: Workflow, bob: User) -> None:
    gold = known(spam)
    given = review(bob, Referral.objects.get(), "YES")
    golds.record(
        given,
        case_id=gold.case_id,
        workflow_id=spam.pk,
        reviewer_id=bob.pk,
        said=Said(Verdict.ANSWER, "YES"),
        agrees=lambda one, other: str(one).lower() == str(other).lower(),
        at=NOW,
    )
    assert GoldAnswer.objects.get().right


# The list


def test_the_list_says_how_often_each_was_right(
    spam: Workflow, bob: User, dora: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first, second, third = (known(spam, text) for text in "abc")
    known(factories.workflow("ham"), "other")
    answer(bob, first, "yes")
    answer(dora, first, "no")
    answer(bob, second, "no", withdrawn=True)
    answer(dora, second, "yes", undo_until=NOW + timedelta(minutes=5))
    with django_assert_num_queries(2):
        found = golds.listing(spam)
    assert [(one.gold, one.input, one.tally) for one in found] == [
        (third, {"text": "c"}, Tally(0, 0)),
        (second, {"text": "b"}, Tally(0, 0)),
        (first, {"text": "a"}, Tally(2, 1)),
    ]


def test_the_list_comes_in_pages(spam: Workflow) -> None:
    made = [known(spam, text) for text in "abc"]
    page = golds.listing(spam, limit=2)
    assert [one.gold for one in page] == [made[2], made[1]]
    assert [one.gold for one in golds.listing(spam, after=made[1].pk)] == [made[0]]


def test_the_retired_stay_in_the_list(spam: Workflow) -> None:
    golds.retire(known(spam))
    (one,) = golds.listing(spam)
    assert one.gold.retired is not None
