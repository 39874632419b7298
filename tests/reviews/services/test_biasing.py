"""Automation bias through the real services: that the counted cells are the right ones."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from hitl.models import Case, Prediction, Workflow
from hitl.services import bulk, cases
from hitl.services.bulk import Filter
from reviews.domain.bias import Count, Seen, Stamp, Turns
from reviews.domain.consensus import Said, Verdict
from reviews.models import Claim, Review
from reviews.services import biasing, judged, judging
from reviews.services.biasing import Bias
from reviews.services.desk import OnDesk
from reviews.services.judging import Submitted, Suggested
from tests import factories
from tests.reviews.answers import answer, known
from tests.reviews.desks import UNSURE, dials, judge, level, reviewers, send, settled, taken

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)


@pytest.fixture
def assisted(spam: Workflow) -> Workflow:
    """Half of the cases are blind; the model says yes."""
    return dials(level(spam, "ai_assistance"), blind_share=0.5)


def found(workflow: Workflow) -> Bias:
    workflow.refresh_from_db()
    return biasing.bias(workflow, datetime.now(UTC))


def judge_all(person: User, n: int, workflow: Workflow, says: Callable[[OnDesk], str]) -> None:
    for _ in range(n):
        send(workflow)
        case = taken(person)
        judging.submit(person, case.referral_id, case.token, Said(Verdict.ANSWER, says(case)))


def twice(person: User, first: str, final: str) -> Case:
    """A case judged in two stages."""
    case = taken(person)
    for value, stage in ((first, Suggested), (final, Submitted)):
        said = Said(Verdict.ANSWER, value)
        token = Claim.objects.get(pk=case.claim_id).token  # the final one has another
        assert isinstance(judging.submit(person, case.referral_id, token, said), stage)
    return Case.objects.get(referrals=case.referral_id)


def follow(case: OnDesk) -> str:
    """Yes where the model says so in sight, no otherwise."""
    return "no" if case.suggestion is None else str(case.suggestion)


def test_cases_count_by_whether_the_suggestion_was_in_sight(
    assisted: Workflow, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Bob gives the model's answer whenever he sees it, and never of himself."""
    judge_all(bob, 40, assisted, follow)
    blind = Case.objects.filter(blind=True).count()
    seen = Seen(shown=Count(40 - blind, 40 - blind), hidden=Count(0, blind))
    one = found(assisted)
    assert (one.share, one.seen, one.complete) == (0.5, seen, True)
    assert one.blind_error == Count(blind, blind)
    assert one.claimed_error == Count(0, 40 - blind)
    (person,) = one.people
    assert (person.user, person.seen) == (bob, seen)
    with django_assert_num_queries(2):
        biasing.bias(assisted, NOW)


def test_the_difference_is_that_of_the_cells(assisted: Workflow, bob: User) -> None:
    judge_all(bob, 60, assisted, follow)
    one = found(assisted)
    assert one.difference.value == 1.0
    assert one.difference.low is not None
    assert one.difference.low > 0.5
    assert one.people[0].raw == one.difference
    assert one.people[0].shrunk.value is not None
    assert 0.8 < one.people[0].shrunk.value < 1


def test_who_gives_no_answer_does_not_agree(assisted: Workflow, bob: User) -> None:
    dials(assisted, blind_share=0.5)
    for _ in range(20):
        send(assisted)
        judge(bob, UNSURE)
    one = found(assisted)
    assert (one.seen.shown.hits, one.seen.hidden.hits) == (0, 0)
    assert one.seen.shown.n + one.seen.hidden.n == 20


@pytest.mark.parametrize("why", ["human_only", "shadow", "stopped", "withdrawn", "no prediction"])
def test_what_was_not_drawn_says_nothing(assisted: Workflow, bob: User, why: str) -> None:
    if why in {"human_only", "shadow"}:
        level(assisted, why)
    if why == "stopped":
        level(assisted, "shadow")
    if why == "withdrawn":
        dials(assisted, undo_seconds=60)
    judge_all(bob, 10, assisted, follow)
    if why == "withdrawn":
        for review in Review.objects.all():
            judging.withdraw(bob, review.pk)
    if why == "no prediction":
        Prediction.objects.update(error="The model gave no value.", value=None)
    one = found(assisted)
    assert (one.share, one.seen) == (None, Seen())
    assert one.people == [] or why in {"shadow", "stopped"}


def test_known_answers_second_looks_contests_and_audits_are_left_out(
    assisted: Workflow, bob: User
) -> None:
    dora, eric = reviewers(assisted, "dora", "eric")
    dials(assisted, second_look=True)
    judge_all(bob, 20, assisted, lambda case: "no")
    before = found(assisted).seen
    assert before.shown.n + before.hidden.n == 20
    for _ in range(before.hidden.n):  # second looks at what was disputed blind
        judge(dora, "no")
    case = Case.objects.filter(status="decided", blind=False)[0]
    cases.say(case, kind="contest", value=None, statement="wrong")
    judge(eric, "yes")
    for i in range(3):
        answer(dora, known(assisted, f"known {i}"), "yes")
    kinds = set(Review.objects.values_list("claim__referral__kind", flat=True))
    assert kinds >= {"decide", "second_look", "contest", "gold"}
    assert found(assisted).seen == before
    level(dials(assisted, audit_share=1.0), "full_automation")
    send(assisted)
    settled()
    assert found(assisted).seen == before


def test_what_was_decided_in_bulk_is_left_out(assisted: Workflow, alice: User, bob: User) -> None:
    judge_all(bob, 6, assisted, follow)
    before = found(assisted)
    for _ in range(6):
        send(assisted)
    bulk.decide(assisted, Filter(), value="yes", reason="known", by=alice)
    assert found(assisted) == before


def test_a_case_that_several_judged_counts_once_for_the_workflow(assisted: Workflow) -> None:
    people = reviewers(assisted, "dora", "eric")
    dials(assisted, reviews_required=2)
    for _ in range(12):
        send(assisted)
    for person in people:
        for _ in range(12):
            judge(person, "yes")
    one = found(assisted)
    assert one.seen.shown.n + one.seen.hidden.n == 12
    assert [p.seen.shown.n + p.seen.hidden.n for p in one.people] == [12, 12]


def test_cases_are_compared_within_one_blind_share(assisted: Workflow, bob: User) -> None:
    judge_all(bob, 30, assisted, follow)
    before = found(assisted)
    dials(assisted, blind_share=0.01)
    judge_all(bob, 10, assisted, follow)
    one = found(assisted)
    assert (one.share, one.seen) == (0.5, before.seen)


def test_only_the_newest_are_counted_and_that_is_said(
    assisted: Workflow, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge_all(bob, 6, assisted, follow)
    monkeypatch.setattr(judged, "MOST", 4)
    one = found(assisted)
    assert not one.complete
    assert one.seen.shown.n + one.seen.hidden.n <= 4


def test_another_workflow_and_an_earlier_time_are_left_out(assisted: Workflow, bob: User) -> None:
    judge_all(bob, 10, assisted, follow)
    other = factories.workflow("ham", level="human_only")
    assert found(other).seen == Seen()
    later = datetime.now(UTC) + timedelta(days=8)
    assert biasing.bias(assisted, later, days=7).seen == Seen()


# Two stages


@pytest.fixture
def staged(assisted: Workflow) -> Workflow:
    return dials(assisted, two_stage=True, blind_share=1.0)


def test_an_outcome_tells_who_was_right(staged: Workflow, bob: User) -> None:
    """The model says yes. Right at first, and flipped; right, and kept; wrong, and mended."""
    story = [("no", "yes", "no"), ("no", "no", "no"), ("no", "yes", "yes"), ("no", "no", "yes")]
    for first, final, truth in story:
        send(staged)
        cases.say(twice(bob, first, final), kind="outcome", value=truth, statement="")
    send(staged)
    twice(bob, "no", "yes")  # of which nothing else is known
    one = found(staged)
    assert one.turns == Turns(flipped=Count(1, 2), mended=Count(1, 2))
    assert one.truths == {"outcome": 4}


def test_the_first_answer_is_the_blind_one(staged: Workflow, bob: User) -> None:
    dials(staged, blind_share=0.5)
    for _ in range(30):
        send(staged)
        case = taken(bob)
        said = judging.submit(bob, case.referral_id, case.token, Said(Verdict.ANSWER, "no"))
        if isinstance(said, Suggested):
            final = Said(Verdict.ANSWER, "yes")
            judging.submit(bob, case.referral_id, said.token, final)
    blind = Case.objects.filter(blind=True).count()
    assert found(staged).seen == Seen(Count(0, 30 - blind), Count(0, blind))


def test_an_adjudicator_tells_who_was_right(staged: Workflow) -> None:
    dora, eric, frida = reviewers(staged, "dora", "eric", "frida")
    dials(staged, reviews_required=2)
    send(staged)
    twice(dora, "no", "yes")
    twice(eric, "no", "no")
    judge(frida, "no")
    one = found(staged)
    assert one.turns.flipped == Count(1, 2)  # dora was led, eric was not
    assert one.truths == {"adjudication": 2}


def test_all_others_tell_by_what_they_said_unaided(staged: Workflow) -> None:
    """Dora and eric are both led astray: of each the other's first answer tells."""
    dora, eric = reviewers(staged, "dora", "eric")
    dials(staged, reviews_required=2)
    send(staged)
    twice(dora, "no", "yes")
    assert found(staged).turns == Turns(Count(), Count())  # nobody else has spoken
    twice(eric, "no", "yes")
    one = found(staged)
    assert one.turns == Turns(flipped=Count(2, 2), mended=Count())
    assert one.truths == {"others": 2}


def test_others_who_differ_tell_nothing(staged: Workflow) -> None:
    people = reviewers(staged, "dora", "eric", "frida")
    dials(staged, reviews_required=3, consensus="majority")
    send(staged)
    for person, first in zip(people, ("no", "no", "yes"), strict=True):
        twice(person, first, "no")
    one = found(staged)  # of dora: eric says no, frida yes; of frida: both say no
    assert one.truths == {"others": 1}
    assert one.turns == Turns(Count(), Count())


def test_a_final_answer_that_is_none_is_not_right(staged: Workflow, bob: User) -> None:
    send(staged)
    case = taken(bob)
    first = judging.submit(bob, case.referral_id, case.token, Said(Verdict.ANSWER, "no"))
    assert isinstance(first, Suggested)
    judging.submit(bob, case.referral_id, first.token, UNSURE)
    row = Case.objects.get(referrals=case.referral_id)
    cases.say(row, kind="outcome", value="no", statement="")
    assert found(staged).turns.flipped == Count(1, 1)


# Stamping


def test_who_follows_everything_and_is_fast_is_pointed_out(
    assisted: Workflow, bob: User, dora: User
) -> None:
    dials(assisted, blind_share=0.01)
    judge_all(bob, 60, assisted, lambda case: "yes")
    judge_all(dora, 65, assisted, lambda case: "yes")
    Review.objects.filter(claim__reviewer=bob).update(seconds=0.5)
    Review.objects.filter(claim__reviewer=dora).update(seconds=9.0)
    Case.objects.filter(blind=True).update(blind=False)
    Review.objects.update(blind=False)
    states = {one.user.username: one.stamp for one in found(assisted).people}
    assert states == {"bob": Stamp.WARNING, "dora": Stamp.UNKNOWN}


@pytest.fixture
def dora(spam: Workflow) -> User:
    (person,) = reviewers(spam, "dora")
    return person


def test_nobody_judged_is_no_bias(spam: Workflow) -> None:
    one: Any = found(spam)
    assert (one.share, one.people, one.truths) == (None, [], {})
    assert one.difference.value is None
