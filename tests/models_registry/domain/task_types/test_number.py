"""Number: an exact decimal with a unit, a range and a tolerance."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.domain.errors import Invalid
from models_registry.domain.task_types.number import DIGITS, Number

TASK = Number()
PLAIN = TASK.check({"unit": ""})
EUROS = TASK.check({"unit": "EUR", "minimum": 0, "maximum": "1000", "decimals": 2})
decimals = st.decimals(-(10**12), 10**12, allow_nan=False, allow_infinity=False, places=8)


def refusal(answer: Any, value: object) -> str:
    with pytest.raises(Invalid) as refused:
        TASK.normalise(answer, value, "/value")
    (problem,) = refused.value.problems
    assert problem.pointer == "/value"
    return problem.detail


@pytest.mark.parametrize(
    ("answer", "pointer"),
    [
        pytest.param({}, "/answer", id="no unit"),
        pytest.param({"unit": None}, "/answer/unit", id="unit is null"),
        pytest.param({"unit": "", "minimum": "x"}, "/answer/minimum", id="minimum is no number"),
        pytest.param({"unit": "", "maximum": "1,5"}, "/answer/maximum", id="a comma"),
        pytest.param({"unit": "", "minimum": True}, "/answer/minimum", id="true"),
        pytest.param({"unit": "", "maximum": float("inf")}, "/answer/maximum", id="infinite"),
        pytest.param({"unit": "", "minimum": 2, "maximum": 1}, "/answer/maximum", id="upside down"),
        pytest.param({"unit": "", "decimals": -1}, "/answer/decimals", id="negative decimals"),
        pytest.param(
            {"unit": "", "tolerance_absolute": -1}, "/answer/tolerance_absolute", id="negative"
        ),
        pytest.param(
            {"unit": "", "tolerance_relative": 5}, "/answer/tolerance_relative", id="five percent?"
        ),
        pytest.param({"unit": "", "range": []}, "/answer", id="unknown option"),
    ],
)
def test_unusable_definitions_are_refused_at_what_is_wrong(answer: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        TASK.check(answer)
    assert refused.value.problems[0].pointer == pointer


@given(decimals)
def test_every_way_to_write_a_number_is_stored_in_one(number: Decimal) -> None:
    stored = TASK.normalise(PLAIN, str(number), "/value")
    assert isinstance(stored, str)
    assert Decimal(stored) == number
    assert "E" not in stored
    assert stored != "-0"
    assert (
        TASK.normalise(PLAIN, f" +{number}" if number >= 0 else f"{number:e}", "/value") == stored
    )
    assert TASK.normalise(PLAIN, stored, "/value") == stored
    assert TASK.parsed(PLAIN, TASK.row(PLAIN, stored)) == stored


@given(st.floats(-1e15, 1e15).filter(lambda number: number == 0 or abs(number) > 1e-20))
def test_floats_of_json_come_back_as_they_were(number: float) -> None:
    assert float(str(TASK.normalise(PLAIN, number, "/value"))) == number


@given(st.integers(-(10**20), 10**20))
def test_whole_numbers_of_json_lose_no_digit(number: int) -> None:
    assert TASK.normalise(PLAIN, number, "/value") == str(number)


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (1, "1.00"),
        ("12.5", "12.50"),
        (0.1, "0.10"),
        ("1e2", "100.00"),
        ("-0", "0.00"),
        ("12.3000", "12.30"),
        ("007", "7.00"),
        (".5", "0.50"),
    ],
)
def test_decimals_are_completed(value: object, stored: str) -> None:
    assert TASK.normalise(EUROS, value, "/value") == stored


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param("12,50", "Not a number: a comma is not understood. Write digits", id="comma"),
        pytest.param("1,200.50", "Not a number: a comma", id="thousands"),
        pytest.param("", "Not a number. Write digits with a point, as 1234.5.", id="blank"),
        pytest.param("12 USD", "'USD' is not understood here: write the number of EUR", id="unit"),
        pytest.param("EUR 12", "Not a number.", id="its unit before it"),
        pytest.param("12 EUR EUR", "'EUR EUR' is not understood", id="its unit twice"),
        pytest.param("12 EUR\u00e9", "'EUR\u00e9' is not understood", id="almost its unit"),
        pytest.param("nan", "Not a number.", id="nan"),
        pytest.param(float("nan"), "Not a number.", id="a float that is none"),
        pytest.param(float("inf"), "Not a number.", id="infinite"),
        pytest.param("٣", "Not a number.", id="digits of another script"),
        pytest.param("1_000", "Not a number.", id="underscore"),
        pytest.param(True, "Not a number.", id="true"),
        pytest.param([1], "Not a number.", id="a list"),
        pytest.param("1.234", "At most 2 digits after the point.", id="too exact"),
        pytest.param("-0.01", "At least 0.", id="too small"),
        pytest.param(1000.01, "At most 1000.", id="too large"),
        pytest.param("1e999", f"A number has at most {DIGITS} digits", id="huge exponent"),
        pytest.param("1e-999", f"A number has at most {DIGITS} digits", id="tiny exponent"),
        pytest.param(10**5000, f"A number has at most {DIGITS} digits", id="huge integer"),
        pytest.param("9" * 10**6, "Not a number.", id="a million digits"),
    ],
)
def test_anything_else_is_refused_with_how_to_write_it(value: object, says: str) -> None:
    assert refusal(EUROS, value).startswith(says)


@pytest.mark.parametrize(
    "value", ["330.50 EUR", "330.5EUR", " 330.50 eur ", "3.305e2 Eur", "+330.5\u00a0EUR"]
)
def test_its_own_unit_may_stand_after_a_number(value: str) -> None:
    assert TASK.normalise(EUROS, value, "/value") == "330.50"


@pytest.mark.parametrize(
    ("unit", "value", "stored"),
    [("%", "12 %", "12"), ("0", "10", "10"), ("e3", "1e3", "1000"), ("Straße", "4 STRASSE", "4")],
)
def test_a_unit_that_is_part_of_the_number_stays_in_it(unit: str, value: str, stored: str) -> None:
    assert TASK.normalise(TASK.check({"unit": unit}), value, "/value") == stored


def test_a_number_without_a_unit_is_written_alone() -> None:
    assert refusal(PLAIN, "12 EUR").startswith("'EUR' is not understood here: write the number al")


@given(decimals, decimals)
def test_distance_without_a_range_is_the_share_of_both(left: Decimal, right: Decimal) -> None:
    one, other = (str(TASK.normalise(PLAIN, str(n), "/value")) for n in (left, right))
    found = TASK.distance(PLAIN, one, other)
    whole = float(abs(left)) + float(abs(right))
    wanted = float(abs(left - right)) / whole if whole else 0.0
    assert found == TASK.distance(PLAIN, other, one) == pytest.approx(wanted)
    assert (found == 0.0) == (left == right) == TASK.agrees(PLAIN, one, other)
    assert found <= 1.0


def test_distance_within_a_range_is_the_share_of_it() -> None:
    assert TASK.distance(EUROS, "100.00", "350.00") == 0.25
    assert TASK.distance(EUROS, "0.00", "1000.00") == 1.0
    point = TASK.check({"unit": "", "minimum": 3, "maximum": 3})
    assert TASK.distance(point, "3", "3") == 0.0


def test_numbers_agree_within_the_greater_tolerance() -> None:
    answer = TASK.check({"unit": "", "tolerance_absolute": "0.1", "tolerance_relative": 0.01})
    assert TASK.agrees(answer, "1", "1.1")
    assert not TASK.agrees(answer, "1", "1.1001")
    assert TASK.agrees(answer, "990", "1000")
    assert not TASK.agrees(answer, "989.99", "1000")
    assert TASK.agrees(answer, "-990", "-1000")
    assert not TASK.agrees(answer, "-990", "1000")


@pytest.mark.parametrize(("decimals", "step"), [(None, "any"), (0, "1"), (3, "0.001")])
def test_the_form_says_in_which_steps(decimals: int | None, step: str) -> None:
    form = TASK.form(TASK.check({"unit": "m", "decimals": decimals, "minimum": "-1.50"}))
    assert form == {
        "task_type": "number",
        "unit": "m",
        "minimum": "-1.5",
        "maximum": None,
        "decimals": decimals,
        "step": step,
    }


def test_a_number_reads_with_its_unit() -> None:
    assert TASK.brief(EUROS, "12.50") == "12.50 EUR"
    assert TASK.brief(PLAIN, "3") == "3"


def test_a_blank_control_says_nothing() -> None:
    assert TASK.posted({"value": [" "]}) is None
    assert TASK.posted({"value": ["3", "4"]}) == "4"


def test_a_model_fits_whose_classes_are_such_numbers() -> None:
    assert TASK.fits(EUROS, ["0", "12.5"]) == ""
    assert TASK.fits(EUROS, ["0", "cat"]).startswith("The model answers 'cat'")
