"""Zones: proven, open or too bad; and the step that comes next."""

import numpy as np
import pytest

from hitl.domain.evidence.certifier import Goal, log_wealth
from hitl.domain.evidence.counters import Counts, Group
from hitl.domain.evidence.grid import Grid, freeze
from hitl.domain.evidence.zones import NextStep, Threshold, Zone, following, thresholds

GOAL = Goal(0.02, 0.95)
GRID = freeze([i / 500 for i in range(500)])


def rows(cases: int, errors: list[int], grid: Grid = GRID, goal: Goal = GOAL) -> list[Threshold]:
    """Every threshold after so many cases in which everything reaches the loosest one."""
    reached = np.array([round(cases * one) for one in grid.coverages])
    counters = {Group(1.0, 1.0): Counts(reached, np.minimum(reached, errors))}
    wealth = np.broadcast_to(log_wealth(counters, goal.max_error), grid.size)
    return thresholds(counters, wealth, wealth.tolist(), grid, goal)


def test_nothing_seen_leaves_everything_open() -> None:
    found = rows(0, [0] * GRID.size)
    assert {row.zone for row in found} == {Zone.CANDIDATE}
    assert [row.index for row in found] == list(range(1, GRID.size))
    assert (found[-1].everything, found[-1].threshold, found[-1].coverage) == (True, 0.0, 1.0)


def test_what_is_proven_is_certified_and_what_is_too_bad_forbidden() -> None:
    found = rows(2000, [0 if i < 20 else 400 for i in range(GRID.size)])
    assert found[17].zone is Zone.CERTIFIED
    assert found[-1].zone is Zone.FORBIDDEN
    assert found[-1].low > GOAL.max_error


def test_a_mean_distance_forbids_nothing_by_a_count_of_errors() -> None:
    found = rows(2000, [400] * GRID.size, goal=Goal(0.02, 0.95, "distance"))
    assert Zone.FORBIDDEN not in {row.zone for row in found}


def test_the_next_step_is_the_one_with_the_fewest_cases() -> None:
    step = following(rows(0, [0] * GRID.size), GRID, GOAL)
    assert step is not None
    assert step.clean_cases == 247  # at level .3 of 5 %
    assert step.coverage == pytest.approx(0.7)  # the first of its chain
    assert step.stream_cases == pytest.approx(247 / 0.7, abs=1)


def test_a_step_looser_than_what_is_proven_follows() -> None:
    found = rows(500, [0 if i < 30 else 20 for i in range(GRID.size)])
    proven = max(row.index for row in found if row.zone is Zone.CERTIFIED)
    step = following(found, GRID, GOAL)
    assert step is None or step.index > proven


def steps(found: list[Threshold]) -> NextStep | None:
    return following(found, GRID, GOAL)


def test_no_step_follows_when_all_is_proven_or_all_is_too_bad() -> None:
    assert steps(rows(5000, [0] * GRID.size)) is None
    hopeless = [round(5000 * one * 0.3) for one in GRID.coverages]
    assert steps(rows(5000, hopeless)) is None
