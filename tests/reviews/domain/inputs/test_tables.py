"""Arrays as tables."""

from typing import Any

import pytest

from reviews.domain.inputs.tables import MOST_ROWS, table

ITEMS = {"properties": {"n": {"title": "Number"}, "what": {}}}


def test_objects_have_the_columns_of_the_schema_first() -> None:
    value: list[Any] = [{"more": [1], "n": 1}, {"what": "tea", "n": None}]
    made = table(value, {"items": ITEMS}, "Lines", "about")
    assert made is not None
    assert (made.title, made.about, made.more) == ("Lines", "about", 0)
    assert made.columns == ["Number", "what", "more"]
    assert made.rows == [["1", "", "[1]"], ["nothing", "tea", ""]]


def test_arrays_have_columns_where_the_schema_lists_them() -> None:
    made = table([[1, 2], [3]], {}, "", "")
    assert made is not None
    assert (made.columns, made.rows) == ([], [["1", "2"], ["3", ""]])
    made = table([[1, 2]], {"items": {"prefixItems": [{"title": "First"}]}}, "", "")
    assert made is not None
    assert made.columns == ["First", "2"]


def test_rows_beyond_the_most_are_counted() -> None:
    made = table([[1]] * (MOST_ROWS + 7), {}, "", "")
    assert made is not None
    assert (len(made.rows), made.more) == (MOST_ROWS, 7)


@pytest.mark.parametrize(
    "value", [None, [], "x", [1], [{}, []], [{}], [[]], [[0] * 61], {"a": 1}], ids=repr
)
def test_all_else_is_no_table(value: object) -> None:
    assert table(value, {}, "", "") is None
