"""What one attempt means for the next: properties over all answers, and examples."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hitl.domain import deliveries
from hitl.domain.deliveries import (
    AT_ONCE,
    DAY,
    GONE,
    LAST,
    PATIENCE,
    SCHEDULE,
    SUBSCRIBABLE,
    THROTTLES,
    DeliveryState,
    EventType,
    Verdict,
    event_type,
    is_success,
    places,
    retry_after,
)

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DONE, PENDING, FAILED = DeliveryState.DONE, DeliveryState.PENDING, DeliveryState.FAILED

draws = st.floats(0, 1, exclude_max=True)
steps = st.integers(0, LAST)
statuses = st.none() | st.integers(100, 599)
failures = statuses.filter(lambda status: not is_success(status) and status != GONE)
waits = st.none() | st.timedeltas(timedelta(), DAY)
since = st.none() | st.timedeltas(timedelta(), timedelta(days=9)).map(lambda ago: AT - ago)


def judge(
    status: int | None,
    *,
    step: int = 0,
    wait: timedelta | None = None,
    failing_since: datetime | None = AT,
    draw: float = 0.0,
) -> Verdict:
    return deliveries.judge(
        at=AT, step=step, status=status, wait=wait, failing_since=failing_since, draw=draw
    )


@given(statuses, steps, waits, since, draws)
def test_a_delivery_is_done_exactly_when_the_endpoint_said_so(
    status: int | None,
    step: int,
    wait: timedelta | None,
    failing_since: datetime | None,
    draw: float,
) -> None:
    verdict = judge(status, step=step, wait=wait, failing_since=failing_since, draw=draw)
    assert (verdict.state is DONE) == (status is not None and 200 <= status <= 299)
    assert (verdict.next_at is not None) == (verdict.state is PENDING)
    assert not (verdict.disable and verdict.state is not FAILED)


@given(failures, steps, waits, since, draws)
def test_a_failure_is_tried_again_until_the_schedule_is_used_up(
    status: int | None,
    step: int,
    wait: timedelta | None,
    failing_since: datetime | None,
    draw: float,
) -> None:
    verdict = judge(status, step=step, wait=wait, failing_since=failing_since, draw=draw)
    assert (verdict.state is PENDING) == (step < LAST)
    if verdict.next_at is not None:
        assert verdict.step == step + 1
        assert verdict.next_at >= AT + SCHEDULE[step]
        if not verdict.pause_until:
            assert verdict.next_at <= AT + SCHEDULE[step] * 1.2


@given(st.sampled_from(sorted(THROTTLES)), st.timedeltas(timedelta(), DAY), steps, draws)
def test_nothing_is_sent_before_the_endpoint_wants_it(
    status: int, wait: timedelta, step: int, draw: float
) -> None:
    verdict = judge(status, wait=wait, step=step, draw=draw)
    assert verdict.pause_until == AT + wait
    if verdict.next_at is not None:
        assert verdict.next_at >= verdict.pause_until


@given(failures.filter(lambda status: status not in THROTTLES), waits, steps)
def test_other_answers_pause_nothing(status: int | None, wait: timedelta | None, step: int) -> None:
    assert judge(status, wait=wait, step=step).pause_until is None


@given(steps, since)
def test_410_ends_the_endpoint_at_once(step: int, failing_since: datetime | None) -> None:
    verdict = judge(GONE, step=step, failing_since=failing_since)
    assert verdict.state is FAILED
    assert "410" in verdict.disable


@given(failures, since)
def test_the_last_failure_disables_what_has_failed_for_three_days(
    status: int | None, failing_since: datetime | None
) -> None:
    verdict = judge(status, step=LAST, failing_since=failing_since)
    long = failing_since is not None and AT - failing_since >= PATIENCE
    assert bool(verdict.disable) == long


@given(st.lists(draws, min_size=LAST, max_size=LAST))
def test_an_endpoint_that_only_fails_is_disabled_by_its_first_message(chances: list[float]) -> None:
    """However chance falls, the schedule takes three days, and four at most."""
    at = AT
    for step, draw in enumerate([*chances, 0.0]):
        verdict = deliveries.judge(
            at=at, step=step, status=500, wait=None, failing_since=AT, draw=draw
        )
        at = verdict.next_at or at
    assert verdict.state is FAILED
    assert verdict.disable
    assert PATIENCE <= at - AT <= timedelta(days=4)


def test_the_schedule_is_the_one_of_the_specification() -> None:
    assert sum(SCHEDULE, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)


@given(st.integers(0, 10**30))
def test_seconds_to_wait_are_read(seconds: int) -> None:
    assert retry_after(f" {seconds} ", AT) == timedelta(seconds=min(seconds, 86400))


@given(st.timedeltas(timedelta(days=-9), timedelta(days=9)))
def test_a_date_to_wait_for_is_read(ahead: timedelta) -> None:
    header = format_datetime((AT + ahead).astimezone(UTC), usegmt=True)
    read = retry_after(header, AT)
    assert read is not None
    assert timedelta() <= read <= DAY
    if timedelta() <= ahead <= DAY:
        assert abs(read - ahead) < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        pytest.param("Sun, 01 Mar 2026 12:00:30 GMT", 30, id="a date"),
        pytest.param("Sun, 01 Mar 2026 12:00:30", 30, id="a date without zone"),
        pytest.param("Sun, 01 Mar 2020 12:00:30 GMT", 0, id="long past"),
        pytest.param("0", 0, id="at once"),
        pytest.param("9" * 6000, 86400, id="thousands of digits"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 -2359", 86400, id="the end of time"),
        pytest.param("-5", None, id="negative"),
        pytest.param("1.5", None, id="a fraction"),
        pytest.param("²", None, id="no plain digit"),
        pytest.param("soon", None, id="words"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="no header"),
    ],
)
def test_how_long_to_wait(header: str | None, wait: int | None) -> None:
    read = retry_after(header, AT)
    assert read == (None if wait is None else timedelta(seconds=wait))


@given(st.text(max_size=60))
def test_any_header_is_survived(header: str) -> None:
    read = retry_after(header, AT)
    assert read is None or timedelta() <= read <= DAY


def test_the_first_decision_is_one_and_later_ones_supersede() -> None:
    assert [event_type(n) for n in (1, 2, 9)] == [
        EventType.DECIDED,
        EventType.SUPERSEDED,
        EventType.SUPERSEDED,
    ]
    assert EventType.TEST not in SUBSCRIBABLE


def test_an_endpoint_that_fails_is_probed_by_one_at_a_time() -> None:
    assert [places(failing=False, under_way=n) for n in (0, 7, 8, 20)] == [AT_ONCE, 1, 0, 0]
    assert [places(failing=True, under_way=n) for n in (0, 1, 5)] == [1, 0, 0]
