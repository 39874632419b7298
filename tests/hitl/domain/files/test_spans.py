"""Parts of a file, as HTTP asks for them."""

import pytest

from hitl.domain.files.spans import span


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", None),
        ("bytes=-", None),
        ("bytes=5-2", None),
        ("items=0-1", None),
        ("bytes=0-1,4-5", None),
        ("bytes=٣-4", None),
        ("bytes=0-0", range(0, 1)),
        ("bytes=0-", range(0, 10)),
        ("bytes=4-99", range(4, 10)),
        ("bytes=-99", range(0, 10)),
        ("bytes=-0", range(0)),
        ("bytes=10-", range(0)),
    ],
)
def test_one_span_of_ten_bytes(asked: str, found: range | None) -> None:
    assert span(asked, 10) == found


def test_an_empty_file_has_no_spans() -> None:
    assert span("bytes=0-", 0) is None
