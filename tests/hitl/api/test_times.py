"""Times as callers send them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from hitl.api.times import EARLIEST, LATEST, utc

EAST, WEST = timezone(timedelta(hours=14)), timezone(-timedelta(hours=12))


def test_a_time_is_the_same_moment_in_utc() -> None:
    there = datetime(2026, 1, 1, 8, tzinfo=EAST)
    assert utc(there) == there
    assert utc(there).tzinfo is UTC


@pytest.mark.parametrize("zone", [EAST, WEST, UTC])
def test_the_first_and_the_last_times_are_drawn_in(zone: timezone) -> None:
    assert utc(datetime.min.replace(tzinfo=zone)) == EARLIEST
    assert utc(datetime.max.replace(tzinfo=zone)) == LATEST
    assert EARLIEST - timedelta(days=1) < LATEST + timedelta(days=1)
