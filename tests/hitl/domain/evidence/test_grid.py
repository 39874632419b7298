"""Grids: even coverages, no threshold between equal scores, chains at their starts."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl.domain.evidence.grid import EVERYTHING, SIZE, STARTS, freeze

SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=600)


@given(SCORES)
def test_thresholds_go_from_strict_to_loose_and_end_with_everything(scores: list[float]) -> None:
    grid = freeze(scores)
    tested = [grid.threshold(i) for i in range(grid.size)]
    assert tested == sorted(set(tested), reverse=True)
    assert tested[-1] == EVERYTHING
    assert grid.size <= SIZE
    assert set(tested[:-1]) <= set(scores)


@given(SCORES)
def test_coverages_are_the_shares_of_scores_at_or_above(scores: list[float]) -> None:
    grid = freeze(scores)
    for i, coverage in enumerate(grid.coverages):
        reached = sum(score >= grid.threshold(i) for score in scores)
        assert coverage == pytest.approx(reached / len(scores))


@given(SCORES, st.floats(-0.5, 1.5))
def test_a_score_reaches_what_is_not_above_it(scores: list[float], score: float) -> None:
    grid = freeze(scores)
    first = grid.reached(score)
    assert all(grid.threshold(i) > score for i in range(first))
    assert all(grid.threshold(i) <= score for i in range(first, grid.size))


@given(SCORES)
def test_chains_share_the_level_and_begin_at_their_coverage(scores: list[float]) -> None:
    grid = freeze(scores)
    assert math.isclose(sum(start.weight for start in grid.starts), 1.0)
    indices = [start.index for start in grid.starts]
    assert indices == sorted(set(indices))
    assert len(indices) <= len(STARTS)
    assert grid.coverages[indices[0]] >= STARTS[0][0]


def test_many_distinct_scores_give_the_whole_grid() -> None:
    grid = freeze([i / 4000 for i in range(4000)])
    assert grid.size == SIZE
    assert grid.coverages[0] == 0.025
    assert [grid.coverages[start.index] for start in grid.starts] == [0.05, 0.15, 0.4, 0.7]


def test_one_score_for_all_leaves_everything_or_nothing() -> None:
    grid = freeze([0.7] * 500)
    assert (grid.thresholds, grid.coverages, grid.size) == ((), (1.0,), 1)


@pytest.mark.parametrize("scores", [[], [0.5, math.nan], [math.inf]])
def test_scores_that_cannot_be_used_are_refused(scores: list[float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        freeze(scores)
