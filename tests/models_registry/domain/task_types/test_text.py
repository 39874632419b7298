"""Text: free words or a transcript, compared after a stated normalisation."""

import unicodedata
from typing import Any

import jiwer
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from models_registry.domain.errors import Invalid
from models_registry.domain.task_types.text import BRIEF, Text, blank, compared

TASK = Text()
WORDS = TASK.check({"compare": "wer", "multiline": True})
CHARACTERS = TASK.check({"compare": "cer", "multiline": True})
LOOSE = TASK.check({"compare": "wer", "ignore_case": True, "ignore_punctuation": True})
words = st.lists(st.sampled_from(["the", "cat", "sat", "on", "a", "mat", "été"]), max_size=12)
sentences = words.map(" ".join)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


def refusal(answer: Any, value: object) -> str:
    with pytest.raises(Invalid) as refused:
        TASK.normalise(answer, value, "/value")
    (problem,) = refused.value.problems
    assert problem.pointer == "/value"
    return problem.detail


@pytest.mark.parametrize(
    ("answer", "pointer"),
    [
        pytest.param({}, "/answer", id="does not say how to compare"),
        pytest.param({"compare": "bleu"}, "/answer/compare", id="compared otherwise"),
        pytest.param({"compare": "wer", "most": 0}, "/answer/most", id="no characters"),
        pytest.param({"compare": "wer", "tolerance": 2}, "/answer/tolerance", id="tolerance"),
        pytest.param({"compare": "wer", "multiline": "x"}, "/answer/multiline", id="no bool"),
        pytest.param({"compare": "wer", "case": True}, "/answer", id="unknown option"),
    ],
)
def test_unusable_definitions_are_refused_at_what_is_wrong(answer: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        TASK.check(answer)
    assert refused.value.problems[0].pointer == pointer


@given(texts)
def test_what_is_stored_is_composed_and_ends_where_its_words_end(text: str) -> None:
    assume(not blank(text))
    stored = str(TASK.normalise(WORDS, text, "/value"))
    assert unicodedata.is_normalized("NFC", stored)
    assert "\r" not in stored
    assert all(line == line.rstrip() for line in stored.split("\n"))
    assert TASK.normalise(WORDS, stored, "/value") == stored
    assert TASK.normalise(WORDS, TASK.parsed(WORDS, TASK.row(WORDS, stored)), "/value") == stored


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param("", "Write something.", id="empty"),
        pytest.param(" \r\n\t ", "Write something.", id="blank"),
        pytest.param("a\nb", "Write it in one line.", id="two lines"),
        pytest.param("a\0b", "The text has characters that nobody can read", id="NUL"),
        pytest.param("a\ud800b", "The text has characters that nobody can read", id="surrogate"),
        pytest.param("x" * 10_001, "At most 10,000 characters; this has 10,001.", id="too long"),
        pytest.param(7, "Give a text.", id="a number"),
        pytest.param(None, "Give a text.", id="nothing"),
        pytest.param(["a"], "Give a text.", id="a list"),
    ],
)
def test_anything_else_is_refused_with_what_is_right(value: object, says: str) -> None:
    assert refusal(LOOSE, value).startswith(says)


def test_comparing_ignores_what_the_definition_ignores() -> None:
    assert compared(LOOSE, "  The “CAT”,\n sat. STRASSE ") == "the cat sat strasse"
    assert compared(LOOSE, "straße") == "strasse"
    assert compared(WORDS, "The  cat,\tsat.") == "The cat, sat."
    assert TASK.distance(LOOSE, "The cat sat!", "the cat, SAT") == 0.0
    assert TASK.distance(WORDS, "The cat sat!", "the cat, SAT") == 1.0
    assert TASK.distance(LOOSE, "?!", "...") == 0.0


@given(sentences, sentences)
def test_rates_equal_those_of_a_second_implementation(said: str, truth: str) -> None:
    assume(truth)
    found = TASK.measures(WORDS, said, truth)
    assert found["wer"] == pytest.approx(jiwer.wer(truth, said))
    assert found["cer"] == pytest.approx(jiwer.cer(truth, said))


def test_rates_may_pass_one_and_an_empty_truth_has_its_own() -> None:
    assert TASK.measures(WORDS, "a b c", "x")["wer"] == 3.0
    assert TASK.measures(LOOSE, "a", "!") == {"wer": 1.0, "cer": 1.0}
    assert TASK.measures(LOOSE, "?", "!") == {"wer": 0.0, "cer": 0.0}


@given(sentences, sentences)
def test_distance_is_symmetric_and_counts_words_or_characters(left: str, right: str) -> None:
    longest = max(len(left.split()), len(right.split()))
    for answer in (WORDS, CHARACTERS):
        found = TASK.distance(answer, left, right)
        assert 0.0 <= found == TASK.distance(answer, right, left) <= 1.0
        assert (found == 0.0) == (left == right)
    edits = TASK.distance(WORDS, left, right) * longest
    assert edits == pytest.approx(round(edits))


def test_texts_agree_within_the_tolerance() -> None:
    answer = TASK.check({"compare": "cer", "tolerance": 0.25})
    assert TASK.agrees(answer, "abcd", "abcx")
    assert not TASK.agrees(answer, "abcd", "abyx")


def test_the_form_says_how_much_may_be_written() -> None:
    assert TASK.form(WORDS) == {"task_type": "text", "multiline": True, "most": 10_000}


def test_a_blank_control_says_nothing_and_words_stay_as_they_are() -> None:
    assert TASK.posted({"value": [" \n"]}) is None
    assert TASK.posted({"value": ["  a\nb "]}) == "  a\nb "


def test_a_long_text_reads_as_its_beginning_in_one_line() -> None:
    assert TASK.brief(WORDS, "one\n two") == "one two"
    brief = TASK.brief(WORDS, "word " * 100)
    assert len(brief) <= BRIEF
    assert brief.endswith("word…")
