"""Parts of a file, as HTTP asks for them: one span of bytes."""

import re

_SPAN = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def span(asked: str, size: int) -> range | None:
    """The bytes that a Range header asks for; None where all of them are to be sent. An empty
    range stands for a span that the file does not have.

    >>> span("bytes=0-3", 10), span("bytes=-4", 10), span("bytes=7-", 10)
    (range(0, 4), range(6, 10), range(7, 10))
    >>> span("bytes=0-3,5-6", 10), span("bytes=12-", 10)
    (None, range(0, 0))
    """
    found = _SPAN.fullmatch(asked.strip())
    if found is None or found[0] == "bytes=-" or size == 0:
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
    if last and first and int(last) < int(first):
        return None  # no span at all: the header is to be ignored
    return range(start, end) if start < end else range(0)
