"""Arrived cases are counted."""

from hitl.domain.metrics import METRICS, Row


def test_every_arrived_case_counts_once() -> None:
    volume = METRICS["volume"]
    assert volume.tally([Row("arrived"), Row("arrived", automated=True), Row("decided")]) == {
        "n": 2
    }
    assert volume.value({"n": 2}) == 2.0
    assert volume.interval({"n": 2}) is None
    assert volume.unit == "count"
