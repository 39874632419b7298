"""What people miss: known errors that nobody noticed, and agreements that were wrong."""

import pytest
from django.contrib.auth.models import User

from hitl.models import Prediction, Revision, Workflow
from hitl.services.evidence.missed import Missed, counted
from reviews.models import Review
from reviews.services import judging, missed
from tests import factories
from tests.reviews.answers import known
from tests.reviews.desks import BAD, UNSURE, dials, judge, kinds, level, reviewers, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def golds_only(spam: Workflow) -> Workflow:
    """Known answers come before the case that waits; the model says yes to all of them."""
    send(spam, "waits")
    return dials(spam, gold_share=1.0)


@pytest.fixture
def people(spam: Workflow) -> list[User]:
    return reviewers(spam, "dora", "eric", "frida")


# Known errors


@pytest.mark.parametrize(
    ("said", "found"),
    [("yes", Missed(1, 1)), ("no", Missed(1, 0)), (UNSURE, Missed(1, 0)), (BAD, Missed(1, 0))],
)
def test_a_known_error_is_missed_by_who_says_the_same(
    golds_only: Workflow, bob: User, said: object, found: Missed
) -> None:
    known(golds_only, value="no")
    judge(bob, said)
    assert missed.known_errors(golds_only.pk) == found == counted(golds_only.pk)


def test_where_the_model_is_right_there_is_nothing_to_miss(golds_only: Workflow, bob: User) -> None:
    known(golds_only, value="yes")
    judge(bob, "yes")
    assert missed.known_errors(golds_only.pk) == Missed(0, 0)


def test_a_known_answer_without_a_suggestion_shows_no_error(
    golds_only: Workflow, bob: User
) -> None:
    known(golds_only, value="no")
    Prediction._base_manager.update(error="The model gave no value.", value=None)
    judge(bob, "yes")
    assert missed.known_errors(golds_only.pk) == Missed(0, 0)


def test_who_saw_the_suggestion_is_not_counted(golds_only: Workflow, bob: User) -> None:
    level(golds_only, "ai_assistance")
    known(golds_only, value="no")
    judge(bob, "yes")
    assert not Review.objects.get().blind
    assert missed.known_errors(golds_only.pk) == Missed(0, 0)


def test_of_two_answers_the_one_without_the_suggestion_counts(
    golds_only: Workflow, bob: User
) -> None:
    known(golds_only, value="no")
    judge(bob, "no")
    Review._base_manager.update(first_value="yes", blind=False)
    assert missed.known_errors(golds_only.pk) == Missed(1, 1)


def test_what_was_taken_back_or_may_be_does_not_count(golds_only: Workflow, bob: User) -> None:
    dials(golds_only, undo_seconds=600)
    known(golds_only, value="no")
    review = judge(bob, "yes").review_id
    assert missed.known_errors(golds_only.pk) == Missed(0, 0)
    judging.withdraw(bob, review)
    Review._base_manager.update(undo_until=None)
    assert missed.known_errors(golds_only.pk) == Missed(0, 0)


@pytest.mark.parametrize("rows", [Prediction, Review])
def test_what_was_erased_does_not_count(
    golds_only: Workflow, bob: User, rows: type[Prediction | Review]
) -> None:
    known(golds_only, value="no")
    judge(bob, "yes")
    rows._base_manager.update(value=None)
    assert missed.known_errors(golds_only.pk) == Missed(0, 0)


# Second looks


def looked(workflow: Workflow, people: list[User], *said: object) -> Missed:
    """One case, judged by one after the other; the model says yes."""
    send(workflow)
    for person, one in zip(people, said, strict=False):
        judge(person, one)
    return missed.second_looks(workflow.pk)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (("yes", "yes"), Missed(0, 0)),
        (("yes", "no", "no"), Missed(1, 1)),
        (("yes", "no", "yes"), Missed(0, 0)),
        (("no", "no"), Missed(1, 0)),
        (("no", "yes", "yes"), Missed(0, 0)),
        (("no", "yes", "no"), Missed(1, 0)),
        (("yes", UNSURE), Missed(0, 0)),
        (("yes",), Missed(0, 0)),
    ],
)
def test_an_error_is_what_was_settled_and_missed_where_the_first_agreed(
    spam: Workflow, people: list[User], said: tuple[object, ...], found: Missed
) -> None:
    dials(spam, agreement_share=1.0, second_look=True)
    assert looked(spam, people, *said) == found == counted(spam.pk)


def test_disputes_count_only_where_agreements_would_have_been_looked_at(
    spam: Workflow, people: list[User]
) -> None:
    """All errors that were noticed against few of those that were missed would flatter."""
    dials(spam, second_look=True)
    assert looked(spam, people, "no", "no") == Missed(0, 0)
    assert kinds() == [("decide", "closed"), ("second_look", "closed")]


def test_the_share_is_that_of_the_moment(spam: Workflow, people: list[User]) -> None:
    dials(spam, agreement_share=1.0)
    assert looked(spam, people, "yes", "no", "no") == Missed(1, 1)
    dials(spam, agreement_share=0.0, second_look=True)
    assert looked(spam, people, "no", "no") == Missed(1, 1)
    assert Revision.objects.filter(workflow=spam).count() > 2


def test_answers_that_saw_the_model_lead_to_nothing(spam: Workflow, people: list[User]) -> None:
    dials(level(spam, "ai_assistance"), agreement_share=1.0, second_look=True)
    assert looked(spam, people, "yes") == Missed(0, 0)
    assert kinds() == [("decide", "closed")]


def test_another_workflow_has_numbers_of_its_own(
    golds_only: Workflow, bob: User, people: list[User]
) -> None:
    factories.version("ham-model")
    other = factories.workflow("ham", model="ham-model", level="shadow")
    known(golds_only, value="no")
    judge(bob, "yes")
    dials(golds_only, gold_share=0.0, agreement_share=1.0)
    for person, said in zip(people, ("yes", "no", "no"), strict=True):
        judge(person, said)
    assert counted(golds_only.pk) == Missed(2, 2)
    assert counted(other.pk) == Missed(0, 0)
