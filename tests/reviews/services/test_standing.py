"""Where people stand: who is held back, by which answers, and who lifts it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from hitl.domain.policy import Policy
from hitl.domain.roles import Role
from hitl.models import Membership, Referral, Workflow
from hitl.services import workflows
from models_registry.domain.errors import Conflict, Invalid, Missing
from reviews.domain.standing import Tally
from reviews.models import Standing
from reviews.services import golds, standing
from reviews.services.standing import Position
from tests import factories
from tests.reviews.answers import NOW, answer, case, examined, hold, known, review

pytestmark = pytest.mark.django_db

MIXED = Policy(gold_share=0.1, gold_bar=0.8, gold_least=4)
TEST = Policy(onboarding=3, gold_bar=0.8, gold_least=10)


@pytest.fixture
def dora(spam: Workflow) -> User:
    return factories.person("dora", Role.REVIEWER, workflow=spam)


def stands(person: User, workflow: Workflow, policy: Policy = MIXED) -> Position:
    return standing.state_of(person, workflow.pk, policy, NOW)


def put_in_force(workflow: Workflow, **dials: Any) -> None:
    workflows.change(workflow, by=None, reason="test", policy=dials)


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    """Does something once, right after the next claim has counted and before it writes."""
    waiting = [act]

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        done = execute(sql, params, many, context)
        if "reviews_goldanswer" in sql and "COUNT" in sql and waiting:
            waiting.pop()()
        return done

    with connection.execute_wrapper(watch):
        yield
    assert not waiting


# Which answers count


def test_who_was_given_nothing_judges(spam: Workflow, bob: User) -> None:
    assert stands(bob, spam) == Position("active", Tally(0, 0), "")  # type: ignore[arg-type]  # the enum's value
    assert not Standing.objects.exists()


def test_below_the_bar_after_enough_is_paused(spam: Workflow, bob: User) -> None:
    examined(bob, spam, right=2, wrong=1)
    assert stands(bob, spam).state == "active"
    answer(bob, known(spam), "no")
    found = stands(bob, spam)
    assert (found.state, found.tally) == ("paused", Tally(4, 2))
    assert found.reason == "2 of 4 known answers right; 80 % are needed"
    row = Standing.objects.get()
    assert (row.workflow, row.reviewer, row.state) == (spam, bob, "paused")
    assert row.reason == found.reason


def test_at_the_bar_goes_on(spam: Workflow, bob: User) -> None:
    examined(bob, spam, right=4, wrong=1)
    assert stands(bob, spam).state == "active"
    assert not Standing.objects.exists()


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"withdrawn": True}, id="withdrawn"),
        pytest.param({"undo_until": NOW + timedelta(minutes=5)}, id="may be withdrawn still"),
    ],
)
def test_what_can_be_taken_back_does_not_count(
    spam: Workflow, bob: User, given: dict[str, Any]
) -> None:
    examined(bob, spam, right=0, wrong=4, **given)
    found = stands(bob, spam)
    assert (found.state, found.tally) == ("active", Tally(0, 0))


def test_it_counts_when_the_time_to_undo_is_over(spam: Workflow, bob: User) -> None:
    """By the database's clock, whatever `now` the caller brings."""
    over = datetime.now(UTC) - timedelta(seconds=1)
    examined(bob, spam, right=0, wrong=4, undo_until=over)
    long_ago = NOW - timedelta(days=1)
    assert standing.state_of(bob, spam.pk, MIXED, long_ago).state == "paused"


def test_everybody_and_every_workflow_counts_alone(spam: Workflow, bob: User, dora: User) -> None:
    ham = factories.workflow("ham")
    examined(bob, spam, right=0, wrong=4)
    examined(dora, ham, right=0, wrong=4)
    assert stands(dora, spam).state == "active"
    assert stands(bob, ham).state == "active"
    assert stands(bob, spam).state == "paused"


# The onboarding test


def test_a_new_reviewer_is_tested_first(spam: Workflow, bob: User) -> None:
    for i in range(4):
        known(spam, str(i))
    assert stands(bob, spam, TEST).state == "onboarding"
    examined(bob, spam, right=2, wrong=0)
    found = stands(bob, spam, TEST)
    assert (found.state, found.reason) == ("onboarding", "2 of 3 known answers given")
    assert found.test_length == 3
    assert not Standing.objects.exists()


@pytest.mark.parametrize("served", [0, 1, 2, 3])
def test_the_test_is_no_longer_than_there_are_known_answers(
    spam: Workflow, alice: User, bob: User, served: int
) -> None:
    for i in range(served):
        known(spam, str(i), by=alice)
    found = stands(bob, spam, TEST)
    assert found.test_length == served
    assert found.state == ("onboarding" if served else "active")
    assert stands(alice, spam, TEST).state == "active", "who gave the answers is not asked them"
    assert not Standing.objects.exists(), "nobody passed a test that there was not"


def test_what_was_answered_counts_when_it_is_retired(spam: Workflow, bob: User) -> None:
    first, second = known(spam, "a"), known(spam, "b")
    answer(bob, first, "yes")
    golds.retire(first)
    found = stands(bob, spam, TEST)
    assert (found.state, found.test_length) == ("onboarding", 2)
    answer(bob, second, "yes")
    assert stands(bob, spam, TEST).state == "active"
    assert Standing.objects.get().state == "active"


def test_to_pass_known_answers_on_is_not_to_pass(spam: Workflow, bob: User) -> None:
    gold = known(spam)
    hold(bob, Referral.objects.get(case=gold.case_id), state="skipped", skip_reason="no time")
    found = stands(bob, spam, TEST)
    assert (found.state, found.test_length) == ("onboarding", 1)


def test_who_has_judged_here_is_not_tested(spam: Workflow, bob: User, dora: User) -> None:
    known(spam)
    review(bob, case(spam), "yes")
    review(dora, case(factories.workflow("ham")), "yes")
    hold(dora, case(spam))
    found = standing.positions(spam.pk, TEST, [bob.pk, dora.pk])
    assert (found[bob.pk].state, found[dora.pk].state) == ("active", "onboarding")
    assert found[bob.pk] == stands(bob, spam, TEST)
    assert found[dora.pk] == stands(dora, spam, TEST)
    assert Standing.objects.get().reviewer == bob, "found once, known from then on"


def test_who_passed_is_never_tested_again(spam: Workflow, bob: User) -> None:
    examined(bob, spam, right=3, wrong=0)
    assert stands(bob, spam, TEST).state == "active"
    row = Standing.objects.get()
    assert (row.state, row.reason) == ("active", "")
    longer = Policy(onboarding=10, gold_bar=0.8)
    assert stands(bob, spam, longer) == Position("active", Tally(3, 3), "")  # type: ignore[arg-type]  # as above


def test_who_did_not_pass_is_paused(spam: Workflow, bob: User) -> None:
    examined(bob, spam, right=2, wrong=1)
    assert stands(bob, spam, TEST).state == "paused"
    assert Standing.objects.get().reason == "2 of 3 known answers right; 80 % are needed"


def test_the_answers_of_the_test_count_later_too(spam: Workflow, bob: User) -> None:
    examined(bob, spam, right=3, wrong=0)
    stands(bob, spam, TEST)
    assert stands(bob, spam, MIXED).tally == Tally(3, 3)


# Paused stays paused


def test_a_pause_outlives_the_rules_and_answers_that_made_it(spam: Workflow, bob: User) -> None:
    examined(bob, spam, right=0, wrong=4)
    stands(bob, spam)
    for i in range(40):
        answer(bob, known(spam, f"more {i}"), "yes")
    found = stands(bob, spam, Policy(gold_share=0.1, gold_bar=0.0))
    assert found.state == "paused"
    assert found.reason == "0 of 4 known answers right; 80 % are needed"


def test_where_no_known_answers_are_served_nobody_is_held_back(spam: Workflow, bob: User) -> None:
    examined(bob, spam, right=0, wrong=4)
    stands(bob, spam)
    assert stands(bob, spam, Policy()).state == "active"
    assert Standing.objects.get().state == "paused"
    assert stands(bob, spam).state == "paused"


@pytest.mark.parametrize("paused", [False, True])
def test_asking_costs_two_reads(
    spam: Workflow, bob: User, paused: bool, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    examined(bob, spam, right=4 - 4 * paused, wrong=4 * paused)
    stands(bob, spam)
    with django_assert_num_queries(2):
        stands(bob, spam)


def test_asking_costs_two_reads_after_a_lift(
    spam: Workflow, alice: User, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lifted(spam, alice, bob)
    with django_assert_num_queries(2):
        stands(bob, spam)


# Two at once


def test_two_claims_that_find_the_same_pause_both_find_it(spam: Workflow, bob: User) -> None:
    """The second one's insert meets the first one's row."""
    examined(bob, spam, right=0, wrong=4)
    other: list[Position] = []
    with meanwhile(lambda: other.append(stands(bob, spam))):
        mine = stands(bob, spam)
    assert mine == other[0]
    assert mine.state == "paused"
    assert Standing.objects.count() == 1


def test_two_claims_that_pause_somebody_who_was_active_agree(spam: Workflow, bob: User) -> None:
    examined(bob, spam, right=3, wrong=0)
    stands(bob, spam, TEST)
    for i in range(4):
        answer(bob, known(spam, f"late {i}"), "no")
    other: list[Position] = []
    with meanwhile(lambda: other.append(stands(bob, spam))):
        mine = stands(bob, spam)
    assert mine == other[0]
    assert Standing.objects.get().state == "paused"


def test_a_lift_is_not_undone_by_a_claim_that_counted_before_it(
    spam: Workflow, alice: User, bob: User
) -> None:
    put_in_force(spam, gold_share=0.1, gold_least=4)
    examined(bob, spam, right=4, wrong=0)
    Standing.objects.create(workflow=spam, reviewer=bob, since=NOW - timedelta(days=9))
    for i in range(9):
        answer(bob, known(spam, f"late {i}"), "no")
    with meanwhile(lambda: standing.lift(spam, bob, by=alice, reason="trained again")):
        found = stands(bob, spam)
    row = Standing.objects.get()
    assert (row.state, row.lifted_by, row.reason) == ("active", alice, "trained again")
    assert (found.state, found.tally) == ("active", Tally(0, 0))


def test_a_first_pause_does_not_undo_a_lift_either(spam: Workflow, alice: User, bob: User) -> None:
    put_in_force(spam, onboarding=3, gold_least=4)
    examined(bob, spam, right=0, wrong=4)
    with meanwhile(lambda: standing.lift(spam, bob, by=alice, reason="trained again")):
        found = stands(bob, spam)
    assert Standing.objects.get().state == "active"
    assert found.state == "active"


# Lifting


def lifted(spam: Workflow, alice: User, bob: User, reason: str = "trained again") -> Standing:
    put_in_force(spam, gold_share=0.1, gold_least=4)
    examined(bob, spam, right=0, wrong=4)
    assert stands(bob, spam).state == "paused"
    return standing.lift(spam, bob, by=alice, reason=reason, now=NOW + timedelta(seconds=1))


def test_a_lifted_person_starts_anew(spam: Workflow, alice: User, bob: User) -> None:
    row = lifted(spam, alice, bob, " trained again ")
    assert (row.state, row.lifted_by, row.reason) == ("active", alice, "trained again")
    assert row.since == NOW + timedelta(seconds=1)
    found = stands(bob, spam)
    assert (found.state, found.tally, found.reason) == ("active", Tally(0, 0), "")
    assert found.lifted == "alice: trained again"
    later = {"at": NOW + timedelta(minutes=1)}
    for i in range(4):
        answer(bob, known(spam, f"anew {i}"), "no", **later)
    assert stands(bob, spam).state == "paused"
    assert Standing.objects.get().lifted_by is None


def test_an_answer_from_before_the_lift_that_settles_later_does_not_count(
    spam: Workflow, alice: User, bob: User
) -> None:
    lifted(spam, alice, bob)
    answer(bob, known(spam, "before"), "no", at=NOW)
    assert stands(bob, spam).tally == Tally(0, 0)


def test_a_pause_that_no_claim_has_found_yet_can_be_lifted(
    spam: Workflow, alice: User, bob: User
) -> None:
    put_in_force(spam, gold_share=0.1, gold_least=4)
    examined(bob, spam, right=0, wrong=4)
    standing.lift(spam, bob, by=alice, reason="I know him", now=NOW + timedelta(seconds=1))
    assert stands(bob, spam).state == "active"


def test_a_test_can_be_lifted(spam: Workflow, alice: User, bob: User) -> None:
    known(spam)
    put_in_force(spam, onboarding=3)
    standing.lift(spam, bob, by=alice, reason="has done this for years")
    assert stands(bob, spam, TEST).state == "active"


def test_who_judges_is_not_lifted(spam: Workflow, alice: User, bob: User) -> None:
    put_in_force(spam, gold_share=0.1)
    with pytest.raises(Conflict, match="not held back") as error:
        standing.lift(spam, bob, by=alice, reason="why not")
    assert (error.value.code, error.value.problems) == ("conflict", ())
    assert not Standing.objects.exists()


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_lift_needs_a_reason(spam: Workflow, alice: User, bob: User, reason: str) -> None:
    with pytest.raises(Invalid) as error:
        standing.lift(spam, bob, by=alice, reason=reason)
    assert (error.value.code, error.value.problems[0].pointer) == ("invalid", "/reason")


def test_who_does_not_review_here_is_not_lifted(
    spam: Workflow, alice: User, bob: User, charlie: User
) -> None:
    put_in_force(spam, onboarding=3)
    Membership.objects.filter(user=bob).delete()
    for person in (bob, charlie):
        with pytest.raises(Missing) as error:
            standing.lift(spam, person, by=alice, reason="why not")
        assert error.value.code == "not-found"


# Many at once


def test_many_people_are_read_in_two_reads(
    spam: Workflow,
    alice: User,
    bob: User,
    dora: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    examined(bob, spam, right=1, wrong=3)
    examined(dora, spam, right=4, wrong=0)
    with django_assert_num_queries(2):
        found = standing.positions(spam.pk, MIXED, [alice.pk, bob.pk, dora.pk])
    assert found[alice.pk] == stands(alice, spam)
    assert found[dora.pk] == stands(dora, spam)
    assert not Standing.objects.exists()  # to read is not to write
    assert found[bob.pk] == stands(bob, spam)
    assert found[bob.pk].state == "paused"


def test_many_in_the_test_are_read_in_five(
    spam: Workflow, bob: User, dora: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    known(spam)
    with django_assert_num_queries(5):
        standing.positions(spam.pk, TEST, [bob.pk, dora.pk])
