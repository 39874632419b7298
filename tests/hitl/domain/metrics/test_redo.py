"""The redo rate is per decision told."""

from hitl.domain.metrics import METRICS, Row

REDO = METRICS["redo_rate"]


def test_it_is_redos_per_decision() -> None:
    assert REDO.tally([Row("decided")] * 4 + [Row("redone"), Row("arrived")]) == {"n": 4, "hits": 1}
    assert REDO.value({"n": 4, "hits": 1}) == 0.25


def test_a_redo_without_a_decision_in_the_window_is_kept_for_the_merge() -> None:
    alone = REDO.tally([Row("redone")])
    assert alone == {"n": 0, "hits": 1}
    assert REDO.value(alone) is None
    assert REDO.value(REDO.merge([alone, {"n": 2, "hits": 0}])) == 0.5


def test_it_may_pass_1_and_claims_no_interval() -> None:
    assert REDO.value({"n": 1, "hits": 3}) == 3.0
    assert REDO.interval({"n": 1, "hits": 3}) is None
