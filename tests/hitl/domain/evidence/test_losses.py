"""Bounded losses: with losses of 0 and 1 what counters give; a proof of the mean else."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl.domain.evidence.certifier import BETS, log_wealth
from hitl.domain.evidence.counters import Observation, Sampling, count
from hitl.domain.evidence.grid import freeze
from hitl.domain.evidence.losses import log_wealths, mixed

GRID = freeze([i / 100 for i in range(100)], size=10)
SHADOW, AUDITED = Sampling(None, 0.0, 1.0), Sampling(0.5, 0.05, 1.0)
TARGET = 0.05


@st.composite
def observations(draw: st.DrawFn, losses: st.SearchStrategy[float]) -> Observation:
    sampling, score = draw(st.sampled_from([SHADOW, AUDITED])), draw(st.floats(0, 1))
    pi = 0.05 if sampling is AUDITED and score >= 0.5 else 1.0
    loss = draw(losses)
    return Observation(score, loss == 1.0, pi, sampling, loss)


whole = observations(st.sampled_from([0.0, 1.0]))
parts = observations(st.floats(0, 1))


@given(st.lists(whole, min_size=1, max_size=40))
def test_all_or_nothing_is_what_counters_give(seen: list[Observation]) -> None:
    by_counters = np.broadcast_to(log_wealth(count(seen, GRID), TARGET), GRID.size)
    by_losses = mixed(log_wealths(seen, GRID, TARGET))
    assert by_losses.tolist() == pytest.approx(by_counters.tolist(), abs=1e-9)


@given(st.lists(parts, max_size=40), st.randoms(), st.integers(0, 40))
def test_order_and_splits_do_not_matter(
    seen: list[Observation], chance: random.Random, cut: int
) -> None:
    once = log_wealths(seen, GRID, TARGET)
    split = log_wealths(seen[:cut], GRID, TARGET) + log_wealths(seen[cut:], GRID, TARGET)
    chance.shuffle(seen)
    assert np.allclose(once, split, atol=1e-9)
    assert np.allclose(once, log_wealths(seen, GRID, TARGET), atol=1e-9)


@given(parts, st.floats(0, 1))
def test_more_loss_is_never_more_proof(seen: Observation, more: float) -> None:
    worse = Observation(seen.score, seen.error, seen.pi, seen.sampling, max(seen.loss or 0.0, more))
    better = log_wealths([seen], GRID, TARGET)
    assert (log_wealths([worse], GRID, TARGET) <= better + 1e-12).all()


@pytest.mark.parametrize("share", [0.05, 0.25, 1.0])
@pytest.mark.parametrize(
    "chances",
    [
        pytest.param([(TARGET, 1.0), (1.0 - TARGET, 0.0)], id="all or nothing"),
        pytest.param([(0.5, 2 * TARGET), (0.5, 0.0)], id="parts"),
        pytest.param([(1.0, TARGET)], id="always the same"),
    ],
)
def test_a_bet_at_the_boundary_is_fair(share: float, chances: list[tuple[float, float]]) -> None:
    """Audited or not, with a mean loss at the target: the expected factor is 1."""
    sampling = Sampling(0.0, share, 1.0)
    drawn = [
        chance * np.exp(log_wealths([Observation(1.0, False, share, sampling, loss)], GRID, TARGET))
        for chance, loss in chances
    ]
    expected = (1.0 - share) + share * np.sum(drawn, axis=0)
    assert np.allclose(expected, 1.0, atol=1e-9)


def test_a_score_that_cannot_be_used_counts_nowhere() -> None:
    seen = Observation(float("nan"), False, 1.0, SHADOW, 0.0)
    assert not log_wealths([seen], GRID, TARGET).any()


def test_nothing_seen_is_no_wealth() -> None:
    assert mixed(np.zeros((GRID.size, BETS))).tolist() == pytest.approx([0.0] * GRID.size)


def test_small_parts_prove_a_small_mean_where_errors_would_not() -> None:
    """Every answer is wrong by a hundredth: all of them errors, and next to nothing lost."""
    seen = [Observation(1.0, True, 1.0, SHADOW, 0.01)] * 400
    assert mixed(log_wealths(seen, GRID, TARGET))[-1] > -np.log(0.05)
    assert np.max(log_wealth(count(seen, GRID), TARGET)) < 0.0


@given(st.floats(0, 1), st.sampled_from([SHADOW, AUDITED]))
def test_what_is_not_known_is_wholly_lost(score: float, sampling: Sampling) -> None:
    pi = 0.05 if sampling is AUDITED and score >= 0.5 else 1.0
    missing = Observation(score, True, pi, sampling)
    lost = Observation(score, True, pi, sampling, 1.0)
    assert np.array_equal(log_wealths([missing], GRID, TARGET), log_wealths([lost], GRID, TARGET))


def at_the_end(mean: float, n: int, runs: int) -> np.ndarray:
    """The log wealth after n losses between 0 and twice this mean, in many runs."""
    chance = np.random.default_rng(6)
    alone = freeze([1.0])
    found = []
    for losses in chance.random((runs, n)) * 2 * mean:
        seen = [Observation(1.0, False, 1.0, SHADOW, float(loss)) for loss in losses]
        found.append(mixed(log_wealths(seen, alone, TARGET))[-1])
    return np.array(found)


def test_at_the_boundary_the_game_is_fair() -> None:
    wealth = np.exp(at_the_end(TARGET, 50, 1000))
    error = wealth.std() / np.sqrt(wealth.size)
    assert abs(wealth.mean() - 1.0) < 4 * error < 0.2


def test_a_mean_well_below_the_target_is_proven_and_one_above_is_not() -> None:
    needed = -np.log(0.05)
    assert (at_the_end(0.02, 300, 20) > needed).all()
    assert (at_the_end(0.06, 300, 20) < needed).all()
