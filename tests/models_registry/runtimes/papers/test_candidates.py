"""What could be a field's value, whatever the scanner made of it."""

import pytest

from models_registry.runtimes.papers import invoices
from models_registry.runtimes.papers.candidates import FINDERS, described


def values(field: str, text: str) -> set[str]:
    return {one.value for one in described(field, text)[0]}


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        pytest.param("date", "Date: 2025-03-l4", "2025-03-14", id="digit misread"),
        pytest.param("date", "14.03.2025", "2025-03-14", id="points"),
        pytest.param("date", "dated 14 March 2025", "2025-03-14", id="month in words"),
        pytest.param("date", "Mareh 14, 2025", "2025-03-14", id="month misread"),
        pytest.param("date", "14 March2025", "2025-03-14", id="space lost"),
        pytest.param("total", "Total  EUR 1,204.5O", "1204.50", id="amount"),
        pytest.param("total", "1.204,50 EUR", "1204.50", id="comma"),
        pytest.param("invoice_number", "No. INV-2O25-0l17", "INV-2025-0117", id="number"),
        pytest.param("invoice_number", "Number  2025 /0117", "2025/0117", id="number in two"),
        pytest.param("supplier", "From    Old Mill Bakery", "Old Mill Bakery", id="after a label"),
    ],
)
def test_a_value_is_among_the_candidates(field: str, text: str, value: str) -> None:
    assert value in values(field, text)


def test_slashes_may_mean_either_order() -> None:
    assert values("date", "03/04/2025") == {"2025-03-04", "2025-04-03"}


@pytest.mark.parametrize("text", ["", "30.02.2025", "no day at all", "99/99/2025", "01.01.1025"])
def test_what_is_no_date_is_no_candidate(text: str) -> None:
    assert values("date", text) == set()


@pytest.mark.parametrize("field", FINDERS)
def test_features_never_depend_on_the_truth_and_are_the_same_each_time(field: str) -> None:
    text = invoices.sample(3)[0]["document"]
    every, features = described(field, text)
    assert len(every) == len(features) > 0
    assert described(field, text) == (every, features)


def test_a_total_is_known_by_its_sum() -> None:
    every, features = described("total", "rolls 1.50\ncake 2.00\nTotal 3.50\nLimit 9.00")
    sums = {one.value: row["sum"] for one, row in zip(every, features, strict=True)}
    assert (sums["3.50"], sums["9.00"]) == (1.0, 0.0)


@pytest.mark.parametrize("field", FINDERS)
def test_most_true_values_are_among_the_candidates(field: str) -> None:
    papers = [invoices.sample(i, 9) for i in range(100)]
    found = sum(truth[field] in values(field, given["document"]) for given, truth in papers)
    assert found >= 60
