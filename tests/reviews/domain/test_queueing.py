"""What a person is told about a queue that has nothing for them."""

from datetime import UTC, datetime, timedelta

import pytest

from reviews.domain.queueing import QueueState

NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("held", "wait", "sentence"),
    [
        pytest.param(0, None, "No case waits for you.", id="empty"),
        pytest.param(
            1, 600, "1 case is held by others; the next may be free in 10 min.", id="one held"
        ),
        pytest.param(
            3, 90, "3 cases are held by others; the next may be free in 2 min.", id="some held"
        ),
        pytest.param(
            2, 5, "2 cases are held by others; the next may be free in 1 min.", id="seconds left"
        ),
        pytest.param(
            2, -60, "2 cases are held by others; the next may be free in 1 min.", id="just over"
        ),
    ],
)
def test_the_sentence_says_why_and_until_when(held: int, wait: int | None, sentence: str) -> None:
    free = None if wait is None else NOW + timedelta(seconds=wait)
    state = QueueState(held, free)
    assert state.sentence(NOW) == sentence
    assert state.is_empty is (held == 0)


@pytest.mark.parametrize(
    ("met", "sentence"),
    [
        (1, "No case waits for you; 1 that you have met waits for somebody else."),
        (1234, "No case waits for you; 1,234 that you have met wait for somebody else."),
    ],
)
def test_cases_that_wait_for_others_are_no_empty_queue(met: int, sentence: str) -> None:
    state = QueueState(0, None, for_others=met)
    assert state.sentence(NOW) == sentence
    assert not state.is_empty


def test_the_sentence_tells_of_both() -> None:
    state = QueueState(1, NOW + timedelta(minutes=4), for_others=2)
    assert state.sentence(NOW) == (
        "1 case is held by others; the next may be free in 4 min; "
        "2 that you have met wait for somebody else."
    )


def test_what_one_holds_oneself_leaves_the_queue_empty() -> None:
    assert QueueState(0, None, mine=3).is_empty
