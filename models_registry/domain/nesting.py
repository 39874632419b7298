"""How deep JSON nests. What nests without end can be kept, but hardly read or shown again."""

import re

import msgspec

DEPTH = 100
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ALIKE = bytes.maketrans(b"{}", b"[]")
_REST = bytes(set(range(256)) - set(b"[]{}"))


def is_deep(text: bytes, most: int = DEPTH) -> bool:
    """Whether valid JSON nests deeper than `most`; nearly free for all that has few brackets.

    >>> is_deep(b'[[["{{{{"]]]', 3), is_deep(b'[[{"a": []}]]', 3)
    (False, True)
    """
    if text.count(b"[") + text.count(b"{") <= most:
        return False
    left = _STRING.sub(b"", text).translate(_ALIKE, _REST)
    for _ in range(most):  # each time the innermost pairs go
        if not left:
            return False
        left = left.replace(b"[]", b"")
    return bool(left)


def decoded(text: str) -> object:
    """What a text says as JSON; ValueError if that is nothing, or nests too deep.

    >>> decoded('{"text": "hi"}')
    {'text': 'hi'}
    """
    try:
        raw = text.encode()
        if is_deep(raw):
            raise ValueError(f"This nests too deep; use at most {DEPTH} levels.")
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ValueError(f"This is no JSON: {str(error)[:200]}.") from error
