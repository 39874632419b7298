"""The people of a workflow: their work, and how far they agree."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from hitl.domain.roles import Role
from hitl.models import Membership, Referral, Workflow
from hitl.services import workflows
from reviews.domain.agreement import ONE_LABEL, TOO_FEW, Estimate
from reviews.domain.standing import Tally
from reviews.models import Standing
from reviews.services import people, standing
from reviews.services.people import Load
from tests import factories
from tests.reviews.answers import NOW, case, examined, hold, known, review

pytestmark = pytest.mark.django_db

MIDNIGHT = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
SOON = datetime.now(UTC) + timedelta(hours=1)
SINCE, UNTIL = NOW - timedelta(days=30), NOW + timedelta(days=1)


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


# Agreement


def both(workflow: Workflow, judges: list[User], *values: str, **given: Any) -> Referral:
    """A case that these people judged, one value each."""
    referral = case(workflow, **given)
    for judge, value in zip(judges, values, strict=True):
        review(judge, referral, value)
    return referral


def agreed(workflow: Workflow) -> people.Compared:
    return people.agreement(workflow, since=SINCE, until=UNTIL)


def test_people_who_judged_the_same_cases_are_compared(
    spam: Workflow, bob: User, dora: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    judges = [bob, dora]
    for value in ("yes", "no"):
        for _ in range(8):
            both(spam, judges, value, value)
    for _ in range(4):
        both(spam, judges, "yes", "no")
    with django_assert_num_queries(2):
        found = agreed(spam)
    assert (found.cases, found.judgements, found.complete) == (20, 40, True)
    assert found.percent.value == pytest.approx(0.8)
    # Expected by chance among 20 yes and 20 no: 20/39; observed difference 4/20.
    assert found.alpha.value == pytest.approx(1 - 0.2 / (20 * 20 * 2 / (40 * 39)))
    assert [user for user, _ in found.people] == judges
    assert all(one.value == pytest.approx(0.8) and one.n == 20 for _, one in found.people)
    assert {(one.verdict, one.label) for one in found.labels} == {
        ("answer", "yes"),
        ("answer", "no"),
    }
    assert all(one.estimate.value == pytest.approx(16 / 20) for one in found.labels)
    (pair,) = found.pairs
    assert pair.users == (bob, dora)
    assert pair.kappa.value == pytest.approx((0.8 - 0.48) / (1 - 0.48), abs=0.03)
    for one in (found.percent, found.alpha, pair.percent, pair.kappa):
        assert one.low is not None
        assert one.high is not None
        assert one.low < one.high
    assert agreed(spam) == found  # the interval too: the same reviews, the same numbers


def test_what_is_no_independent_judgement_is_left_out(
    spam: Workflow, bob: User, dora: User
) -> None:
    judges = [bob, dora]
    both(spam, judges, "yes", "no", needed=1)
    both(spam, judges, "yes", "no", kind="gold")
    both(spam, judges, "yes", "no", created=SINCE - timedelta(seconds=1))
    both(spam, judges, "yes", "no", created=UNTIL)
    both(factories.workflow("ham"), judges, "yes", "no")
    alone = case(spam)
    review(bob, alone, "yes")
    review(dora, alone, "no", withdrawn=True)
    unsure = case(spam)
    review(bob, unsure, "yes")
    review(dora, unsure, None, verdict="cannot_decide")
    for person in judges:
        examined(person, spam, right=1, wrong=1)
    assert agreed(spam).cases == 0


def test_the_span_holds_its_beginning_and_not_its_end(
    spam: Workflow, bob: User, dora: User
) -> None:
    both(spam, [bob, dora], "yes", "no", created=SINCE)
    assert agreed(spam).cases == 1


def test_too_few_cases_are_said_to_be_too_few(spam: Workflow, bob: User, dora: User) -> None:
    both(spam, [bob, dora], "yes", "no")
    found = agreed(spam)
    nothing = Estimate(1, note=TOO_FEW)
    assert (found.cases, found.percent, found.alpha) == (1, nothing, nothing)
    assert [estimate for _, estimate in found.people] == [nothing, nothing]
    assert [one.estimate for one in found.labels] == [nothing, nothing]
    assert found.pairs == []


def test_no_case_at_all_is_no_agreement(spam: Workflow) -> None:
    found = agreed(spam)
    assert (found.cases, found.judgements, found.complete) == (0, 0, True)
    assert found.percent == found.alpha == Estimate(0, note=TOO_FEW)
    assert not found.labels
    assert not found.people
    assert not found.pairs


def test_bad_input_is_an_answer_like_any_other(spam: Workflow, bob: User, dora: User) -> None:
    for _ in range(12):
        referral = case(spam)
        for person in (bob, dora):
            review(person, referral, None, verdict="bad_input")
    found = agreed(spam)
    assert [(one.verdict, one.label) for one in found.labels] == [("bad_input", None)]
    assert (found.percent.value, found.alpha.note) == (1.0, ONE_LABEL)
    for _ in range(12):
        referral = case(spam)
        review(bob, referral, None, verdict="bad_input")
        review(dora, referral, "yes")
    assert agreed(spam).percent.value == 0.5


def test_three_people_of_whom_not_all_judge_every_case(
    spam: Workflow, bob: User, dora: User
) -> None:
    finn = factories.person("finn", Role.REVIEWER, workflow=spam)
    for _ in range(10):
        both(spam, [bob, dora], "yes", "yes", needed=3)
        both(spam, [dora, finn], "yes", "no", needed=3)
        both(spam, [bob, dora, finn], "no", "no", "yes", needed=3)
    found = agreed(spam)
    assert (found.cases, found.judgements) == (30, 70)
    shares = {user.username: one.value for user, one in found.people}
    assert shares == {"bob": 0.75, "dora": pytest.approx(0.5), "finn": 0.0}
    names = [tuple(user.username for user in pair.users) for pair in found.pairs]
    assert sorted(sorted(pair) for pair in names) == [
        ["bob", "dora"],
        ["bob", "finn"],
        ["dora", "finn"],
    ]


def test_more_than_can_be_compared_is_cut_at_a_whole_case(
    spam: Workflow, bob: User, dora: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest stay."""
    for value in ("yes", "no", "yes"):
        both(spam, [bob, dora], value, value)
    for most, cases, complete in ((6, 3, True), (5, 2, False), (4, 2, False), (3, 1, False)):
        monkeypatch.setattr(people, "MOST_REVIEWS", most)
        found = agreed(spam)
        assert (found.cases, found.complete) == (cases, complete)


def test_more_answers_than_distances_can_be_computed_is_cut_too(
    spam: Workflow, bob: User, dora: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "MOST_LABELS", 2)
    both(spam, [bob, dora], "c", "c")
    both(spam, [bob, dora], "a", "b")
    both(spam, [bob, dora], "a", "a")
    found = agreed(spam)
    assert (found.cases, found.complete) == (2, False)
    assert {one.label for one in found.labels} == {"a", "b"}


def test_known_answers_say_nothing_about_agreement(spam: Workflow, bob: User, dora: User) -> None:
    gold = known(spam)
    for person in (bob, dora):
        review(person, Referral.objects.get(case=gold.case_id), "yes")
    assert agreed(spam).cases == 0
