"""Starting: one rollout at a time, of a version that can serve, and only where it can be judged."""

from dataclasses import replace
from typing import Any

import pytest

from hitl.models import Rollout, Workflow
from hitl.services import workflows
from hitl.services.rollouts import ending, starting
from models_registry.domain.errors import Conflict, DomainError, Invalid
from tests.hitl.services.evidence.test_certifying import TARGET
from tests.hitl.services.rollouts.rolling import begin, live, second
from tests.reviews.desks import dials, level

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("strategy", "share"), [("shadow", 0.0), ("canary", 0.5), ("blue_green", 0.0)]
)
def test_it_is_one_revision(spam: Workflow, strategy: str, share: float) -> None:
    second(spam)
    row = begin(spam, strategy)
    assert live(spam) == (1, 2, share)
    made = workflows.in_force(spam)
    assert (made.cause, row.state, row.reason) == ("rollout", "running", "test")
    assert made.reason.endswith("of spam-model v2 begins: test")


def test_a_second_one_is_refused_with_the_reason(spam: Workflow) -> None:
    second(spam)
    begin(spam)
    with pytest.raises(Conflict, match="Canary of spam-model v2 is under way"):
        begin(spam, "shadow")
    assert Rollout.objects.count() == 1


def test_another_may_follow(spam: Workflow) -> None:
    second(spam)
    ending.abort(begin(spam).pk, by=None, reason="enough")
    begin(spam, "shadow")
    assert live(spam) == (1, 2, 0.0)


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"version": 9}, "/version"),
        ({"version": 1}, "/version"),
        ({"strategy": "magic"}, "/strategy"),
        ({"plan": {"steps": []}}, "/plan/steps"),
        ({"plan": {"goal": "certified"}}, "/plan/goal"),
        ({"reason": " "}, "/reason"),
    ],
)
def test_what_is_wrong_is_named(spam: Workflow, given: dict[str, Any], pointer: str) -> None:
    second(spam)
    asked: dict[str, Any] = {"version": 2, "strategy": "canary", "by": None, "reason": "test"}
    with pytest.raises(Invalid) as refused:
        starting.start(spam, **(asked | given))
    assert refused.value.problems[0].pointer == pointer
    assert (Rollout.objects.count(), workflows.in_force(spam).no) == (0, 1)


def test_what_others_changed_meanwhile_is_refused(spam: Workflow) -> None:
    second(spam)
    with pytest.raises(Conflict):
        starting.start(spam, version=2, strategy="shadow", by=None, reason="test", seen=7)
    assert Rollout.objects.count() == 0


def test_where_no_model_is_asked_there_is_nothing_to_compare(spam: Workflow) -> None:
    second(spam)
    level(spam, "human_only")
    with pytest.raises(Conflict, match="no model is asked"):
        begin(spam, "shadow")
    begin(spam, "blue_green")
    assert live(spam) == (1, 2, 0.0)


def test_under_a_target_a_canary_needs_a_certificate_of_its_own(spam: Workflow) -> None:
    version = second(spam)
    dials(level(spam, "partial_automation"), threshold=TARGET)
    with pytest.raises(Conflict, match="holds no certificate yet"):
        begin(spam)
    workflows.append(
        spam,
        lambda t: replace(t, thresholds={str(version.pk): 0.9}),
        by=None,
        reason="certified",
    )
    begin(spam)
    assert live(spam) == (1, 2, 0.5)


def test_another_model_or_other_answers_wait_for_the_end(spam: Workflow) -> None:
    second(spam)
    begin(spam)
    for change in ({"model": "spam-model"}, {"answer": {"classes": ["no", "yes", "maybe"]}}):
        with pytest.raises(DomainError, match="rollout is under way"):
            workflows.change(spam, by=None, reason="test", **change)
