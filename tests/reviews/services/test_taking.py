"""From where a person gets the next case: pools by skills, order, and nobody hoards."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from hitl.domain.pools import pool_id
from hitl.domain.roles import Role
from hitl.models import Membership, Referral, Workflow
from hitl.services import access, workflows
from hitl.services.revisions import revision
from models_registry.domain.errors import Conflict
from reviews.domain.claims import MOST_HELD
from reviews.models import Claim, Gold, Review, Standing
from reviews.services import claims, desk, golds, taking
from tests import factories
from tests.reviews.answers import examined
from tests.reviews.desks import (
    claim,
    dials,
    judge,
    level,
    reviewers,
    run_out,
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


# Known answers


@pytest.fixture
def lot(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Has every lot from now on draw this number."""

    def draws(number: float) -> None:
        monkeypatch.setattr(taking, "LOT", SimpleNamespace(random=lambda: number))

    return draws


def gold(workflow: Workflow, name: str = "gold") -> None:
    golds.create(workflow, input={"text": name}, answer="no")


def pause(workflow: Workflow, user: User) -> None:
    """As an operator's page tells it later: too many known answers were wrong."""
    why = "0 of 4 known answers right; 80 % are needed"
    Standing.objects.create(workflow=workflow, reviewer=user, state="paused", since=NOW, reason=why)


@pytest.mark.parametrize("how", ["released", "expired"])
def test_a_known_answer_given_back_comes_again_as_any_case_does(
    spam: Workflow, bob: User, lot: Callable[[float], None], how: str
) -> None:
    dials(spam, gold_share=0.5)
    gold(spam, "gold a")
    gold(spam, "gold b")
    send(spam, "case")
    for drawn, name in ((0.1, "gold a"), (0.9, "gold a"), (0.1, "gold a")):
        lot(drawn)
        case = taken(bob)
        assert text(case) == name, "whatever the lot says"
        if how == "released":
            claims.release(bob, case.referral_id, case.token)
        else:
            run_out(bob)
            claims.expire_due()
    judge(bob)
    lot(0.9)
    assert text(taken(bob)) == "case"


def test_a_known_answer_given_back_comes_again_where_nothing_else_waits(
    spam: Workflow, bob: User, lot: Callable[[float], None]
) -> None:
    dials(spam, gold_share=0.5)
    gold(spam)
    case = send(spam)
    lot(0.1)
    mine = taken(bob)
    claims.release(bob, mine.referral_id, mine.token)
    Referral.objects.filter(case=case).update(state="closed")
    assert text(claim(bob)) == "gold"


def test_a_known_answer_that_was_retired_meanwhile_comes_no_more(
    spam: Workflow, bob: User, dora: User, lot: Callable[[float], None]
) -> None:
    dials(spam, gold_share=0.5)
    gold(spam)
    send(spam, "a")
    send(spam, "b")
    lot(0.1)
    mine = taken(bob)
    claims.release(bob, mine.referral_id, mine.token)
    lot(0.9)
    assert text(taken(dora)) == "a", "what bob gave back is nothing to dora"
    golds.retire(Gold.objects.get())
    assert text(claim(bob)) == "b"


@pytest.mark.parametrize(
    ("policy", "queries"),
    [pytest.param({}, 0, id="no known answers"), pytest.param({"gold_share": 0.1}, 1, id="some")],
)
def test_looking_for_what_was_given_back_is_one_query(
    spam: Workflow, bob: User, policy: dict[str, Any], queries: int
) -> None:
    dials(spam, **policy)
    send(spam)
    with CaptureQueriesContext(connection) as asked:
        claim(bob)
    looked = [one for one in asked if "'gold" in one["sql"] or "'released'" in one["sql"]]
    looked = [one for one in looked if one["sql"].startswith("SELECT") and "EXISTS(" in one["sql"]]
    assert len(looked) == queries


# Paused


def test_nothing_is_shown_to_who_is_paused(spam: Workflow, bob: User) -> None:
    dials(spam, gold_share=0.1)
    for name in "ab":
        send(spam, name)
    mine = taken(bob)
    desk.look_ahead(bob, desk.seats_of(bob))
    pause(spam, bob)
    seats = desk.seats_of(bob)
    for ask in (desk.desk_for, desk.on_desk, desk.look_ahead):
        with pytest.raises(desk.Paused, match="0 of 4"):
            ask(bob, seats)
    with pytest.raises(desk.Paused):
        desk.claim_again(bob, mine.referral_id)
    dials(spam, gold_share=0.0)
    seats = desk.seats_of(bob)
    assert desk.desk_for(bob, seats) is not None, "no known answers, no pause"
    assert desk.claim_again(bob, mine.referral_id) is not None


def test_who_is_paused_in_one_workflow_goes_on_in_another(spam: Workflow, bob: User) -> None:
    ham = factories.workflow("ham")
    access.join(bob, [Role.REVIEWER], ham)
    dials(spam, gold_share=0.1)
    send(spam, "spam")
    send(ham, "ham")
    taken(bob, "spam")
    pause(spam, bob)
    shown = desk.desk_for(bob, desk.seats_of(bob))
    assert text(shown) == "ham"


def test_an_answer_of_who_is_paused_is_kept_but_not_taken(spam: Workflow, bob: User) -> None:
    dials(spam, gold_share=0.1)
    send(spam)
    mine = taken(bob)
    pause(spam, bob)
    with pytest.raises(desk.Paused, match="0 of 4"):
        submit(bob, mine, "yes", comment="sure")
    row = Claim.objects.get()
    assert (row.state, row.draft) == (
        "held",
        {"verdict": "answer", "value": "yes", "comment": "sure"},
    )
    assert not Review.objects.exists()
    with pytest.raises(desk.Paused):
        claims.renew(bob, mine.referral_id, mine.token)
    assert Claim.objects.get().expires == row.expires
    claims.release(bob, mine.referral_id, mine.token)


def test_a_pause_that_the_desk_finds_is_written_down(spam: Workflow, bob: User) -> None:
    dials(spam, gold_share=0.1, gold_least=4)
    examined(bob, spam, right=0, wrong=4)
    with pytest.raises(desk.Paused):
        desk.desk_for(bob, desk.seats_of(bob))
    assert Standing.objects.get().state == "paused"


# As much as any other case shows


@pytest.mark.parametrize(
    ("name", "confidence", "stopped", "suggested"),
    [
        pytest.param("ai_assistance", 0.95, False, True, id="assistance shows all"),
        pytest.param("partial_automation", 0.95, False, False, id="the model would decide it"),
        pytest.param("partial_automation", 0.5, False, True, id="people would decide it"),
        pytest.param("full_automation", 0.95, False, False, id="full automation"),
        pytest.param("full_automation", None, False, True, id="what it cannot use"),
        pytest.param("partial_automation", 0.5, True, False, id="stopped"),
    ],
)
def test_a_known_answer_shows_what_another_case_would(
    bob: User, name: str, confidence: float | None, stopped: bool, suggested: bool
) -> None:
    factories.version("m", confidence=confidence)
    ham = factories.workflow(
        "ham", model="m", level="shadow", policy={"gold_share": 1.0, "gold_least": 1000}
    )
    access.join(bob, [Role.REVIEWER], ham)
    gold(ham)
    send(ham)
    level(ham, name)
    if stopped:
        workflows.stop(ham, by=None, reason="test")
    case = taken(bob)
    assert text(case) == "gold"
    assert (case.suggestion is not None) is suggested
    assert (case.confidence is not None) is (suggested and confidence is not None)
