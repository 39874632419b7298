"""Keys: one per action, whatever people choose."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.domain.errors import Invalid
from reviews.domain.keys import ACTIONS, DIGITS, RESERVED, check, resolved

LISTENS = re.compile(r"const KEYS = |const name = \{|event\.key\.toLowerCase\(\) ===")
SIGN = re.compile(r'"([^"\w\s])":|\b([a-z]): |=== "(.)"')
FREE = sorted(set("cdijknopqtvwxyz!#,.;") - RESERVED - DIGITS)
CHOOSABLE = [name for name in ACTIONS if name != "submit"]
USABLE = st.sampled_from([*FREE, *(ACTIONS[name].key for name in CHOOSABLE)])
CHOSEN = st.dictionaries(st.sampled_from(CHOOSABLE), USABLE)


def refused(own: dict[str, str]) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        check(own)
    return {problem.pointer: problem.detail for problem in caught.value.problems}


def test_the_usual_keys_differ_from_each_other_and_from_those_of_answers_and_inputs() -> None:
    usual = [action.key for action in ACTIONS.values()]
    assert len(set(usual)) == len(usual)
    assert not set(usual) & (DIGITS | RESERVED)
    assert resolved({}) == {name: action.key for name, action in ACTIONS.items()}


def test_a_chosen_key_is_stored_small_and_only_where_it_differs() -> None:
    assert check({"skip": "X", "undo": "U", "submit": "Enter"}) == {"skip": "x"}


def test_two_actions_may_change_places() -> None:
    own = {"skip": "m", "comment": "s"}
    assert check(own) == own
    assert resolved(own)["skip"] == "m"


@pytest.mark.parametrize("key", ["", "ab", "Enter", "Escape", " ", "\t", "\n", "\x00", "\u0301"])
def test_a_key_is_one_sign_that_can_be_seen(key: str) -> None:
    assert "one letter or sign" in refused({"skip": key})["/keys/skip"]


@pytest.mark.parametrize("key", sorted(DIGITS))
def test_digits_choose_answers(key: str) -> None:
    assert "Digits choose answers" in refused({"skip": key})["/keys/skip"]


@pytest.mark.parametrize("key", [*sorted(RESERVED), "B", "R"])
def test_keys_of_the_input_stay_its_own(key: str) -> None:
    assert "belongs to" in refused({"skip": key})["/keys/skip"]


@pytest.mark.parametrize("script", ["inputs.js", "sound.js"])
def test_every_sign_that_the_input_listens_to_is_its_own(script: str) -> None:
    source = (Path(__file__).resolve().parents[3] / "templates/static/hitl" / script).read_text()
    told = " ".join(line for line in source.splitlines() if LISTENS.search(line))
    found = {a or b or c for a, b, c in SIGN.findall(told)} - {" "}
    assert found
    assert found <= RESERVED


def test_enter_always_submits() -> None:
    assert "always submits" in refused({"submit": "x"})["/keys/submit"]


def test_an_unknown_action_is_refused_with_the_known_ones() -> None:
    said = refused({"fly/up~": "x"})["/keys/fly~1up~0"]
    assert "skip, comment, undo" in said


def test_a_key_that_another_action_has_is_refused_where_it_was_chosen() -> None:
    assert "'Write a comment'" in refused({"skip": "m"})["/keys/skip"]
    full = {name: ACTIONS[name].key for name in CHOOSABLE} | {"skip": "m"}
    assert set(refused(full)) == {"/keys/skip"}
    assert set(refused({"skip": "x", "undo": "X"})) == {"/keys/skip", "/keys/undo"}


def test_every_wrong_key_is_named_at_once() -> None:
    assert set(refused({"skip": "1", "undo": "b"})) == {"/keys/skip", "/keys/undo"}


def test_an_action_that_came_later_has_no_key_if_its_usual_one_was_chosen() -> None:
    assert resolved({"skip": "f", "gone": "x"}) == resolved({}) | {"skip": "f", "search": ""}


def wrong(own: dict[str, str]) -> set[str]:
    """Where the check finds something wrong."""
    try:
        check(own)
    except Invalid as error:
        return {problem.pointer for problem in error.problems}
    return set()


@given(CHOSEN)
def test_what_is_let_through_gives_each_action_a_key_of_its_own(own: dict[str, str]) -> None:
    assert wrong(own) <= {f"/keys/{name}" for name in own}
    if not wrong(own):
        stored = check(own)
        keys = resolved(stored)
        assert len(set(keys.values())) == len(ACTIONS)
        assert all(keys.values())
        assert {name: keys[name] for name in own} == own
        assert check(stored) == stored


@given(st.dictionaries(st.text(), st.text()))
def test_whatever_is_sent_is_stored_or_refused(own: dict[str, str]) -> None:
    assert all(pointer.startswith("/keys/") for pointer in wrong(own))
    assert wrong(own) or set(check(own)) <= set(ACTIONS)
