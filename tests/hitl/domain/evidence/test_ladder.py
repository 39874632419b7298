"""The ladder: the next level, what it needs, and what is missing of it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hitl.domain.evidence import ladder
from hitl.domain.evidence.certifier import Goal, clean_cases
from hitl.domain.evidence.grid import EVERYTHING, LEAST_SCORES, Grid, Start, freeze
from hitl.domain.evidence.needs import Ground, Missing
from hitl.domain.levels import LEVELS
from hitl.domain.policy import Policy, Target

GOAL = Goal(0.02, 0.95)
GRID = freeze([i / 500 for i in range(500)])
NOTHING = np.zeros(GRID.size)
POLICY = Policy(threshold=Target())
EARNED = Ground(
    "shadow",
    POLICY,
    version="spam 1",
    scores=LEAST_SCORES,
    threshold=0.8,
    coverage=0.4,
    audit_share=0.05,
    reviewers=3,
    operators=2,
)


def names(step: ladder.Step | None) -> list[str]:
    assert step is not None
    return [need.name for need in step.missing]


@pytest.mark.parametrize(
    ("level", "following"),
    [
        ("human_only", "shadow"),
        ("shadow", "partial_automation"),
        ("ai_assistance", "partial_automation"),
        ("partial_automation", "full_automation"),
    ],
)
def test_each_level_has_a_next_one_above_it(level: str, following: str) -> None:
    step = ladder.next_step(replace(EARNED, level=level))
    assert step is not None
    assert step.level == following
    assert LEVELS[step.level].step > LEVELS[level].step


def test_there_is_nothing_above_the_top() -> None:
    assert ladder.next_step(replace(EARNED, level="full_automation")) is None


def test_to_let_the_model_answer_needs_a_model_and_no_proof() -> None:
    bare = Ground("human_only", Policy())
    assert names(ladder.next_step(bare)) == ["version"]
    assert names(ladder.next_step(replace(bare, version="spam 1"))) == []


def test_what_is_earned_lacks_nothing() -> None:
    step = ladder.next_step(EARNED)
    assert step is not None
    assert step.is_earned
    assert step.missing == []


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"version": ""}, "version"),
        ({"policy": Policy()}, "target"),
        ({"policy": Policy(threshold=Target(), risk="high")}, "risk"),
        ({"policy": Policy(threshold=Target(), least_coverage=0.5)}, "certified"),
        ({"scores": 399}, "thresholds"),
        ({"threshold": None}, "certified"),
        ({"lapses_in": -0.1}, "lapse"),
        ({"audit_share": 0.0}, "audits"),
        ({"overdue": True}, "audits_done"),
        ({"warm": True}, "guard"),
        ({"stopped": True}, "stop"),
    ],
)
def test_one_thing_missing_keeps_the_step_from_being_earned(change: Any, missing: str) -> None:
    assert names(ladder.next_step(replace(EARNED, **change))) == [missing]


def test_full_automation_needs_the_whole_population() -> None:
    partial = replace(EARNED, level="partial_automation")
    assert names(ladder.next_step(partial)) == ["certified"]
    assert names(ladder.next_step(replace(partial, threshold=0.0, whole=True))) == []


# What is missing of proof


def test_without_evidence_the_quickest_chain_counts() -> None:
    found = ladder.to_cover(0.2, GRID, NOTHING, NOTHING, GOAL)
    best = max(start.weight for start in GRID.starts)
    assert found is not None
    assert found.cases == clean_cases(0.0, GOAL.level * best, GOAL.max_error)


def test_the_whole_population_is_proven_by_the_last_chain_alone() -> None:
    found = ladder.to_cover(1.0, GRID, NOTHING, NOTHING, GOAL)
    last = GRID.starts[-1]
    assert found == Missing(
        clean_cases(0.0, GOAL.level * last.weight, GOAL.max_error), GRID.threshold(last.index)
    )


def test_what_is_proven_needs_nothing_more() -> None:
    proven = np.full(GRID.size, 9.0)
    found = ladder.to_cover(1.0, GRID, proven, proven, GOAL)
    assert found == Missing(0, 0.0)
    assert GRID.threshold(GRID.size - 1) == EVERYTHING


def test_evidence_brings_it_nearer_and_errors_take_it_away() -> None:
    def cases(wealth: float) -> int:
        found = ladder.to_cover(0.2, GRID, NOTHING, np.full(GRID.size, wealth), GOAL)
        assert found is not None
        return found.cases

    assert cases(1.0) < cases(0.0) < cases(-1.0)


def test_where_no_threshold_covers_so_much_nothing_is_known() -> None:
    part = Grid((0.9, 0.5), (0.2, 0.6), (Start(0, 1.0),), whole=False)
    assert ladder.to_cover(1.0, part, np.zeros(part.size), np.zeros(part.size), GOAL) is None


# Teams


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"reviewers": 0}, "Nobody may judge", id="nobody"),
        pytest.param({"reviewers": 1}, "there is no second look", id="one"),
        pytest.param(
            {"reviewers": 2, "policy": Policy(reviews_required=3)},
            "Every case needs 3 people, and 2 may judge",
            id="too few",
        ),
        pytest.param(
            {"operators": 1, "policy": Policy(promote="two")}, "Two people have to", id="four eyes"
        ),
    ],
)
def test_a_small_team_is_told_what_it_cannot_have(change: Any, said: str) -> None:
    (found,) = ladder.limits(replace(EARNED, **change))
    assert said in found


def test_a_team_that_is_large_enough_is_told_nothing() -> None:
    two = Policy(reviews_required=3, promote="two")
    assert ladder.limits(replace(EARNED, policy=two)) == []
