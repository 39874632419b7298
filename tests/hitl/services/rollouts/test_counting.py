"""Counting: what people settled becomes evidence, once, in order, and only what is settled."""

import pytest
from django.contrib.auth.models import User

from hitl.models import Workflow
from hitl.services.rollouts import ending
from hitl.services.rollouts.counting import evidence_of
from tests.hitl.services.rollouts.rolling import answer, begin, count, goes_to, second
from tests.reviews.desks import judge, level, send

pytestmark = pytest.mark.django_db


def test_pairs_are_counted_once(spam: Workflow, bob: User) -> None:
    second(spam, value="no")
    row = begin(spam, "shadow")
    for i, truth in enumerate(["no", "no", "yes"]):
        send(spam, f"text {i}")
        judge(bob, truth)
    answer()
    assert (count(row), count(row)) == (3, 0)
    row.refresh_from_db()
    seen = evidence_of(row)
    assert (seen.won, seen.lost, seen.answers) == (2, 1, 3)
    assert (seen.champion_errors, seen.challenger_errors, seen.challenger_judged) == (2, 1, 3)


def test_it_waits_for_people(spam: Workflow, bob: User) -> None:
    second(spam, value="no")
    row = begin(spam, "shadow")
    send(spam, "first")
    send(spam, "second")
    answer()
    assert count(row) == 0
    judge(bob, "no")
    assert count(row) == 1
    row.refresh_from_db()
    assert evidence_of(row).won == 1


def test_a_doubt_is_evidence_of_automated_cases(spam: Workflow, bob: User) -> None:
    second(spam, value="no")
    level(spam, "full_automation")
    row = begin(spam, "shadow", doubt_share=1.0)
    send(spam)
    answer()
    judge(bob, "no")
    count(row)
    row.refresh_from_db()
    assert evidence_of(row).won == 1


def test_a_failed_answer_is_a_wrong_one(spam: Workflow, bob: User) -> None:
    second(spam, fails="gone")
    row = begin(spam, "shadow")
    send(spam)
    answer()
    judge(bob, "yes")
    count(row)
    row.refresh_from_db()
    assert (evidence_of(row).lost, evidence_of(row).failed) == (1, 1)


def test_a_canary_counts_whose_the_errors_are(spam: Workflow, bob: User) -> None:
    second(spam, value="no")
    row = begin(spam)
    for arm, truth in (("challenger", "yes"), ("champion", "yes"), ("champion", "no")):
        send(spam, f"{arm} {truth}", subject=goes_to(spam, arm))
        judge(bob, truth)
    assert count(row) == 3
    row.refresh_from_db()
    seen = evidence_of(row)
    assert (seen.challenger_judged, seen.challenger_errors, seen.of_step) == (1, 1, 1)
    assert (seen.champion_judged, seen.champion_errors) == (2, 1)
    assert (seen.answers, len(seen.erred)) == (1, 2)


def test_where_the_machine_decides_only_its_decisions_count(spam: Workflow) -> None:
    second(spam, value="no", confidence=0.2)
    level(spam, "partial_automation")
    row = begin(spam)
    send(spam, subject=goes_to(spam, "challenger"))
    assert count(row) == 1
    row.refresh_from_db()
    assert (evidence_of(row).answers, evidence_of(row).challenger_judged) == (1, 0)


def test_what_has_ended_counts_no_more(spam: Workflow, bob: User) -> None:
    second(spam)
    row = begin(spam)
    send(spam)
    judge(bob, "no")
    ending.abort(row.pk, by=None, reason="enough")
    assert count(row) == 0
