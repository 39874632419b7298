"""Parts: what is asked for only as a field among others."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.domain.errors import Invalid
from models_registry.domain.task_types.parts import Day, YesNo


@given(st.dates())
def test_a_date_is_stored_as_iso_writes_it(day: date) -> None:
    assert Day().normalise({}, f" {day.isoformat()} ", "/value") == day.isoformat()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param("2026-02-30", "No such date.", id="no such day"),
        pytest.param("03.02.2026", "Not a date.", id="another order"),
        pytest.param("2026-W06-2", "Not a date.", id="a week"),
        pytest.param("20260203", "Not a date.", id="without dashes"),
        pytest.param("2026-02-03T00:00", "Not a date.", id="with a time"),
        pytest.param(20260203, "Not a date.", id="a number"),
        pytest.param(None, "Not a date.", id="nothing"),
    ],
)
def test_anything_else_is_no_date(value: object, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        Day().normalise({}, value, "/value")
    assert refused.value.problems[0].pointer == "/value"
    assert refused.value.detail == f"{says} Write year, month and day, as 2026-02-03."


@pytest.mark.parametrize("value", [True, "true", "yes", " Yes "])
def test_yes_is_true(value: object) -> None:
    assert YesNo().normalise({}, value, "/value") is True


@pytest.mark.parametrize("value", [False, "false", "no", "NO"])
def test_no_is_false(value: object) -> None:
    assert YesNo().normalise({}, value, "/value") is False


@pytest.mark.parametrize("value", ["maybe", "", 1, 0, None, [True]])
def test_anything_else_is_neither(value: object) -> None:
    with pytest.raises(Invalid) as refused:
        YesNo().normalise({}, value, "/value")
    assert refused.value.problems[0].detail == "Answer true or false (yes or no)."


@pytest.mark.parametrize("part", [Day(), YesNo()], ids=["date", "yes or no"])
def test_a_part_has_no_options(part: Day | YesNo) -> None:
    assert part.check({}) == {}
    with pytest.raises(Invalid, match=f"A field of type {part.name} has no options"):
        part.check({"unit": "kg"})
    assert part.fits({}, []) == ""
    assert part.fits({}, ["a"]) == "A model of classes does not answer this."


def test_a_yes_comes_back_from_a_table() -> None:
    for value in (True, False):
        row = YesNo().row({}, value)
        assert YesNo().normalise({}, YesNo().parsed({}, row), "/value") is value
    assert (YesNo().brief({}, True), YesNo().brief({}, False)) == ("Yes", "No")
