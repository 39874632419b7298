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
