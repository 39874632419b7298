"""Comparing: in the order of the sample, once, and nothing that is no evidence."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from hitl.domain.evidence.guard import Guard
from hitl.domain.policy import Target
from hitl.models import Case, Comparison, Epoch, Referral, Workflow
from hitl.services import cases, workflows
from hitl.services.evidence import comparing
from models_registry.models import ModelVersion
from tests.reviews.desks import UNSURE, dials, judge, level, reviewers, send, settled

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=5)


@pytest.fixture
def spam(spam: Workflow) -> Workflow:
    """The model's reference scores are known, so that all its cases count."""
    scores = [i / 500 for i in range(500)]
    rows: Any = ModelVersion._base_manager
    rows.filter(model=spam.model).update(profile={"scores": scores})
    return spam


def epoch() -> Epoch:
    workflow = Workflow.objects.get()
    version = workflows.in_force(workflow).champion_id
    assert version is not None
    return comparing.epoch_of(workflow.pk, version)


def consume(now: datetime | None = None) -> int:
    return comparing.consume(epoch().pk, now or datetime.now(UTC) + LATER)


def counted() -> list[str]:
    return list(Comparison.objects.order_by("case_id").values_list("counted", flat=True))


def some(workflow: Workflow, n: int) -> list[Case]:
    return [send(workflow, f"text {i}") for i in range(n)]


def test_each_blind_answer_is_compared_once(spam: Workflow, bob: User) -> None:
    some(spam, 2)
    judge(bob, "yes")
    judge(bob, "no")
    assert consume() == 2
    assert sorted(counted()) == ["correct", "error"]
    assert consume() == 0
    row = Comparison.objects.filter(counted="correct").get()
    assert (row.score, row.pi, row.sampling, row.automated) == (0.95, 1.0, [None, 1.0, 1.0], False)


def test_the_first_case_that_people_look_at_ends_the_run(spam: Workflow) -> None:
    """What is settled late must not count later than what came after it."""
    first, second = reviewers(spam, "dora", "eric")
    sent = some(spam, 2)
    later = Referral.objects.get(case=sent[1]).due + LATER
    Referral.objects.filter(case=sent[0]).update(due=later)
    judge(first, "yes")
    assert consume() == 0
    judge(second, "yes")
    assert consume() == 2


def test_past_the_deadline_an_answer_is_missing_for_ever(spam: Workflow, bob: User) -> None:
    some(spam, 1)
    assert consume(datetime.now(UTC) + timedelta(hours=73)) == 1
    judge(bob, "yes")
    assert consume() == 0
    assert counted() == ["missing"]


def test_a_missing_answer_counts_against_the_proof_and_not_for_the_alarm(
    spam: Workflow, bob: User
) -> None:
    dials(level(spam, "full_automation"), audit_share=1.0)
    some(spam, 1)
    judge(bob, UNSURE)
    consume()
    now = epoch()
    assert now.counters[0][3][-1] == 1
    assert comparing.guard_of(now).strength < 1.0
    assert comparing.guard_of(now).seen == 1


def test_assisted_answers_are_no_evidence(spam: Workflow, bob: User) -> None:
    level(spam, "ai_assistance")
    some(spam, 1)
    judge(bob, "yes")
    assert consume() == 0
    assert counted() == []


def test_the_blind_share_counts_with_its_probability(spam: Workflow, bob: User) -> None:
    dials(level(spam, "ai_assistance"), blind_share=1.0)
    some(spam, 1)
    judge(bob, "yes")
    assert consume() == 1
    assert Comparison.objects.get().pi == 1.0


def test_what_clients_say_is_no_evidence(spam: Workflow, bob: User) -> None:
    level(spam, "full_automation")
    (case,) = some(spam, 1)
    cases.say(case, kind="outcome", value="no", statement="")
    cases.say(case, kind="contest", value=None, statement="wrong")
    judge(bob, "no")
    assert consume() == 0


def test_a_dispute_waits_for_its_second_look(spam: Workflow) -> None:
    people = reviewers(spam, "dora", "eric")
    dials(spam, second_look=True)
    some(spam, 1)
    judge(people[0], "no")
    assert consume() == 0
    judge(people[1], "no")
    assert consume() == 1
    assert counted() == ["error"]


def test_the_same_input_counts_once(spam: Workflow, bob: User) -> None:
    send(spam, "same")
    send(spam, "same")
    send(spam, "other")
    for _ in range(3):
        judge(bob, "yes")
    consume()
    assert counted() == ["correct", "repeat", "correct"]
    send(spam, "same")
    judge(bob, "yes")
    consume()
    assert counted()[-1] == "repeat"
    assert epoch().counters[0][2][-1] == 2


def test_a_burst_of_one_subject_counts_once(spam: Workflow, bob: User) -> None:
    for i in range(3):
        send(spam, f"text {i}", subject="customer 7")
        judge(bob, "yes")
    consume()
    assert counted() == ["correct", "repeat", "repeat"]


def test_without_reference_scores_the_first_ones_freeze_the_grid(
    spam: Workflow, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: Any = ModelVersion._base_manager
    rows.update(profile={})
    monkeypatch.setattr(comparing, "LEAST_SCORES", 3)
    some(spam, 3)
    assert consume() == 0
    frozen = epoch()
    assert frozen.grid["thresholds"] == []
    assert frozen.counters == []
    send(spam, "counts")
    for _ in range(4):
        judge(bob, "yes")
    settled()
    assert consume() == 1
    assert Comparison.objects.get().case.pk > frozen.cursor


def test_one_who_is_slower_than_the_margin_is_not_passed(spam: Workflow, bob: User) -> None:
    """A case written a moment ago may have a smaller id than one that is visible already."""
    some(spam, 1)
    judge(bob, "yes")
    assert consume(datetime.now(UTC)) == 0
    assert consume() == 1


def test_evidence_grows_the_wealth_and_it_never_shrinks(spam: Workflow, bob: User) -> None:
    some(spam, 3)
    judge(bob, "yes")
    judge(bob, "yes")
    consume()
    before = epoch().best
    assert max(before) > 0.0
    judge(bob, "no")
    consume()
    assert epoch().best == before


def test_a_round_without_news_writes_nothing(spam: Workflow, bob: User) -> None:
    some(spam, 1)
    judge(bob, "yes")
    consume()
    Epoch.objects.update(best=[])
    consume()
    assert epoch().best == []


def erring(workflow: Workflow, bob: User, **threshold: object) -> Guard:
    """The guard after one more audit that finds an error, under this threshold rule."""
    dials(workflow, threshold=threshold)
    some(workflow, 1)
    judge(bob, "no")
    consume()
    return comparing.guard_of(epoch())


def test_the_guard_begins_anew_with_another_target(spam: Workflow, bob: User) -> None:
    """What was too much for one need not be for the other."""
    dials(spam, audit_share=1.0, second_look=False)
    workflows.set_level(spam, "full_automation", by=None, reason="test")
    strong = erring(spam, bob, rule="fixed", threshold=0.5)
    assert strong.strength > 1.0
    dials(spam, threshold={"rule": "target", "max_error": 0.1})
    consume()
    assert comparing.guard_of(epoch()) == Guard()
    dials(spam, threshold={"rule": "target", "max_error": 0.1, "confidence": 0.9})
    consume()
    assert epoch().guard["target"] == [0.1, "wrong"]


def test_a_distance_alarms_by_its_part(spam: Workflow) -> None:
    mean, wrong = Target(loss="distance"), Target()
    row = Comparison(counted="error", distance=0.25)
    assert (comparing._alarm(row, mean), comparing._alarm(row, wrong)) == (0.25, 1.0)
    missing = Comparison(counted="missing", distance=None)
    assert (comparing._alarm(missing, mean), comparing._alarm(missing, wrong)) == (0.0, 0.0)


def test_an_epoch_that_follows_another_begins_with_the_cases_after_it(
    spam: Workflow, bob: User
) -> None:
    """What was drawn before automation was taken back says nothing about what comes after."""
    some(spam, 1)
    judge(bob, "no")
    comparing.close(epoch(), datetime.now(UTC))
    assert epoch().no == 2
    send(spam, "after it")
    judge(bob, "yes")
    assert consume() == 1
    row = Comparison.objects.get()
    assert (row.epoch.no, row.counted) == (2, "correct")
