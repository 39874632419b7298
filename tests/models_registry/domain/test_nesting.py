"""How deep JSON nests."""

import pytest

from models_registry.domain.nesting import DEPTH, is_deep


@pytest.mark.parametrize(("opened", "closed"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_what_nests_deeper_than_the_limit_is_deep(opened: bytes, closed: bytes) -> None:
    assert not is_deep(opened * DEPTH + b"1" + closed * DEPTH)
    assert is_deep(opened * (DEPTH + 1) + b"1" + closed * (DEPTH + 1))


def test_many_brackets_side_by_side_or_in_words_are_not_deep() -> None:
    assert not is_deep(b"[" + b"[[],{}]," * 10_000 + b"1]")
    assert not is_deep(b'["' + b"[" * 500 + b'\\"]"]')
