"""The people of a workflow: their work and where they stand."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from hitl.domain.roles import Role
from hitl.models import Membership, Workflow
from hitl.services import workflows
from reviews.domain.standing import Tally
from reviews.models import Standing
from reviews.services import people, standing
from reviews.services.people import Load
from tests import factories
from tests.reviews.answers import NOW, case, examined, hold, review

pytestmark = pytest.mark.django_db

MIDNIGHT = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
SOON = datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
def dora(spam: Workflow) -> User:
    return factories.person("dora", Role.REVIEWER, workflow=spam)


# Load


def loads(workflow: Workflow) -> dict[str, Load]:
    return {one.user.username: one for one in people.load(workflow, NOW)}


def test_who_reviews_here_is_listed_by_name(
    spam: Workflow, alice: User, dora: User, bob: User, charlie: User
) -> None:
    factories.person("everywhere", Role.REVIEWER)
    factories.person("elsewhere", Role.REVIEWER, workflow=factories.workflow("ham"))
    gone = factories.person("gone", Role.REVIEWER, workflow=spam)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    found = people.load(spam, NOW)
    assert [one.user.username for one in found] == ["bob", "dora", "everywhere"]
    (bobs, *_) = found
    assert (bobs.held, bobs.held_since, bobs.answered, bobs.skipped) == (0, None, 0, 0)
    assert (bobs.position.state, bobs.position.tally) == ("active", Tally(0, 0))


def test_who_works_without_the_role_is_listed_too(spam: Workflow, alice: User, bob: User) -> None:
    """An operator who reviews, and somebody whose role was taken away with a case in their
    hands."""
    hold(alice, case(spam), expires=SOON)
    hold(bob, case(spam), expires=SOON)
    Membership.objects.filter(user=bob).delete()
    assert list(loads(spam)) == ["alice", "bob"]


def test_who_was_paused_stays_in_the_list(spam: Workflow, bob: User) -> None:
    Standing.objects.create(workflow=spam, reviewer=bob, state="paused", since=NOW, reason="why")
    Membership.objects.filter(user=bob).delete()
    assert list(loads(spam)) == ["bob"]


def test_what_is_held_now_and_since_when(spam: Workflow, bob: User, dora: User) -> None:
    opened = NOW - timedelta(minutes=9)
    hold(bob, case(spam), expires=SOON, shown_at=opened)
    hold(bob, case(spam), expires=SOON, shown_at=NOW)
    hold(bob, case(spam), expires=SOON, shown_at=None)
    hold(bob, case(spam), expires=NOW - timedelta(minutes=1), shown_at=NOW - timedelta(days=1))
    hold(bob, case(spam), expires=SOON, state="released")
    hold(bob, case(factories.workflow("ham")), expires=SOON)
    found = loads(spam)
    assert (found["bob"].held, found["bob"].held_since) == (3, opened)
    assert (found["dora"].held, found["dora"].held_since) == (0, None)


def test_what_is_only_reserved_ahead_was_opened_by_nobody(spam: Workflow, bob: User) -> None:
    hold(bob, case(spam), expires=SOON, shown_at=None)
    assert (loads(spam)["bob"].held, loads(spam)["bob"].held_since) == (1, None)


def test_what_was_answered_today(spam: Workflow, bob: User, dora: User) -> None:
    review(bob, case(spam), "yes", at=MIDNIGHT)
    review(bob, case(spam), None, verdict="cannot_decide", at=NOW)
    review(bob, case(spam), "yes", at=MIDNIGHT - timedelta(seconds=1))
    review(bob, case(spam), "yes", withdrawn=True)
    review(bob, case(factories.workflow("ham")), "yes")
    review(dora, case(spam), "no")
    found = loads(spam)
    assert (found["bob"].answered, found["dora"].answered) == (2, 1)


def test_what_was_skipped_today(spam: Workflow, bob: User) -> None:
    hold(bob, case(spam), state="skipped", shown_at=MIDNIGHT)
    hold(bob, case(spam), state="skipped", shown_at=MIDNIGHT - timedelta(seconds=1))
    hold(bob, case(spam), state="skipped", shown_at=None)
    hold(bob, case(factories.workflow("ham")), state="skipped")
    assert loads(spam)["bob"].skipped == 1


def test_how_well_people_judge_stands_beside_it(spam: Workflow, alice: User, bob: User) -> None:
    workflows.change(spam, by=None, reason="t", policy={"gold_share": 0.1, "gold_least": 4})
    examined(bob, spam, right=1, wrong=3)
    found = loads(spam)["bob"].position
    assert (found.state, found.tally) == ("paused", Tally(4, 1))
    assert found.reason == "1 of 4 known answers right; 80 % are needed"
    assert loads(spam)["bob"].answered == 4
    standing.lift(spam, bob, by=alice, reason="trained")
    found = loads(spam)["bob"].position
    assert (found.state, found.lifted) == ("active", "alice: trained")


def test_many_people_cost_no_more_reads(
    spam: Workflow, bob: User, dora: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for person in (bob, dora):
        hold(person, case(spam), expires=SOON)
        review(person, case(spam), "yes")
        examined(person, spam, right=1, wrong=0)
    with django_assert_num_queries(7):
        people.load(spam, NOW)
