"""The guarantee in short: the benchmark's own runs, few of them, on the population where every
threshold is just above the target. A certifier that does not share its level among the thresholds
fails here."""

import pytest
from scipy.stats import binom

from benchmarks import guarantee
from benchmarks.populations import Population, all_of_them

RUNS = 150
ALLOWED = binom.ppf(0.99, RUNS, guarantee.GOAL.level)


@pytest.fixture(scope="module")
def boundary() -> Population:
    return next(one for one in all_of_them() if one.name == "boundary")


def violated(population: Population, *, level_split: bool) -> int:
    runs = (guarantee.shadow(population, i, level_split=level_split) for i in range(RUNS))
    return sum(run.violated for run in runs)


def test_certificates_are_wrong_no_more_often_than_promised(boundary: Population) -> None:
    found = violated(boundary, level_split=True)
    assert found <= ALLOWED, f"{found} of {RUNS} runs, at most {ALLOWED:.0f} by chance"


def test_a_certifier_that_does_not_share_its_level_is_found_out(boundary: Population) -> None:
    assert violated(boundary, level_split=False) > ALLOWED


def test_what_can_be_automated_is() -> None:
    easy = next(one for one in all_of_them() if one.name == "digits10")
    runs = [guarantee.shadow(easy, i) for i in range(20)]
    at_2000 = guarantee.MARKS.index(2000)
    assert sum(run.automated[at_2000] for run in runs) / len(runs) >= 0.9


def test_costs_are_measured_in_microseconds_and_milliseconds() -> None:
    counting, proving = guarantee.costs(cases=400, rounds=3)
    assert counting > 0.0
    assert proving > 0.0
