"""Bars per day."""

from datetime import date

from reviews.templatetags.bars import HIGH, days


def test_the_tallest_bar_fills_the_height_and_nothing_is_no_bar() -> None:
    drawn = days({date(2026, 1, 1): 4, date(2026, 1, 2): 0, date(2026, 1, 3): 1})
    assert [bar["height"] for bar in drawn["bars"]] == [HIGH, 0, 25]
    assert [bar["y"] for bar in drawn["bars"]] == [0, HIGH, 75]
    assert (drawn["most"], drawn["total"]) == (4, 5)


def test_no_days_draw_nothing() -> None:
    drawn = days({})
    assert (drawn["bars"], drawn["total"]) == ([], 0)
    assert days({date(2026, 1, 1): 0})["bars"][0]["height"] == 0
