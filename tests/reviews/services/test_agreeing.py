"""How far the people of a workflow agree."""

from datetime import timedelta
from typing import Any

import jiwer
import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from hitl.domain.roles import Role
from hitl.models import Referral, Workflow
from reviews.domain.agreement import ONE_LABEL, TOO_FEW, Estimate
from reviews.services import agreeing
from tests import factories
from tests.reviews.answers import NOW, case, examined, known, review

pytestmark = pytest.mark.django_db

SINCE, UNTIL = NOW - timedelta(days=30), NOW + timedelta(days=1)


@pytest.fixture
def dora(spam: Workflow) -> User:
    return factories.person("dora", Role.REVIEWER, workflow=spam)


def both(workflow: Workflow, judges: list[User], *values: str, **given: Any) -> Referral:
    """A case that these people judged, one value each."""
    referral = case(workflow, **given)
    for judge, value in zip(judges, values, strict=True):
        review(judge, referral, value)
    return referral


def agreed(workflow: Workflow) -> agreeing.Compared:
    return agreeing.agreement(workflow, since=SINCE, until=UNTIL)


def test_people_who_judged_the_same_cases_are_compared(
    spam: Workflow, bob: User, dora: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    judges = [bob, dora]
    for value in ("yes", "no"):
        for _ in range(8):
            both(spam, judges, value, value)
    for _ in range(4):
        both(spam, judges, "yes", "no")
    agreed(spam)  # reads the revision, which a process keeps
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
        monkeypatch.setattr(agreeing, "MOST_REVIEWS", most)
        found = agreed(spam)
        assert (found.cases, found.complete) == (cases, complete)


def test_more_answers_than_distances_can_be_computed_is_cut_too(
    spam: Workflow, bob: User, dora: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreeing, "MOST_LABELS", 2)
    both(spam, [bob, dora], "c", "c")
    both(spam, [bob, dora], "a", "b")
    both(spam, [bob, dora], "a", "a")
    found = agreed(spam)
    assert (found.cases, found.complete) == (2, False)
    assert {one.label for one in found.labels} == {"a", "b"}


def test_longer_answers_than_distances_can_be_computed_of_are_cut_too(
    spam: Workflow, bob: User, dora: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreeing, "MOST_LETTERS", 5)
    for value in ("a", "b", "c"):
        both(spam, [bob, dora], value, value)
    found = agreed(spam)
    assert (found.cases, found.complete) == (2, False)


def test_known_answers_say_nothing_about_agreement(spam: Workflow, bob: User, dora: User) -> None:
    gold = known(spam)
    for person in (bob, dora):
        review(person, Referral.objects.get(case=gold.case_id), "yes")
    assert agreed(spam).cases == 0


# By task type


TASKS: dict[str, Any] = {
    "text": {"compare": "wer"},
    "number": {"unit": "", "minimum": 0, "maximum": 10},
    "fields": {
        "fields": [
            {"name": "name", "type": "text"},
            {"name": "total", "type": "number"},
        ]
    },
    "classification": {"classes": ["low", "middle", "high"]},
}


def of_type(task_type: str) -> Workflow:
    return factories.workflow("typed", task_type=task_type, answer=TASKS[task_type])


def test_transcripts_have_the_mean_rates_of_wrong_words_and_characters(
    bob: User, dora: User
) -> None:
    """Against jiwer, both ways round."""
    typed = of_type("text")
    said = [("the cat sat", "the cat sat"), ("the cat sat", "the bat sat down")] * 6
    for one, other in said:
        both(typed, [bob, dora], one, other)
    found = agreed(typed)
    for name, rate in (("wer", jiwer.wer), ("cer", jiwer.cer)):
        ways = [(rate(one, other) + rate(other, one)) / 2 for one, other in said]
        assert found.measures[name].value == pytest.approx(sum(ways) / 12)
        assert found.measures[name].n == 12
    assert list(found.scales) == ["Nominal: the same or not"]


def test_numbers_have_an_interval_scale(bob: User, dora: User) -> None:
    typed = of_type("number")
    for i in range(12):
        both(typed, [bob, dora], str(i % 5), str(i % 5 + i % 2))
    found = agreed(typed)
    assert list(found.scales) == [
        "Nominal: the same or not",
        "Interval: squared difference of numbers",
    ]
    nominal, interval = (one.value for one in found.scales.values())
    assert nominal is not None
    assert interval is not None
    assert interval > nominal  # who differs, differs by one


def test_classes_have_an_ordinal_scale(bob: User, dora: User) -> None:
    typed = of_type("classification")
    for i in range(12):
        both(typed, [bob, dora], "low", "middle" if i % 3 else "low")
        both(typed, [bob, dora], "high", "high")
    found = agreed(typed)
    assert "Ordinal: classes in their order" in found.scales
    assert found.alpha.value == found.scales["Nominal: the same or not"].value
    ordinal = found.scales["Ordinal: classes in their order"].value
    assert ordinal is not None
    assert found.alpha.value is not None
    assert ordinal > found.alpha.value


def test_fields_are_compared_one_by_one(bob: User, dora: User) -> None:
    typed = of_type("fields")
    for i in range(12):
        referral = case(typed)
        review(bob, referral, {"name": "Ann", "total": "1"})
        review(dora, referral, {"name": "Ann" if i % 4 else "Anna", "total": "1"})
    found = agreed(typed)
    assert {name: one.value for name, one in found.parts.items()} == {"name": 0.75, "total": 1.0}
    assert found.parts["name"].low is not None


def test_answers_that_a_field_could_have_before_are_compared_as_they_are(
    bob: User, dora: User, alice: User
) -> None:
    typed = of_type("fields")
    both_said = [("abc", "abd"), ("abc", "abc"), ("1", "1.0")] * 4
    for mine, other in both_said:
        referral = case(typed)
        review(bob, referral, {"name": mine, "total": mine})
        review(dora, referral, {"name": other, "total": other})
    found = agreed(typed)
    assert found.cases == 12
    assert found.measures["wrong_fields"].value == pytest.approx((1 + 0 + 0.5) / 3)


def test_weeks_begin_on_mondays_and_come_in_order(spam: Workflow, bob: User, dora: User) -> None:
    for days in (0, 7, 14):
        for _ in range(10):
            both(spam, [bob, dora], "yes", "yes" if days else "no", created=NOW - timedelta(days))
    weeks = agreed(spam).weeks
    assert [week.start.weekday() for week in weeks] == [0, 0, 0]
    assert [week.percent.value for week in weeks] == [1.0, 1.0, 0.0]
    assert weeks[1].start - weeks[0].start == timedelta(days=7)
