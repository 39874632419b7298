"""The certifier: exact from counters, a fair game at the boundary, levels that add up."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mapie.risk_control.methods import compute_hoeffding_bentkus_p_value
from scipy.special import logsumexp
from scipy.stats import beta, binom

from hitl.domain.evidence.certifier import (
    BETS,
    bets,
    certified,
    chains,
    clean_cases,
    log_wealth,
    one_look,
)
from hitl.domain.evidence.counters import Counts, Group, Observation, Sampling, count
from hitl.domain.evidence.grid import freeze

TARGET, LEVEL = 0.02, 0.05
GRID = freeze([i / 1000 for i in range(1000)])
SHADOW = Sampling(None, 0.0, 1.0)


def wealth_of(cases: int, errors: int, target: float = TARGET) -> float:
    counts = Counts(np.array([cases]), np.array([errors]))
    found = log_wealth({Group(1.0, 1.0): counts}, target)
    assert isinstance(found, np.ndarray)
    return float(found[0])


def one_by_one(seen: list[Observation], threshold: float) -> float:
    """The same from raw events: the product of the factors for each stake, and their mean."""
    wealth = np.zeros(BETS)
    for one in seen:
        if not one.score >= threshold:
            continue
        stake = bets(TARGET) * one.sampling.least(threshold) / (1 - TARGET)
        wealth += np.log(1 + stake * (TARGET - one.error) / one.pi)
    return float(logsumexp(wealth) - math.log(BETS))


def test_stakes_are_medians_of_the_cut_prior() -> None:
    prior = beta(1, 4 / TARGET - 1)
    q = prior.ppf((np.arange(BETS) + 0.5) / BETS * prior.cdf(TARGET))
    np.testing.assert_allclose(bets(TARGET), 1 - q / TARGET, rtol=1e-9)
    assert ((bets(TARGET) > 0) & (bets(TARGET) < 1)).all()


@given(st.integers(0, 400), st.integers(1, 5))
def test_counters_give_what_raw_events_give(seed: int, parts: int) -> None:
    chance = np.random.default_rng(seed)
    samplings = [SHADOW, Sampling(0.5, 0.05, 1.0), Sampling(0.3, 0.5, 0.1)]
    seen = []
    for score in chance.random(60):
        sampling = samplings[chance.integers(len(samplings))]
        above = sampling.threshold is not None and score >= sampling.threshold
        pi = sampling.above if above else sampling.below
        seen.append(Observation(float(score), bool(chance.random() < 0.1), pi, sampling))
    found = log_wealth(count(chance.permutation(np.array(seen, dtype=object)), GRID), TARGET)
    assert isinstance(found, np.ndarray)
    for i in range(0, GRID.size, parts):
        assert found[i] == pytest.approx(one_by_one(seen, GRID.threshold(i)), abs=1e-9)


@pytest.mark.parametrize("n", [1, 50, 400])
def test_at_the_boundary_the_game_is_fair(n: int) -> None:
    """Exactly, over all outcomes: the expected wealth is 1."""
    expected = sum(
        binom.pmf(errors, n, TARGET) * math.exp(wealth_of(n, errors)) for errors in range(n + 1)
    )
    assert expected == pytest.approx(1.0, abs=1e-9)


def test_above_the_boundary_the_game_is_lost() -> None:
    expected = sum(
        binom.pmf(errors, 200, 0.03) * math.exp(wealth_of(200, errors)) for errors in range(201)
    )
    assert expected < 1.0


@pytest.mark.parametrize(("pi", "least"), [(0.05, 0.05), (1.0, 0.05), (0.5, 0.1)])
def test_drawing_with_a_known_probability_keeps_the_game_fair(pi: float, least: float) -> None:
    """A case is labelled with probability pi and is wrong with the target's probability."""
    stakes = bets(TARGET) * least / (1 - TARGET)
    right, wrong = 1 + stakes * TARGET / pi, 1 - stakes * (1 - TARGET) / pi
    assert (wrong > 0).all()
    gain = (1 - TARGET) * (right - 1) + TARGET * (wrong - 1)
    np.testing.assert_allclose(pi * gain, 0.0, atol=1e-12)


@pytest.mark.parametrize(
    ("target", "level", "clean"),
    [(0.02, 0.05, 180), (0.01, 0.05, 361), (0.005, 0.05, 723), (0.05, 0.05, 71), (0.02, 0.01, 270)],
)
def test_clean_cases_are_as_many_as_the_table_says(target: float, level: float, clean: int) -> None:
    needed = clean_cases(0.0, level, target)
    assert abs(needed - clean) <= 1
    assert wealth_of(needed, 0, target) >= -math.log(level) > wealth_of(needed - 1, 0, target)


def test_enough_wealth_needs_no_more_cases() -> None:
    assert clean_cases(3.0, 0.05, 0.02) == 0
    assert clean_cases(2.0, 0.05, 0.02) < clean_cases(0.0, 0.05, 0.02)


@given(
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 100)), min_size=1, max_size=3),
    st.integers(1, 19),
    st.integers(1, 19),
    st.sampled_from([0.005, 0.02, 0.1, 0.5]),
)
def test_where_there_is_wealth_a_stricter_target_has_less_of_it(
    counts: list[tuple[int, int]], step: int, more: int, target: float
) -> None:
    """So that whoever tightens a target, and loosens it again, tests no more than the loosest."""
    groups = (Group(1.0, 1.0), Group(0.05, 0.05), Group(1.0, 0.05))
    counters = {
        group: Counts(np.array([right + wrong]), np.array([wrong]))
        for group, (right, wrong) in zip(groups, counts, strict=False)
    }
    looser = min(20, step + more)
    strict, loose = (
        float(np.asarray(log_wealth(counters, target * steps / 20))[0]) for steps in (step, looser)
    )
    assert strict <= max(loose, 0.0) + 1e-9


def test_without_evidence_there_is_no_wealth() -> None:
    assert log_wealth({}, TARGET) == 0.0


def best(proven: set[int]) -> list[float]:
    return [100.0 if i in proven else 0.0 for i in range(GRID.size)]


def test_nothing_proven_certifies_nothing() -> None:
    assert certified(best(set()), GRID, LEVEL) is None
    assert [chain.proven for chain in chains(best(set()), GRID, LEVEL)] == [0, 0, 0, 0]


def test_a_chain_ends_at_its_first_unproven_threshold() -> None:
    start = GRID.starts[1]
    assert certified(best({start.index, start.index + 2}), GRID, LEVEL) == start.index


def test_a_chain_need_not_wait_for_a_stricter_one() -> None:
    """The top of the scores may be confidently wrong."""
    start = GRID.starts[2]
    assert certified(best({start.index, start.index + 1}), GRID, LEVEL) == start.index + 1


def test_everything_is_certified_when_all_is_proven() -> None:
    assert certified(best(set(range(GRID.size))), GRID, LEVEL) == GRID.size - 1


@given(st.sets(st.integers(0, GRID.size - 1)))
def test_chains_never_spend_more_than_the_level(proven: set[int]) -> None:
    """Whatever is proven: the levels at which the chains' first false thresholds could be tested
    add up to no more than the level. A chain that stopped has spent its own; one that is complete
    has handed it on."""
    found = chains(best(proven), GRID, LEVEL)
    spent = sum(chain.level for chain in found if not chain.is_complete)
    assert spent <= LEVEL + 1e-12
    for before, after in itertools.pairwise(found):
        weight = LEVEL * GRID.starts[found.index(after)].weight
        assert after.level == pytest.approx(weight + before.level * before.is_complete)


@pytest.mark.parametrize("target", [0.005, 0.02, 0.1, 0.3])
@pytest.mark.parametrize("cases", [1, 30, 149, 400, 5000])
def test_the_p_value_of_one_look_is_mapies(cases: int, target: float) -> None:
    """MAPIE's p-value of a binary loss. It takes the share of errors and rounds their number up, so
    it is given a trifle less."""
    errors = np.unique(np.linspace(0, min(cases, 2 * cases * target + 3), 9).astype(int))
    shares = np.maximum(errors - 1e-9, 0.0) / cases
    theirs = compute_hoeffding_bentkus_p_value(shares, cases, target, binary=True)
    ours = [one_look(cases, int(x), target) for x in errors]
    assert ours == pytest.approx(theirs.ravel().tolist(), rel=1e-9)
