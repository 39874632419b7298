"""Whole canaries on the product's own functions: an equal challenger is rarely taken back, a bad
one nearly always, and the check can fail."""

import pytest

from benchmarks import rollouts

FALSE, FOUND = 0.05, 0.99


@pytest.mark.parametrize(
    ("runs", "audits"),
    [
        pytest.param(150, 10_000, id="short"),
        pytest.param(1000, 30_000, id="whole", marks=pytest.mark.endurance),
    ],
)
def test_an_equal_challenger_is_rarely_taken_back(runs: int, audits: int) -> None:
    found = rollouts.canaries(runs, ratio=1.0, audits=audits)
    aborted, cried = rollouts.ended(found, "abort"), sum(one.cried for one in found)
    assert rollouts.least(aborted, runs) <= FALSE, f"{aborted} of {runs}"
    assert rollouts.least(cried, runs) > FALSE, f"a z-test cries wolf in {cried} of {runs}"


@pytest.mark.parametrize(
    "runs", [pytest.param(100, id="short"), pytest.param(1000, marks=pytest.mark.endurance)]
)
def test_a_challenger_with_four_times_the_errors_is_taken_back(runs: int) -> None:
    found = rollouts.canaries(runs, ratio=4.0)
    aborted = rollouts.ended(found, "abort")
    assert aborted / runs >= FOUND, f"{aborted} of {runs}"
