"""Counters: sums that do not depend on order, in groups that a bet may use."""

import random

from hypothesis import given
from hypothesis import strategies as st

from hitl.domain.evidence.counters import Group, Observation, Sampling, count, merge, total
from hitl.domain.evidence.grid import freeze

GRID = freeze([i / 100 for i in range(100)], size=10)
SHADOW = Sampling(None, 0.0, 1.0)
AUDITED = Sampling(0.5, 0.05, 1.0)


def samplings() -> st.SearchStrategy[Sampling]:
    return st.sampled_from([SHADOW, AUDITED, Sampling(0.8, 0.5, 0.1), Sampling(None, 0.0, 0.1)])


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    sampling = draw(samplings())
    score = draw(st.floats(0, 1) | st.just(float("nan")))
    reaches = sampling.threshold is not None and score >= sampling.threshold
    pi = sampling.above if reaches else sampling.below
    return Observation(score, draw(st.booleans()), pi, sampling)


def plain(counters: object) -> object:
    assert isinstance(counters, dict)
    return {group: (c.cases.tolist(), c.errors.tolist()) for group, c in counters.items()}


@given(st.lists(observations(), max_size=40), st.randoms(), st.integers(0, 40))
def test_order_and_splits_do_not_matter(
    seen: list[Observation], chance: random.Random, cut: int
) -> None:
    whole = plain(count(seen, GRID))
    parts = [count(seen[:cut], GRID), count(seen[cut:], GRID)]
    chance.shuffle(seen)
    assert plain(merge(*parts)) == plain(merge(*reversed(parts))) == whole
    assert plain(count(seen, GRID)) == whole


@given(st.lists(observations(), max_size=40))
def test_each_threshold_counts_the_cases_that_reach_it(seen: list[Observation]) -> None:
    counts = total(count(seen, GRID), GRID.size)
    for i in range(GRID.size):
        reaching = [one for one in seen if one.score >= GRID.threshold(i)]
        assert counts.cases[i] == len(reaching)
        assert counts.errors[i] == sum(one.error for one in reaching)


@given(st.lists(observations(), max_size=40))
def test_a_bet_never_stakes_more_than_the_least_probability(seen: list[Observation]) -> None:
    assert all(group.pi >= group.least for group in count(seen, GRID))


def test_audits_and_cases_below_the_threshold_stand_in_groups_of_their_own() -> None:
    above = Observation(0.9, False, 0.05, AUDITED)
    below = Observation(0.2, True, 1.0, AUDITED)
    found = count([above, below], GRID)
    assert set(found) == {Group(0.05, 0.05), Group(1.0, 0.05)}
    assert found[Group(1.0, 0.05)].errors.max() == 1


def test_a_score_that_cannot_be_used_counts_nowhere() -> None:
    assert count([Observation(float("nan"), True, 1.0, SHADOW)], GRID) == {}
