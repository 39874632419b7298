"""Pools as rows of a form."""

import pytest

from hitl.domain.policy import PoolRule
from hitl.forms import pools


def test_a_pool_is_shown_in_its_row_and_the_others_are_empty() -> None:
    shown = pools.shown([PoolRule("a", ("x", "y"), "b", 5), PoolRule("b")])
    assert shown["pool_0_skills"] == "x, y"
    assert (shown["pool_0_escalates_to"], shown["pool_0_after_minutes"]) == ("b", 5)
    assert (shown["pool_1_name"], shown["pool_1_after_minutes"]) == ("b", "")
    assert {shown[pools.key(row, part)] for row in (2, 3, 4) for part in pools.PARTS} == {""}


@pytest.mark.parametrize(
    ("names", "rows"), [([], 5), (["pool_0_name"], 5), (["pool_8_name", "pool_x_name"], 9)]
)
def test_the_rows_that_were_sent_are_counted(names: list[str], rows: int) -> None:
    assert pools.rows_of(dict.fromkeys(names, "x")) == rows
