"""Names in a comment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.domain.mentions import meant, names


@pytest.mark.parametrize(
    ("text", "people"),
    [
        pytest.param("@bob, look", ["bob"], id="a comma ends a name"),
        pytest.param("ask @bob.", ["bob"], id="a full stop after it"),
        pytest.param("ask @b.ob.", ["b.ob"], id="a full stop within it"),
        pytest.param("(@bob) @carol\n@bob", ["bob", "carol"], id="each once, in order"),
        pytest.param("write to ann@bob", [], id="an address is no name"),
        pytest.param("@@bob", [], id="nor are two signs"),
        pytest.param("@ bob", [], id="nor is a sign alone"),
        pytest.param("@bobby", [], id="nor the beginning of a word"),
        pytest.param("@bob@carol", [], id="nor two in one"),
        pytest.param("@ann@home", ["ann@home"], id="a name may be an address"),
        pytest.param("@bob+", ["bob+"], id="the longest known name is meant"),
    ],
)
def test_who_is_meant(text: str, people: list[str]) -> None:
    known = frozenset({"bob", "bob+", "b.ob", "carol", "ann@home"})
    assert meant(text, known) == people
    assert set(people) <= set(names(text))


@given(st.text(st.sampled_from("@bo.+- \n"), max_size=40))
def test_whoever_is_meant_is_named(text: str) -> None:
    every = frozenset(names(text))
    assert set(meant(text, every)) <= every
    assert all(f"@{name}" in text for name in every)


def test_a_long_row_of_signs_is_read_in_no_time() -> None:
    assert len(names("@a" + ".+-" * 660)) <= 2000
