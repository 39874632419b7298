"""Automation bias: known numbers, simulated people whose bias is known, and the rule in words."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import betabinom, binom

from hitl.domain.metrics import Z95
from reviews.domain.bias import (
    LEAST,
    OVERRIDES,
    STAMPS,
    Count,
    Difference,
    Seen,
    Stamp,
    Turns,
    Twice,
    common,
    counted,
    difference,
    newcombe,
    shrunk,
    stamp,
    turns,
)

COUNTS = st.integers(1, 400).flatmap(
    lambda n: st.integers(0, n).map(lambda hits: Count(hits, n)),
)
Ints = NDArray[np.int64]


# The interval of a difference


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        pytest.param(Count(56, 70), Count(48, 80), 0.0524, 0.3339, id="a"),
        pytest.param(Count(9, 10), Count(3, 10), 0.1705, 0.8090, id="b"),
        pytest.param(Count(6, 7), Count(2, 7), 0.0582, 0.8062, id="c"),
        pytest.param(Count(5, 56), Count(0, 29), -0.0381, 0.1926, id="d"),
        pytest.param(Count(0, 10), Count(0, 20), -0.1611, 0.2775, id="e"),
        pytest.param(Count(0, 10), Count(0, 10), -0.2775, 0.2775, id="f"),
        pytest.param(Count(10, 10), Count(0, 20), 0.6791, 1.0000, id="g"),
        pytest.param(Count(10, 10), Count(0, 10), 0.6075, 1.0000, id="h"),
    ],
)
def test_newcombes_own_table(one: Count, other: Count, low: float, high: float) -> None:
    """Newcombe (1998), table II, method 10, all eight examples."""
    assert newcombe(one, other) == pytest.approx((low, high), abs=6e-5)


def score_limit(count: Count, side: int) -> float:
    """A Wilson limit as the root of the score equation, not from its closed form."""
    share = count.hits / count.n

    def score(p: float) -> float:
        return abs(share - p) - Z95 * sqrt(p * (1 - p) / count.n)

    if count.hits == (count.n if side > 0 else 0):
        return share
    ends = (share + 1e-12, 1.0) if side > 0 else (0.0, share - 1e-12)
    return float(brentq(score, *ends, xtol=1e-12))


@given(COUNTS, COUNTS)
def test_a_second_formula_gives_the_same_interval(one: Count, other: Count) -> None:
    first, second = one.hits / one.n, other.hits / other.n
    low = sqrt((first - score_limit(one, -1)) ** 2 + (score_limit(other, 1) - second) ** 2)
    high = sqrt((score_limit(one, 1) - first) ** 2 + (second - score_limit(other, -1)) ** 2)
    found = newcombe(one, other)
    assert found == pytest.approx((first - second - low, first - second + high), abs=1e-8)


@given(COUNTS, COUNTS)
def test_the_other_way_round_it_is_mirrored(one: Count, other: Count) -> None:
    low, high = newcombe(one, other)
    assert -1 <= low <= high <= 1
    assert newcombe(other, one) == pytest.approx((-high, -low))


def test_too_few_of_either_kind_is_no_difference() -> None:
    enough, few = Count(5, LEAST), Count(5, LEAST - 1)
    assert difference(Seen(enough, few)) == difference(Seen(few, enough)) == Difference()
    assert difference(Seen(enough, enough)).value == 0.0


# Simulated people: the model is wrong on 8 % of cases, people themselves on 4 %; of the wrong
# suggestions in sight a biased person follows a share.

WRONG, SLIPS = 0.08, 0.04
BLIND = (1 - WRONG) * (1 - SLIPS)


def assisted(follows: float) -> float:
    """How often somebody gives the model's answer with the suggestion in sight."""
    return (1 - WRONG) * (1 - SLIPS) + WRONG * follows


def at_most(rounds: int, rate: float) -> float:
    """The lowest share of hits that chance leaves a true rate, in 99 of 100 simulations."""
    return float(binom.ppf(0.01, rounds, rate)) / rounds


@pytest.mark.parametrize(
    ("follows", "n", "share"),
    [
        pytest.param(0.0, 2000, 0.1, id="no bias"),
        pytest.param(0.3, 2000, 0.1, id="some"),
        pytest.param(0.3, 5000, 0.2, id="some, much data"),
        pytest.param(0.9, 1000, 0.25, id="strong, little data"),
    ],
)
def test_the_interval_covers_the_true_bias_at_its_rate(
    follows: float, n: int, share: float
) -> None:
    """95 % of 4,000 simulated workflows, by an exact binomial limit at 99 %."""
    rounds, rng = 4000, np.random.default_rng(20261123)
    hidden_n = rng.binomial(n, share, rounds)
    shown = rng.binomial(n - hidden_n, assisted(follows))
    hidden = rng.binomial(hidden_n, BLIND)
    true = assisted(follows) - BLIND
    covered = 0
    for x, m, y, k in zip(shown, n - hidden_n, hidden, hidden_n, strict=True):
        low, high = newcombe(Count(int(x), int(m)), Count(int(y), int(k)))
        covered += low <= true <= high
    print(f"bias {true:.4f}, n {n}, blind {share}: covered {covered / rounds:.4f}")
    assert covered / rounds >= at_most(rounds, 0.95)
    assert covered / rounds <= 0.97  # and is not bought by width


def test_a_bias_of_some_points_is_found_and_none_is_rarely_claimed() -> None:
    """5,000 cases, a fifth of them blind: found in at least 90 %, claimed in at most 5 %."""
    rounds, rng = 1000, np.random.default_rng(1)
    claimed = {}
    for follows in (0.0, 0.5):
        shown = rng.binomial(4000, assisted(follows), rounds)
        hidden = rng.binomial(1000, BLIND, rounds)
        low = [
            newcombe(Count(int(x), 4000), Count(int(y), 1000))[0]
            for x, y in zip(shown, hidden, strict=True)
        ]
        claimed[follows] = sum(one > 0 for one in low) / rounds
    print(f"claimed without bias {claimed[0.0]:.3f}, with bias {claimed[0.5]:.3f}")
    assert claimed[0.0] <= 0.05
    assert claimed[0.5] >= 0.9


def team(rng: np.random.Generator, people: int) -> tuple[list[Seen], NDArray[np.float64]]:
    """A simulated team whose members differ: what each said, and how biased each is."""
    follows = rng.beta(3, 7, people)
    slips = rng.beta(4, 96, people)
    hidden_share = (1 - WRONG) * (1 - slips)
    shown_share = hidden_share + WRONG * follows
    shown_n, hidden_n = rng.integers(40, 600, people), rng.integers(5, 60, people)
    shown, hidden = rng.binomial(shown_n, shown_share), rng.binomial(hidden_n, hidden_share)
    cells = zip(shown, shown_n, hidden, hidden_n, strict=True)
    seen = [Seen(Count(int(a), int(b)), Count(int(c), int(d))) for a, b, c, d in cells]
    return seen, shown_share - hidden_share


def test_shrinkage_errs_less_than_raw_rates() -> None:
    """1,000 simulated teams of eight. The squared error is far lower, and the intervals cover."""
    rng = np.random.default_rng(2)
    raw, drawn, covered, total = 0.0, 0.0, 0, 0
    for _ in range(1000):
        people, true = team(rng, 8)
        for one, found, bias in zip(people, shrunk(people), true, strict=True):
            assert found.value is not None
            assert found.low is not None
            assert found.high is not None
            assert one.shown.share is not None
            assert one.hidden.share is not None
            raw += (one.shown.share - one.hidden.share - bias) ** 2
            drawn += (found.value - bias) ** 2
            covered += found.low <= bias <= found.high
            total += 1
    print(f"mean squared error raw {raw / total:.6f}, shrunk {drawn / total:.6f}")
    print(f"covered by the shrunk interval {covered / total:.4f}")
    assert drawn < raw / 2
    assert covered / total >= 0.93


# Shrinkage


@given(st.lists(COUNTS, min_size=1, max_size=8))
def test_what_is_likely_of_anybody_lies_around_their_own_share(counts: list[Count]) -> None:
    everybody = common(counts)
    assert everybody.weights.sum() == pytest.approx(1)
    for one in counts:
        low, high = everybody.interval(one)
        assert 0 <= low < everybody.share(one) < high <= 1


def test_the_weights_are_those_of_the_likeliest_counts() -> None:
    """Against scipy's beta-binomial at every point of the grid."""
    counts = [Count(9, 10), Count(40, 100), Count(7, 30), Count(55, 60)]
    found = common(counts)
    logs = sum(betabinom.logpmf(c.hits, c.n, found.hits, found.misses) for c in counts)
    expected = np.exp(logs - logs.max())
    assert found.weights == pytest.approx(expected / expected.sum(), abs=1e-9)


def test_who_did_little_is_drawn_far_and_who_did_much_hardly() -> None:
    counts = [Count(400, 1000), Count(900, 1000), Count(650, 1000), Count(2, 2)]
    everybody = common(counts)
    assert everybody.share(counts[0]) == pytest.approx(0.4, abs=0.01)
    assert everybody.share(counts[3]) < 0.9


def test_a_person_without_blind_answers_gets_the_workflows() -> None:
    people = [Seen(Count(90, 100), Count(80, 100)), Seen(Count(90, 100), Count())]
    alone = shrunk(people)[1]
    first = shrunk(people)[0]
    assert alone.value is not None
    assert first.value is not None
    assert alone.value == pytest.approx(0.1, abs=0.03)
    assert alone.low is not None
    assert first.low is not None
    assert alone.low < first.low  # and much less is known of it
    assert shrunk([]) == []


# Two stages


def test_flips_and_benefit_have_their_own_denominators() -> None:
    answers = [
        *[Twice(first_right=True, final_right=False, model_right=False)] * 2,
        *[Twice(first_right=True, final_right=True, model_right=False)] * 6,
        *[Twice(first_right=False, final_right=True, model_right=True)] * 3,
        *[Twice(first_right=False, final_right=False, model_right=True)] * 1,
        *[Twice(first_right=True, final_right=True, model_right=True)] * 50,
        *[Twice(first_right=False, final_right=False, model_right=False)] * 5,
        *[Twice(first_right=True, final_right=False, model_right=True)] * 7,
    ]
    assert turns(answers) == Turns(flipped=Count(2, 8), mended=Count(3, 4))
    assert turns([]) == Turns(Count(), Count())


# The rubber stamp


@pytest.mark.parametrize(
    ("followed", "errors", "fast", "state"),
    [
        pytest.param(Count(49, STAMPS), Count(), True, Stamp.WARNING, id="98 % and fast"),
        pytest.param(Count(48, STAMPS), Count(), True, Stamp.UNKNOWN, id="96 % and fast"),
        pytest.param(Count(49, 49), Count(), True, Stamp.UNKNOWN, id="too few, though fast"),
        pytest.param(Count(50, 50), Count(), False, Stamp.UNKNOWN, id="not fast"),
        pytest.param(Count(50, 50), Count(), None, Stamp.UNKNOWN, id="nobody knows how fast"),
        pytest.param(Count(100, OVERRIDES), Count(30, 200), False, Stamp.WARNING, id="no override"),
        pytest.param(Count(99, 99), Count(30, 200), False, Stamp.UNKNOWN, id="one too few"),
        pytest.param(Count(100, 100), Count(5, 9), False, Stamp.UNKNOWN, id="error unknown"),
        pytest.param(Count(85, 100), Count(30, 200), False, Stamp.CLEAR, id="as often as wrong"),
        pytest.param(Count(100, 100), Count(0, 200), False, Stamp.CLEAR, id="nothing to override"),
        pytest.param(Count(100, 100), Count(0, 200), True, Stamp.WARNING, id="but fast"),
    ],
)
def test_the_rule_against_stamping(
    followed: Count, errors: Count, fast: bool | None, state: Stamp
) -> None:
    found, why = stamp(followed, errors, fast=fast)
    assert found is state
    assert why


def test_counts_know_their_share_and_interval() -> None:
    assert counted([True, False, True]) == Count(2, 3)
    assert Count().share is None
    assert Count().interval is None
    assert Count(1, 4).share == 0.25
    assert Count(1, 4).rest == Count(3, 4)
    low, high = Count(1, 4).interval or (0, 0)
    assert 0 < low < 0.25 < high < 1
