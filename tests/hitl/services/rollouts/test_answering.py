"""Answering silently: beside the champion, once per case, and never in the client's way."""

from datetime import UTC, datetime, timedelta

import pytest

from hitl.models import Case, Prediction, Workflow
from hitl.services.rollouts import answering, ending
from tests.hitl.services.rollouts.rolling import answer, begin, second
from tests.reviews.desks import decisions, level, send

pytestmark = pytest.mark.django_db


def silent() -> list[object]:
    return list(Prediction.objects.filter(role="silent").values_list("value", flat=True))


def test_every_case_is_answered_once(spam: Workflow) -> None:
    second(spam, value="no")
    row = begin(spam, "shadow")
    cases = [send(spam, f"text {i}") for i in range(3)]
    assert (answer(), answer()) == (3, 0)
    assert silent() == ["no"] * 3
    row.refresh_from_db()
    assert row.answered == cases[-1].pk


def test_it_never_changes_an_answer(spam: Workflow) -> None:
    second(spam, value="no")
    level(spam, "full_automation")
    begin(spam, "shadow", doubt_share=0)
    send(spam)
    before = decisions(), list(Case.objects.values())
    answer()
    assert (
        (decisions(), list(Case.objects.values()))
        == before
        == (
            [(1, "model", "yes")],
            before[1],
        )
    )


def test_only_a_share_is_asked(spam: Workflow) -> None:
    second(spam)
    begin(spam, "shadow", share=0.25)
    for i in range(40):
        send(spam, f"text {i}")
    assert 0 < answer() < 40
    assert answer() == 0


def test_what_came_before_is_not_asked(spam: Workflow) -> None:
    second(spam)
    send(spam)
    begin(spam, "shadow")
    assert answer() == 0


def test_nothing_is_passed_that_may_still_come_in(spam: Workflow) -> None:
    second(spam)
    row = begin(spam, "shadow")
    before = row.answered
    send(spam)
    answering.answer_silently(datetime.now(UTC) + timedelta(seconds=10))
    row.refresh_from_db()
    assert row.answered == before
    answer()
    row.refresh_from_db()
    assert row.answered > before


def test_a_failure_is_kept_as_one(spam: Workflow) -> None:
    second(spam, fails="out of memory")
    begin(spam, "shadow")
    send(spam)
    answer()
    said = Prediction.objects.get(role="silent")
    assert (said.value, said.error) == (None, "out of memory")


def test_a_canary_asks_nobody_silently_nor_does_what_has_ended(spam: Workflow) -> None:
    second(spam)
    row = begin(spam, "canary")
    send(spam)
    assert answer() == 0
    ending.abort(row.pk, by=None, reason="enough")
    ending.abort(begin(spam, "shadow").pk, by=None, reason="enough")
    assert answer() == 0
