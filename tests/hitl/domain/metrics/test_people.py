"""Decisions that people made are counted."""

from hitl.domain.metrics import METRICS, Row


def test_decisions_by_people_are_counted_those_of_the_model_are_not() -> None:
    people = METRICS["human_decisions"]
    rows = [Row("decided", human=True)] * 3 + [Row("decided"), Row("arrived")]
    assert people.tally(rows) == {"n": 3}
    assert people.value({"n": 3}) == 3.0
    assert people.interval({"n": 3}) is None
    assert people.unit == "count"
