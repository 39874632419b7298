"""The automation rate is known, not estimated."""

from hitl.domain.metrics import METRICS, Row

ROWS = [
    Row("arrived", automated=True),
    Row("arrived"),
    Row("arrived"),
    Row("arrived"),
    Row("decided"),
    Row("answered", agrees=True),
]


def test_it_is_the_share_of_arrived_cases_that_the_model_decided() -> None:
    rate = METRICS["automation_rate"]
    assert rate.tally(ROWS) == {"n": 4, "hits": 1}
    assert rate.value(rate.tally(ROWS)) == 0.25


def test_it_has_no_interval() -> None:
    assert METRICS["automation_rate"].interval({"n": 4, "hits": 1}) is None
