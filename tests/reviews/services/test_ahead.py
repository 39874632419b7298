"""Prefetch: the next case reserved ahead, not seen, and given back when somebody leaves."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from hitl.models import Referral, Workflow
from models_registry.domain.errors import Missing, Stale
from reviews.models import Claim, Review
from reviews.services import claims, desk
from reviews.services.desk import OnDesk
from tests.reviews.desks import claim, dials, reviewers, run_out, send, submit, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(spam: Workflow) -> User:
    return reviewers(spam, "dora")[0]


@pytest.fixture(autouse=True)
def _two_cases(spam: Workflow) -> None:
    send(spam, "a")
    send(spam, "b")


def here(user: User) -> OnDesk:
    case = desk.desk_for(user, desk.seats_of(user))
    assert case is not None
    return case


def ahead(user: User) -> OnDesk | None:
    return desk.look_ahead(user, desk.seats_of(user))


def shown() -> dict[str, bool]:
    """Which cases have been seen."""
    rows = Claim.objects.values_list("case__payload__input", "shown_at")
    return {given["text"]: at is not None for given, at in rows}


def test_complaint_12_the_next_case_is_reserved_and_not_seen(spam: Workflow, bob: User) -> None:
    here(bob)
    assert text(ahead(bob)) == "b"
    assert shown() == {"a": True, "b": False}


def test_looking_ahead_twice_gives_the_same_case(spam: Workflow, bob: User) -> None:
    send(spam, "c")
    here(bob)
    first = ahead(bob)
    assert ahead(bob) == first
    assert Claim.objects.count() == 2


def test_there_may_be_nothing_ahead(spam: Workflow, bob: User, dora: User) -> None:
    here(bob)
    here(dora)
    assert ahead(bob) is None


def test_a_case_ahead_is_not_on_the_desk_while_another_is(spam: Workflow, bob: User) -> None:
    first = here(bob)
    ahead(bob)
    assert here(bob) == first
    assert shown() == {"a": True, "b": False}


def test_the_case_ahead_comes_next_and_is_seen_then(spam: Workflow, bob: User) -> None:
    send(spam, "urgent", due_at=datetime.now(UTC))
    ahead(bob)
    send(spam, "more urgent", due_at=datetime.now(UTC) - timedelta(days=1))
    assert text(here(bob)) == "urgent"
    assert shown() == {"urgent": True}
    assert text(ahead(bob)) == "more urgent"


def test_the_time_on_a_case_begins_when_it_is_seen(spam: Workflow, bob: User) -> None:
    first = here(bob)
    second = ahead(bob)
    submit(bob, first)
    assert second is not None
    desk.show(bob, second.referral_id, second.token)
    row = Claim.objects.get(pk=second.claim_id)
    assert row.shown_at is not None
    submit(bob, second, now=row.shown_at + timedelta(seconds=7))
    assert Review.objects.get(claim=row).seconds == 7.0


def test_a_case_is_shown_once(spam: Workflow, bob: User) -> None:
    case = here(bob)
    before = Claim.objects.get().shown_at
    desk.show(bob, case.referral_id, case.token)
    assert Claim.objects.get().shown_at == before
    with pytest.raises(Stale):
        desk.show(bob, case.referral_id, case.token + 1)


def test_nobody_sees_what_another_reserved(spam: Workflow, bob: User, dora: User) -> None:
    case = ahead(bob)
    assert case is not None
    with pytest.raises(Missing):
        desk.show(dora, case.referral_id, case.token)
    here(dora)
    assert claim(dora) is None, "reserved is taken"


def test_leaving_gives_back_what_was_not_seen(spam: Workflow, bob: User, dora: User) -> None:
    first = here(bob)
    ahead(bob)
    seats = desk.seats_of(bob)
    assert desk.leave(bob, seats) == 1
    assert desk.leave(bob, seats) == 0
    assert here(bob) == first
    assert text(here(dora)) == "b"


def test_what_was_given_back_unseen_may_come_again(spam: Workflow, bob: User) -> None:
    here(bob)
    ahead(bob)
    desk.leave(bob, desk.seats_of(bob))
    again = ahead(bob)
    assert again is not None
    assert (text(again), again.token) == ("b", 2)


def test_leaving_one_workflow_keeps_what_is_reserved_in_another(spam: Workflow, bob: User) -> None:
    ahead(bob)
    assert desk.leave(bob, []) == 0
    assert Claim.objects.get().state == "held"


def test_what_is_reserved_too_long_is_for_others(spam: Workflow, bob: User, dora: User) -> None:
    ahead(bob)
    run_out(bob)
    assert claims.expire_due() == 1
    assert text(here(dora)) == "a"


def test_a_heartbeat_keeps_what_is_ahead_too(spam: Workflow, bob: User) -> None:
    first = here(bob)
    ahead(bob)
    run_out(bob)
    claims.renew(bob, first.referral_id, first.token)
    soon = datetime.now(UTC) + timedelta(minutes=9)
    assert Claim.objects.filter(reviewer=bob, expires__gt=soon).count() == 2
    assert claims.expire_due() == 0


def test_a_heartbeat_keeps_no_other_case_that_was_seen(spam: Workflow, bob: User) -> None:
    claim(bob)
    last = claim(bob)
    assert last is not None
    run_out(bob)
    claims.renew(bob, last.referral_id, last.token)
    assert claims.expire_due() == 1


def test_what_is_ahead_counts_towards_what_one_holds(spam: Workflow, bob: User) -> None:
    here(bob)
    ahead(bob)
    assert desk.queue_state(bob, desk.seats_of(bob)).mine == 2


def test_the_second_of_two_may_be_reserved_ahead(spam: Workflow, bob: User, dora: User) -> None:
    Referral.objects.all().update(state="closed")
    dials(spam, reviews_required=2)
    send(spam, "c")
    assert text(ahead(bob)) == text(ahead(dora)) == "c"
    assert Referral.objects.get(state="open").free == 0
