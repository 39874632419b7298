"""The numbers of a team, and a person's own."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from hitl.domain.roles import Role
from hitl.models import Case, Prediction, Referral, Workflow
from reviews.domain.bias import Count
from reviews.domain.standing import Tally
from reviews.models import Review
from reviews.services import judged, measuring
from reviews.services.measuring import Numbers
from tests import factories
from tests.reviews.answers import NOW, answer, case, examined, known, review
from tests.reviews.desks import dials, judge, reviewers, send

pytestmark = pytest.mark.django_db

YESTERDAY = NOW - timedelta(days=1)


@pytest.fixture
def dora(spam: Workflow) -> User:
    return factories.person("dora", Role.REVIEWER, workflow=spam)


def of(workflow: Workflow, person: User, **given: Any) -> Numbers:
    return dict(measuring.team(workflow, NOW, **given).people)[person]


def suggest(referral: Referral, value: str = "yes", **given: Any) -> None:
    """What the model said about a case."""
    version = referral.case.workflow.revisions.get(no=1).champion
    assert version is not None
    Prediction.objects.create(
        case=referral.case, version=version, role="live", arm="champion", value=value, **given
    )


def test_how_fast_and_how_much_people_judge(spam: Workflow, bob: User, dora: User) -> None:
    for i in range(30):
        said = review(bob if i < 20 else dora, case(spam), "yes")
        Review.objects.filter(pk=said.pk).update(seconds=10.0 if i < 20 else 1.0)
    bobs, doras = of(spam, bob), of(spam, dora)
    assert (bobs.judged, bobs.pace.median, bobs.pace.p90, bobs.pace.bound) == (20, 10.0, 10.0, 2.0)
    assert (bobs.pace.fast, bobs.pace.suspicious) == (0, False)
    assert (doras.pace.fast, doras.pace.suspicious) == (10, True)
    whole = measuring.team(spam, NOW).whole
    assert (whole.judged, whole.pace.fast) == (30, 10)


def test_the_span_is_whole_days_that_end_today(spam: Workflow, bob: User) -> None:
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    for at in (NOW, midnight - timedelta(days=6), midnight - timedelta(days=6, seconds=1)):
        review(bob, case(spam), "yes", at=at)
    review(bob, case(spam), "yes", withdrawn=True)
    review(bob, case(factories.workflow("ham")), "yes")
    assert of(spam, bob, days=7).judged == 2
    month = of(spam, bob, days=30)
    assert month.judged == 3
    assert len(month.days) == 30
    assert list(month.days.values())[-8:] == [1, 1, 0, 0, 0, 0, 0, 1]
    assert list(month.days)[-1] == NOW.date()


def test_the_consensus_is_that_of_several_or_of_an_adjudicator(
    spam: Workflow, bob: User, dora: User
) -> None:
    def closed(needed: int, **answered: Any) -> Referral:
        referral = case(spam, needed=needed, state="closed", **answered)
        for person, value in ((bob, "yes"), (dora, "no"))[:needed]:
            review(person, referral, value)
        return referral

    closed(2, answer="yes")
    closed(2, unusable=True)
    closed(1, answer="yes")  # nobody else said so
    disputed = closed(2)
    settles = {"kind": "adjudicate", "needed": 1, "opened": NOW, "due": NOW, "pool": spam.pk}
    done = Referral.objects.create(
        case=disputed.case, state="closed", answer="no", closed=NOW, **settles
    )
    finn = factories.person("finn", Role.REVIEWER, workflow=spam)
    review(finn, done, "no")
    review(bob, case(spam), "yes")  # still open
    assert of(spam, bob).consensus == Count(1, 3)
    assert of(spam, dora).consensus == Count(1, 3)
    assert of(spam, finn).consensus == Count(0, 0)


def test_bad_input_and_doubt_beside_the_consensus(spam: Workflow, bob: User, dora: User) -> None:
    bad = case(spam, state="closed", unusable=True)
    review(bob, bad, None, verdict="bad_input")
    review(dora, bad, None, verdict="cannot_decide")
    assert of(spam, bob).consensus == Count(1, 1)
    assert of(spam, dora).consensus == Count(0, 0)


def test_the_consensus_through_the_real_services(spam: Workflow) -> None:
    people = reviewers(spam, "eric", "frida", "gus")
    dials(spam, reviews_required=2)
    for last in ("no", "yes"):
        send(spam)
        judge(people[0], "no")
        judge(people[1], last)
    judge(people[2], "no")
    spam.refresh_from_db()
    now = datetime.now(NOW.tzinfo)
    found = {user.username: one.consensus for user, one in measuring.team(spam, now).people}
    assert found == {"eric": Count(2, 2), "frida": Count(1, 2), "gus": Count(0, 0)}


def test_who_follows_the_suggestions_in_sight(spam: Workflow, bob: User) -> None:
    for value, blind, error in (
        ("yes", False, ""),
        ("no", False, ""),
        ("yes", True, ""),
        ("yes", False, "failed"),
    ):
        referral = case(spam)
        suggest(referral, error=error)
        said = review(bob, referral, value)
        Review.objects.filter(pk=said.pk).update(blind=blind)
    unsaid = case(spam)
    suggest(unsaid)
    review(bob, unsaid, None, verdict="bad_input")
    assert of(spam, bob).followed == Count(1, 3)


def test_known_answers_count_once_they_are_settled(spam: Workflow, bob: User, dora: User) -> None:
    examined(bob, spam, right=3, wrong=1)
    answer(bob, known(spam, "open"), "yes", undo_until=NOW + timedelta(hours=1))
    examined(dora, spam, right=1, wrong=0, at=NOW - timedelta(days=40))
    team = measuring.team(spam, NOW)
    assert dict(team.people)[bob].known == team.whole.known == Tally(4, 3)


def test_reads_do_not_grow_with_people_or_judgements(
    spam: Workflow, bob: User, dora: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        for person in (bob, dora):
            review(person, case(spam), "yes")
            examined(person, spam, right=1, wrong=0)
    measuring.team(spam, NOW)
    with django_assert_num_queries(4):
        measuring.team(spam, NOW)
    with django_assert_num_queries(4):
        measuring.own(spam, bob, NOW)


def test_more_than_is_looked_at_is_said(
    spam: Workflow, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        review(bob, case(spam), "yes")
    monkeypatch.setattr(judged, "MOST", 3)
    assert measuring.team(spam, NOW).complete
    monkeypatch.setattr(judged, "MOST", 2)
    team = measuring.team(spam, NOW)
    assert (team.complete, team.whole.judged) == (False, 2)


# A person's own


def test_own_numbers_are_ones_own(spam: Workflow, bob: User, dora: User) -> None:
    for _ in range(20):
        said = review(dora, case(spam), "yes")
        Review.objects.filter(pk=said.pk).update(seconds=50.0)
    for _ in range(3):
        review(bob, case(spam), "yes")
    own = measuring.own(spam, bob, NOW)
    assert (own.numbers.judged, own.numbers.pace.median, own.complete) == (3, 1.0, True)
    assert own.numbers.pace.bound == 10.0  # a fifth of everybody's median


@pytest.mark.parametrize(
    ("right", "wrong", "shown"),
    [
        pytest.param(9, 0, Tally(0, 0), id="nine"),
        pytest.param(9, 1, Tally(10, 9), id="ten"),
        pytest.param(10, 9, Tally(10, 10), id="nineteen"),
        pytest.param(10, 10, Tally(20, 10), id="twenty"),
    ],
)
def test_ones_own_known_answers_come_in_tens(
    spam: Workflow, bob: User, right: int, wrong: int, shown: Tally
) -> None:
    """So the number moves by no single case, and none can be told to be a known answer."""
    examined(bob, spam, right=right, wrong=wrong, at=YESTERDAY)
    assert measuring.own(spam, bob, NOW).numbers.known == shown


def test_what_was_settled_today_moves_no_own_number(spam: Workflow, bob: User) -> None:
    """Otherwise whoever looks after each case would see which of them was a known answer."""
    examined(bob, spam, right=10, wrong=0, at=YESTERDAY)
    review(bob, case(spam, state="closed", answer="yes"), "yes", at=YESTERDAY)
    before = measuring.own(spam, bob, NOW).numbers
    assert (before.known, before.consensus) == (Tally(10, 10), Count(1, 1))
    for i in range(10):
        answer(bob, known(spam, f"today {i}"), "no")
    review(bob, case(spam, state="closed", answer="yes"), "no")
    after = measuring.own(spam, bob, NOW).numbers
    assert (after.known, after.consensus) == (before.known, before.consensus)
    assert after.judged == before.judged + 11


def test_a_known_answer_moves_own_numbers_as_any_case_does(spam: Workflow, bob: User) -> None:
    """It is timed, counted, and its suggestion followed, like the others."""
    plain = case(spam)
    suggest(plain)
    review(bob, plain, "yes")
    one = measuring.own(spam, bob, NOW).numbers
    gold = known(spam)
    if not Prediction.objects.filter(case=gold.case_id, role="live").exists():
        suggest(Referral.objects.get(case=gold.case_id))
    answer(bob, gold, "yes")
    two = measuring.own(spam, bob, NOW).numbers
    assert (two.judged - one.judged, two.pace.n - one.pace.n) == (1, 1)
    assert (one.followed, two.followed) == (Count(1, 1), Count(2, 2))
    assert Case.objects.count() == 2
