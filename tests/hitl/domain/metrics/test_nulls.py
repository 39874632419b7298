"""The NULL rate is over predictions that were asked for."""

from hitl.domain.metrics import METRICS, Row


def test_cases_that_no_model_was_asked_about_do_not_count() -> None:
    rate = METRICS["null_rate"]
    rows = [Row("arrived", null=True), Row("arrived", null=False), Row("arrived", null=None)]
    assert rate.tally(rows) == {"n": 2, "hits": 1}
    assert rate.tally([Row("arrived", null=None), Row("decided")]) == {}
    assert rate.interval({"n": 2, "hits": 1}) is not None
