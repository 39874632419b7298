"""Processes: no gain on average while their null hypothesis holds, and the formulas agree."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from hitl.domain.rollouts import processes as p

weights = st.floats(0.01, 1.0)


def gain(before: p.Wealth, after: p.Wealth) -> list[float]:
    return [math.exp(b - a) for a, b in zip(before, after, strict=True)]


@given(weights, st.floats(0.0, 0.5))
def test_a_pair_gains_nothing_where_both_win_alike(weight: float, chance: float) -> None:
    nothing = p.begun(len(p.STAKES))
    won = gain(nothing, p.differ(nothing, side=1, weight=weight))
    lost = gain(nothing, p.differ(nothing, side=-1, weight=weight))
    assert all(chance * w + (1 - chance) * g <= 1 + 1e-9 for w, g in zip(won, lost, strict=True))


def test_with_weight_one_it_is_the_beta_mixture() -> None:
    """log[B_{>1/2}(1 + w, 1 + l) / B_{>1/2}(1, 1)] + (w + l) log 2, statistics of section 3."""
    won, lost = 30, 12
    wealth = p.begun(len(p.STAKES))
    for side in [1] * won + [-1] * lost:
        wealth = p.differ(wealth, side=side, weight=1.0)
    upper = special.beta(1 + won, 1 + lost) * special.betaincc(1 + won, 1 + lost, 0.5)
    exact = math.log(upper / 0.5) + (won + lost) * math.log(2)
    assert math.log(p.strength(wealth)) == pytest.approx(exact, abs=0.05)


@given(weights, st.floats(0.001, 0.2), st.floats(0.0, 0.3), st.floats(0.0, 0.3))
def test_a_margin_gains_nothing_at_the_margin(
    weight: float, margin: float, better: float, more: float
) -> None:
    worse = min(1.0 - better, better + margin + more)
    if worse - better < margin:
        return
    nothing = p.begun(len(p.MARGIN_STAKES))
    gains = [
        gain(nothing, p.within(nothing, worse=d, weight=weight, margin=margin)) for d in (1, -1, 0)
    ]
    for up, down, same in zip(*gains, strict=True):
        assert up > 0.0
        assert worse * up + better * down + (1 - worse - better) * same <= 1 + 1e-9


@given(st.floats(0.01, 0.99), st.floats(0.1, 1.0))
def test_an_arm_gains_nothing_while_it_errs_no_more(share: float, ratio: float) -> None:
    nothing = p.begun(len(p.RATIOS))
    chance = share * ratio / (share * ratio + 1 - share)
    mine = gain(nothing, p.assigned(nothing, is_challengers=True, share=share))
    other = gain(nothing, p.assigned(nothing, is_challengers=False, share=share))
    assert all(chance * m + (1 - chance) * o <= 1 + 1e-9 for m, o in zip(mine, other, strict=True))


@given(st.floats(0.01, 0.99), st.floats(1.5, 10.0))
def test_nothing_is_cleared_that_errs_more(share: float, ratio: float) -> None:
    nothing = p.begun(len(p.RATIOS))
    chance = share * ratio / (share * ratio + 1 - share)
    mine = gain(nothing, p.cleared(nothing, is_challengers=True, share=share, least=1.5))
    other = gain(nothing, p.cleared(nothing, is_challengers=False, share=share, least=1.5))
    assert all(chance * m + (1 - chance) * o <= 1 + 1e-9 for m, o in zip(mine, other, strict=True))


@given(st.floats(0.001, 0.5), st.floats(0.0, 1.0))
def test_rates_gain_nothing_on_their_own_side(most: float, part: float) -> None:
    low, high = most * part, most + (1 - most) * part
    for act, bets, rate in ((p.above, p.HIGH, low), (p.below, p.LOW, high)):
        nothing = p.begun(len(bets))
        hit = gain(nothing, act(nothing, happened=1, of=1, most=most))
        miss = gain(nothing, act(nothing, happened=0, of=1, most=most))
        assert all(rate * h + (1 - rate) * m <= 1 + 1e-9 for h, m in zip(hit, miss, strict=True))


def test_many_answers_at_once_are_the_same_as_one_by_one() -> None:
    once = p.above(p.begun(6), happened=3, of=40, most=0.01)
    wealth = p.begun(6)
    for i in range(40):
        wealth = p.above(wealth, happened=int(i < 3), of=1, most=0.01)
    assert wealth == pytest.approx(once)


def test_three_hundred_sound_answers_show_less_than_one_in_a_hundred() -> None:
    assert p.strength(p.below(p.begun(3), happened=0, of=300, most=0.01)) < 20
    assert p.strength(p.below(p.begun(3), happened=0, of=450, most=0.01)) >= 20


def test_what_has_lost_all_is_still_a_number() -> None:
    wealth = p.below(p.begun(3), happened=1, of=1, most=0.01)
    assert all(math.isfinite(one) for one in wealth)
    assert p.strength(wealth) < 1
