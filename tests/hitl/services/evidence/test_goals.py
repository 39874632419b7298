"""What a target asks of the evidence: itself, or less where the errors people miss count."""

from typing import Any
from uuid import uuid4

import pytest

from hitl.domain.evidence.certifier import Goal
from hitl.domain.policy import Fixed, Policy, Target
from hitl.models import Epoch, Workflow
from hitl.services.evidence import certifying, goals
from hitl.services.evidence.missed import Missed
from tests.hitl.services.evidence.test_certifying import proven
from tests.reviews.desks import dials

WORKFLOW = uuid4()
TARGET = Target(max_error=0.04, confidence=0.9)


def policy(**given: Any) -> Policy:
    return Policy(threshold=TARGET, **given)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What is known about the people of every workflow."""

    def know(shown: int, missed: int) -> None:
        monkeypatch.setattr(goals, "counted", lambda _: Missed(shown, missed))

    return know


def test_the_target_is_the_goal() -> None:
    assert goals.goal_of(WORKFLOW, policy()) == Goal(0.04, 0.9)


def test_a_fixed_threshold_is_seen_against_the_usual_target() -> None:
    assert goals.goal_of(WORKFLOW, Policy(threshold=Fixed(0.8))) == Goal(0.02, 0.95)


def test_what_people_miss_tightens_the_goal_and_takes_half_of_the_level(known: Any) -> None:
    known(400, 4)
    found = goals.goal_of(WORKFLOW, policy(reviewer_errors=True))
    assert found.max_error == pytest.approx(0.04 * 0.95)
    assert found.level == pytest.approx(0.05)
    assert goals.why_not(WORKFLOW, policy(reviewer_errors=True)) == ""


@pytest.mark.parametrize(
    ("shown", "missed", "said"),
    [
        pytest.param(0, 0, "nothing is known about that yet", id="nothing known"),
        pytest.param(3, 3, "Reviewers missed 3 of 3 known errors", id="all missed"),
    ],
)
def test_a_goal_that_nothing_can_meet_says_why(
    known: Any, shown: int, missed: int, said: str
) -> None:
    known(shown, missed)
    assert goals.goal_of(WORKFLOW, policy(reviewer_errors=True)).max_error == 0.0
    assert said in goals.why_not(WORKFLOW, policy(reviewer_errors=True))


def test_without_that_dial_nobody_asks_what_people_miss(known: Any) -> None:
    known(3, 3)
    assert goals.why_not(WORKFLOW, policy()) == ""


@pytest.mark.parametrize(("shown", "missed", "steps"), [(50, 0, 17), (400, 4, 19), (40, 20, 5)])
def test_the_goal_moves_in_steps(known: Any, shown: int, missed: int, steps: int) -> None:
    known(shown, missed)
    found = goals.goal_of(WORKFLOW, policy(reviewer_errors=True))
    assert found.max_error == pytest.approx(0.04 * steps / 20)


@pytest.mark.django_db
def test_without_known_errors_nothing_is_certified(spam: Workflow) -> None:
    dials(spam, threshold={"rule": "target", "max_error": 0.02})
    epoch = proven(spam, 20)
    dials(spam, reviewer_errors=True)
    assert certifying.certify(epoch.pk) is None
    dials(spam, reviewer_errors=False)
    assert certifying.certify(epoch.pk) is not None


def test_wealth_is_for_the_goal_it_was_bet_against() -> None:
    epoch = Epoch(goal=goals.stored(Goal(0.04, 0.9)))
    assert goals.is_for(epoch, Goal(0.04, 0.99))  # the wealth does not depend on the confidence
    assert not goals.is_for(epoch, Goal(0.03, 0.9))
    assert not goals.is_for(epoch, Goal(0.04, 0.9, "distance"))
    assert not goals.is_for(Epoch(goal={"max_error": 0.0}), Goal(0.0, 0.9))
