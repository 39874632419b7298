"""Agreement counts comparable answers; blind agreement those of people who had not seen."""

from hitl.domain.metrics import METRICS, Row

SEEN = [Row("answered", agrees=True), Row("answered", agrees=True), Row("answered", agrees=None)]
BLIND = [Row("answered", agrees=False, blind=True), Row("answered", agrees=None, blind=True)]
OTHERS = [Row("arrived", automated=True), Row("decided", human=True), Row("redone")]


def test_agreement_is_over_all_comparable_answers() -> None:
    assert METRICS["agreement"].tally(SEEN + BLIND + OTHERS) == {"n": 3, "hits": 2}


def test_blind_agreement_leaves_out_who_saw_the_suggestion() -> None:
    assert METRICS["agreement_blind"].tally(SEEN + BLIND + OTHERS) == {"n": 1, "hits": 0}
    assert METRICS["agreement_blind"].tally(SEEN) == {}


def test_agreement_is_an_estimate() -> None:
    low, high = METRICS["agreement"].interval({"n": 100, "hits": 90}) or (0.0, 0.0)
    assert (round(low, 3), round(high, 3)) == (0.826, 0.945)
