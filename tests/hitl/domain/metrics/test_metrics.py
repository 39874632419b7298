"""Metrics are monoids: tallies of any split, merged in any order, are the tally of all rows."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from hitl.domain.metrics import METRICS, Metric, Row, share, wilson
from tests import properties  # noqa: F401  (its profile)

rows = st.one_of(
    st.builds(
        lambda automated, null: Row("arrived", automated=automated, null=null),
        st.booleans(),
        st.none() | st.booleans(),
    ),
    st.builds(
        lambda agrees, blind: Row("answered", agrees=agrees, blind=blind),
        st.none() | st.booleans(),
        st.booleans(),
    ),
    st.builds(lambda human: Row("decided", human=human), st.booleans()),
    st.just(Row("redone")),
)
split_rows = st.lists(st.lists(rows, max_size=12), max_size=6)
every_metric = pytest.mark.parametrize("metric", METRICS.entries(), ids=list(METRICS))


@every_metric
@given(parts=split_rows, order=st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_any_split_merged_in_any_order_is_the_tally_of_all(
    metric: Metric, parts: list[list[Row]], order: object
) -> None:
    tallies = [metric.tally(part) for part in parts]
    order.shuffle(tallies)  # type: ignore[attr-defined]
    assert metric.merge(tallies) == metric.tally(itertools.chain.from_iterable(parts))


@every_metric
@given(a=st.lists(rows), b=st.lists(rows), c=st.lists(rows))
@settings(max_examples=30)
def test_merging_is_associative_and_commutative_with_nothing_as_neutral(
    metric: Metric, a: list[Row], b: list[Row], c: list[Row]
) -> None:
    x, y, z = metric.tally(a), metric.tally(b), metric.tally(c)
    assert metric.merge([metric.merge([x, y]), z]) == metric.merge([x, metric.merge([y, z])])
    assert metric.merge([x, y]) == metric.merge([y, x])
    assert metric.merge([x, {}]) == metric.merge([x]) == x


@every_metric
@given(some=st.lists(rows))
@settings(max_examples=30)
def test_a_value_is_in_its_range_and_inside_its_interval(metric: Metric, some: list[Row]) -> None:
    tally = metric.tally(some)
    value, interval = metric.value(tally), metric.interval(tally)
    if value is None:
        assert interval is None
        return
    assert value >= 0.0
    if metric.unit == "count":
        assert value == int(value)
    elif metric.name != "redo_rate":
        assert value <= 1.0
    if interval is not None:
        assert 0.0 <= interval[0] <= value <= interval[1] <= 1.0


@every_metric
@given(some=st.lists(rows), order=st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_the_order_of_rows_does_not_matter(metric: Metric, some: list[Row], order: object) -> None:
    shuffled = list(some)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert metric.tally(shuffled) == metric.tally(some)


@every_metric
def test_an_empty_window_yields_nothing_not_zero(metric: Metric) -> None:
    assert metric.tally([]) == {}
    assert metric.merge([]) == {}
    assert metric.value({}) is None
    assert metric.interval({}) is None


def test_a_share_counts_yes_among_all() -> None:
    assert share([True, False, True]) == {"n": 3, "hits": 2}
    assert share([False]) == {"n": 1, "hits": 0}
    assert share([]) == {}


counted = st.integers(1, 100_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


class TestWilson:
    @given(counted)
    def test_it_is_scipys(self, counted: tuple[int, int]) -> None:
        hits, n = counted
        theirs = binomtest(hits, n).proportion_ci(0.95, method="wilson")
        low, high = wilson(hits, n)
        assert math.isclose(low, theirs.low, abs_tol=1e-12)
        assert math.isclose(high, theirs.high, abs_tol=1e-12)

    @given(counted)
    def test_it_contains_the_share_and_stays_in_range(self, counted: tuple[int, int]) -> None:
        hits, n = counted
        low, high = wilson(hits, n)
        assert 0.0 <= low <= hits / n <= high <= 1.0

    @given(counted)
    def test_hits_and_misses_mirror_each_other(self, counted: tuple[int, int]) -> None:
        hits, n = counted
        low, high = wilson(hits, n)
        mirrored = wilson(n - hits, n)
        assert math.isclose(low, 1 - mirrored[1], abs_tol=1e-12)
        assert math.isclose(high, 1 - mirrored[0], abs_tol=1e-12)

    @given(counted)
    def test_more_of_the_same_narrows_it(self, counted: tuple[int, int]) -> None:
        hits, n = counted
        low, high = wilson(hits, n)
        wide = high - low
        low, high = wilson(10 * hits, 10 * n)
        assert high - low < wide

    @pytest.mark.parametrize("n", [10, 50, 300])
    def test_it_covers_the_truth_in_95_of_100_cases_on_average(self, n: int) -> None:
        intervals = [wilson(hits, n) for hits in range(n + 1)]
        truths = [i / 200 for i in range(1, 200)]
        covered = [
            sum(
                float(probability)
                for probability, (low, high) in zip(
                    binom.pmf(range(n + 1), n, truth), intervals, strict=True
                )
                if low <= truth <= high
            )
            for truth in truths
        ]
        assert 0.945 <= sum(covered) / len(covered) <= 0.965
