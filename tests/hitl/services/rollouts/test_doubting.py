"""Doubting: a drawn disagreement is judged by a person, blind, with a probability of its own."""

import pytest
from django.contrib.auth.models import User

from hitl.models import Doubt, Workflow
from hitl.services.rollouts import doubting
from tests.hitl.services.rollouts.rolling import answer, begin, second
from tests.reviews.desks import decisions, judge, kinds, level, send

pytestmark = pytest.mark.django_db


def test_a_disagreement_about_what_was_decided_is_looked_at(spam: Workflow, bob: User) -> None:
    second(spam, value="no")
    level(spam, "full_automation")
    row = begin(spam, "shadow", doubt_share=1.0)
    case = send(spam)
    answer()
    found = Doubt.objects.get()
    assert (found.pk, found.pi, found.drawn, found.rollout) == (case.pk, 1.0, True, row)
    assert [kind for kind, _ in kinds()] == ["audit"]
    judge(bob, "no")
    assert decisions()[-1] == (2, "human", "no")  # what people find wrong is put right


def test_a_share_of_none_is_written_down_and_asks_nobody(spam: Workflow) -> None:
    second(spam, value="no")
    level(spam, "full_automation")
    begin(spam, "shadow", doubt_share=0)
    send(spam)
    answer()
    assert not Doubt.objects.get().drawn
    assert kinds() == []


def test_where_they_agree_nobody_is_asked(spam: Workflow) -> None:
    second(spam)
    level(spam, "full_automation")
    begin(spam, "shadow", doubt_share=1.0)
    send(spam)
    answer()
    assert not Doubt.objects.exists()


def test_what_people_decide_anyway_is_no_doubt(spam: Workflow) -> None:
    second(spam, value="no")
    begin(spam, "shadow", doubt_share=1.0)
    send(spam)
    answer()
    assert not Doubt.objects.exists()


def test_one_that_failed_differs_from_one_that_answered(spam: Workflow) -> None:
    second(spam, fails="gone")
    row = begin(spam, "shadow")
    case = send(spam)
    answer()
    both = doubting.predictions(row, [case.pk])[case.pk]
    assert doubting.differ(case, both)
    assert not doubting.differ(case, {"live": both["live"]})
