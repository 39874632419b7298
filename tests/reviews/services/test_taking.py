"""From where a person gets the next case: pools by skills, order, and nobody hoards."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from hitl.domain.pools import pool_id
from hitl.domain.roles import Role
from hitl.models import Membership, Referral, Workflow
from hitl.services import access
from hitl.services.revisions import revision
from models_registry.domain.errors import Conflict
from reviews.domain.claims import MOST_HELD
from reviews.models import Claim
from reviews.services import claims, desk
from tests import factories
from tests.reviews.desks import (
    claim,
    dials,
    judge,
    reviewers,
    send,
    submit,
    taken,
    text,
)

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC).replace(microsecond=0)
LATER = NOW + timedelta(hours=5)
GERMAN = {"name": "german", "skills": ["german"]}
LAW = {"name": "law", "skills": ["german", "law"]}


@pytest.fixture
def dora(spam: Workflow) -> User:
    return reviewers(spam, "dora")[0]


@pytest.fixture
def skilled(spam: Workflow) -> Workflow:
    return dials(spam, pools=[GERMAN, LAW])


def test_taking_is_one_statement_on_postgresql(
    spam: Workflow, bob: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    send(spam)
    seats = desk.seats_of(bob)
    revision(spam.pk, 1)
    most = 1 if connection.vendor == "postgresql" else 7  # a savepoint's two included
    with django_assert_max_num_queries(most):
        assert desk.claim(bob, seats)


def test_complaint_2_two_people_never_get_the_same_case(
    spam: Workflow, bob: User, dora: User
) -> None:
    send(spam, "a")
    send(spam, "b")
    assert {text(claim(bob)), text(claim(dora))} == {"a", "b"}
    assert claim(bob) is claim(dora) is None


ORDERS = [
    pytest.param([{"due_at": LATER}, {"due_at": NOW}], [1, 0], id="what is due first"),
    pytest.param(
        [{"due_at": LATER, "priority": 1}, {"due_at": LATER, "priority": 2}],
        [1, 0],
        id="then what is more important",
    ),
    pytest.param(
        [
            {"due_at": LATER, "more": {"confidence": 0.9}},
            {"due_at": LATER, "more": {"confidence": 0.5}},
            {"due_at": LATER, "more": {"confidence": None}},
        ],
        [2, 1, 0],
        id="then what the model is least sure of",
    ),
    pytest.param([{"due_at": LATER}, {"due_at": LATER}], [0, 1], id="then what came first"),
    pytest.param(
        [{"due_at": LATER, "priority": 1000}, {"due_at": NOW, "priority": -1000}],
        [1, 0],
        id="due before importance",
    ),
]


@pytest.mark.parametrize(("cases", "order"), ORDERS)
@pytest.mark.parametrize("pools", [1, 2])
def test_cases_come_in_order(
    bob: User, pools: int, cases: list[dict[str, Any]], order: list[int]
) -> None:
    """However many pools they wait in."""
    schema = {"type": "object"}
    where = []
    for i in range(pools):
        factories.version(f"m{i}")
        made = factories.workflow(f"w{i}", model=f"m{i}", level="shadow", schema=schema)
        access.join(bob, [Role.REVIEWER], made)
        where.append(made)
    for i, given in enumerate(cases):
        send(where[i % pools], str(i), **{**given, "more": dict(given.get("more", {}))})
    assert [int(text(claim(bob))) for _ in cases] == order


# Seats


def names(user: User, workflow: Workflow) -> set[str]:
    """The pools that somebody serves, by name."""
    (seat,) = desk.seats_of(user, workflow.slug)
    known = {pool_id(workflow.pk, name): name for name in ("", "german", "law")}
    return {known[pool] for pool in seat.pools}


def test_a_person_takes_only_from_their_own_workflows(spam: Workflow, bob: User) -> None:
    send(factories.workflow("ham"))
    assert desk.seats_of(bob, "ham") == []
    assert claim(bob) is None
    assert desk.claim(bob, []) is None


def test_a_person_may_take_from_one_workflow_of_many(spam: Workflow) -> None:
    root = factories.person("root", Role.REVIEWER)
    ham = factories.workflow("ham")
    send(spam, "spam")
    send(ham, "ham")
    assert [seat.workflow_id for seat in desk.seats_of(root)] == [ham.pk, spam.pk]
    assert text(claim(root, "ham")) == "ham"
    assert claim(root, "ham") is None


@pytest.mark.parametrize("role", [Role.AUDITOR])
def test_who_may_not_review_has_no_seat(spam: Workflow, charlie: User, role: Role) -> None:
    access.join(charlie, [role], spam)
    assert desk.seats_of(charlie) == []


def test_who_left_has_no_seat(spam: Workflow, bob: User) -> None:
    bob.is_active = False
    assert desk.seats_of(bob) == []


@pytest.mark.parametrize(
    ("skills", "open_"),
    [
        ([], {""}),
        (["law"], {""}),
        (["german"], {"", "german"}),
        (["law", "german"], {"", "german", "law"}),
    ],
)
def test_complaint_18_skills_open_pools(
    skilled: Workflow, bob: User, skills: list[str], open_: set[str]
) -> None:
    Membership.objects.filter(user=bob).update(skills=skills)
    assert names(bob, skilled) == open_


def test_skills_of_all_memberships_count_where_they_hold(skilled: Workflow, bob: User) -> None:
    ham = factories.workflow("ham", policy={"pools": [GERMAN, LAW]})
    Membership.objects.filter(user=bob).update(skills=["law"])
    Membership.objects.create(user=bob, role=Role.REVIEWER, skills=["german"])
    assert names(bob, skilled) == {"", "german", "law"}
    assert names(bob, ham) == {"", "german"}


def test_skills_of_a_role_that_does_not_judge_open_nothing(skilled: Workflow, bob: User) -> None:
    Membership.objects.create(user=bob, role=Role.AUDITOR, skills=["german"])
    assert names(bob, skilled) == {""}


def test_a_superuser_serves_every_pool(skilled: Workflow) -> None:
    assert names(User.objects.create_superuser("root"), skilled) == {"", "german", "law"}


def test_a_case_for_the_skilled_waits_for_them(skilled: Workflow, bob: User) -> None:
    (dora,) = reviewers(skilled, "dora", skills=("german",))
    send(skilled, "de", pool="german")
    assert claim(bob) is None
    assert text(claim(dora)) == "de"


def test_who_serves_a_pool_serves_the_workflows_own_too(skilled: Workflow, bob: User) -> None:
    Membership.objects.filter(user=bob).update(skills=["german"])
    send(skilled, "any")
    send(skilled, "de", pool="german", due_at=NOW)
    assert [text(claim(bob)) for _ in range(2)] == ["de", "any"]


# How many


def test_nobody_hoards(spam: Workflow, bob: User, dora: User) -> None:
    for i in range(MOST_HELD + 1):
        send(spam, str(i))
    held = [taken(bob) for _ in range(MOST_HELD)]
    assert claim(bob) is None
    assert taken(dora)
    state = desk.queue_state(bob, desk.seats_of(bob))
    assert state.mine == MOST_HELD
    with pytest.raises(Conflict, match="You hold 20 cases"):
        desk.refuse_hoarding(state)
    submit(bob, held[0])
    send(spam)
    assert taken(bob)


def test_what_is_not_too_much_is_not_refused(spam: Workflow, bob: User) -> None:
    send(spam)
    taken(bob)
    desk.refuse_hoarding(desk.queue_state(bob, desk.seats_of(bob)))


def test_complaint_6_the_second_reviewer_uses_the_normal_stream(
    spam: Workflow, bob: User, dora: User
) -> None:
    dials(spam, reviews_required=2)
    send(spam, "a")
    send(spam, "b")
    assert {text(claim(bob)), text(claim(bob))} == {"a", "b"}
    assert claim(bob) is None, "a person meets a case once"
    assert {text(claim(dora)), text(claim(dora))} == {"a", "b"}


def test_complaint_4_there_is_no_place_for_more_than_were_asked_for(
    spam: Workflow, bob: User, dora: User
) -> None:
    dials(spam, reviews_required=2)
    (eric,) = reviewers(spam, "eric")
    send(spam)
    judge(bob)
    taken(dora)
    assert claim(eric) is None
    assert Referral.objects.get().free == 0


def test_a_place_that_is_given_back_is_for_one_person_again(
    spam: Workflow, bob: User, dora: User
) -> None:
    dials(spam, reviews_required=2)
    (eric,) = reviewers(spam, "eric")
    send(spam)
    first = taken(bob)
    taken(dora)
    claims.skip(bob, first.referral_id, first.token, "no")
    assert claim(bob) is None
    assert claim(eric) is not None
    assert Claim.objects.filter(state="held").count() == 2
