"""The guard: quiet while the error is at most the target, loud when it is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from hitl.domain.evidence.guard import RATIOS, ROLL_BACK, WARM, Guard, Temperature, watch

TARGET = 0.02
RUNS = 400


def plain(errors: list[bool], target: float) -> tuple[list[float], list[float]]:
    """The same as sums over every moment at which the error may have risen."""
    detectors, proofs = [], []
    for ratio in RATIOS:
        rate = min(ratio * target, (1 + target) / 2)
        factors = [rate / target if e else (1 - rate) / (1 - target) for e in errors]
        since = [float(np.prod(factors[start:])) for start in range(len(factors))]
        detectors.append(sum(since))
        proofs.append(sum(w / ((i + 1) * (i + 2)) for i, w in enumerate(since)))
    return detectors, proofs


@given(st.lists(st.booleans(), max_size=25), st.sampled_from([0.005, 0.02, 0.1, 0.3]))
def test_the_state_is_the_sum_over_all_moments_of_change(errors: list[bool], target: float) -> None:
    found = watch(Guard(), errors, target)
    errors = errors[: found.seen]  # what comes after it is hot says nothing new
    assert len(errors) == found.seen
    detectors, proofs = plain(errors, target)
    np.testing.assert_allclose(found.detectors, detectors, rtol=1e-9)
    np.testing.assert_allclose(found.proofs, proofs, rtol=1e-9)


def test_what_turned_hot_stays_as_it_was() -> None:
    hot = watch(Guard(), [True] * 30, TARGET)
    assert hot.temperature == Temperature.HOT
    assert hot.strength >= ROLL_BACK
    assert watch(hot, [False] * 100, TARGET) == hot


@given(st.lists(st.booleans(), max_size=60), st.integers(0, 60))
def test_going_on_from_a_state_is_the_same_as_one_run(errors: list[bool], cut: int) -> None:
    first = watch(Guard(), errors[:cut], TARGET)
    assert watch(first, errors[cut:], TARGET) == watch(Guard(), errors, TARGET)


def test_a_clean_stream_stays_cold() -> None:
    guard = watch(Guard(), [False] * 5000, TARGET)
    assert guard.temperature == Temperature.COLD
    assert guard.proof < 1.0


def test_it_warms_before_it_is_hot_and_stays_hot() -> None:
    guard, seen = Guard(), []
    for _ in range(40):
        guard = watch(guard, [True], TARGET)
        seen.append(guard.temperature)
    assert seen == sorted(seen, key=list(Temperature).index)
    assert set(seen) == set(Temperature)
    assert watch(guard, [False] * 5000, TARGET).temperature == Temperature.HOT


def test_it_cools_down_again() -> None:
    guard = Guard()
    while guard.temperature != Temperature.WARM:
        guard = watch(guard, [True], TARGET)
    assert WARM <= guard.strength < ROLL_BACK
    assert watch(guard, [False], TARGET).temperature == Temperature.WARM
    assert watch(guard, [False] * 500, TARGET).temperature == Temperature.COLD


def test_the_proof_is_a_fair_game_at_the_target() -> None:
    """Over all outcomes of eight audits: the expected wealth is 1."""
    expected = 0.0
    for outcome in range(2**8):
        errors = [bool(outcome >> i & 1) for i in range(8)]
        weight = TARGET ** sum(errors) * (1 - TARGET) ** (8 - sum(errors))
        expected += weight * watch(Guard(), errors, TARGET).proof
    assert expected == pytest.approx(1.0, abs=1e-9)


def test_the_proof_takes_back_later_than_the_detector_where_it_is_chosen() -> None:
    errors = [True] * 30
    by_detector = watch(Guard(), errors, TARGET)
    by_proof = watch(Guard(), errors, TARGET, proof=1e30)
    assert by_detector.temperature == Temperature.HOT
    assert by_proof.temperature == Temperature.WARM
    assert by_proof.strength > ROLL_BACK
    assert watch(by_proof, errors, TARGET, proof=20.0).temperature == Temperature.HOT


def test_false_proofs_are_as_rare_as_promised() -> None:
    """At exactly the target: ever above 20 in at most 5 % of runs, by the exact 99 % limit."""
    chance, false = np.random.default_rng(7), 0
    for _ in range(RUNS):
        guard, reached = Guard(), False
        for error in (chance.random(600) < TARGET).tolist():
            guard = watch(guard, [error], TARGET)
            reached = reached or guard.proof >= 20
        false += reached
    assert false <= binom.ppf(0.99, RUNS, 0.05), f"{false} of {RUNS} runs"
