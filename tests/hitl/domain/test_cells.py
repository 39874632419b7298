"""Cells that no spreadsheet runs, and that come back as they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl.domain.cells import FORMULA, NUMBER, TAKEN, heads, plain, safe

risky = st.text("=+-@＝＠ \n\t\r'1.a", max_size=6)


@given(st.text() | risky)
def test_a_cell_comes_back_as_it_was(cell: str) -> None:
    assert plain(safe(cell)) == cell


@given(st.text() | risky)
def test_only_numbers_begin_like_a_formula(cell: str) -> None:
    assert not safe(cell).startswith(FORMULA) or NUMBER.fullmatch(cell)


@pytest.mark.parametrize("cell", ["", "plain", "5", "-5", "+1.50", "it's", "'quoted'"])
def test_what_is_no_formula_stays(cell: str) -> None:
    assert safe(cell) == cell


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "-1+1",
        "+cmd",
        "@SUM(A1)",
        "\t=1",
        "-",
        "-5;",
        "'=1",
        " =1",
        "\n@a",
        "＝1",
        "\ufeff－1+1",
    ],
)
def test_what_may_be_one_gets_an_apostrophe(cell: str) -> None:
    assert safe(cell) == f"'{cell}"


def test_columns_of_an_answer_never_stand_there_twice() -> None:
    assert heads(["total", *TAKEN]) == ["total", *(f"answer.{name}" for name in TAKEN)]
