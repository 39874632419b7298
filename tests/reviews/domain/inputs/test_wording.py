"""Values in words."""

from typing import Any

from reviews.domain.inputs.wording import described, mapping, raw, said, titled


def test_values_are_said_in_a_few_words() -> None:
    assert [said(value) for value in (None, True, False, 1.5, "x", {"a": [1]})] == [
        "nothing",
        "yes",
        "no",
        "1.5",
        "x",
        '{"a":[1]}',
    ]


def test_names_without_a_title_are_words() -> None:
    assert titled("due_date", {}) == "due date"
    assert titled("due_date", {"title": "Due"}) == "Due"
    assert described({"description": None}) == ""


def test_what_is_no_mapping_is_an_empty_one() -> None:
    assert mapping(True) == {}
    assert mapping({"a": 1}) == {"a": 1}


def test_what_cannot_be_shown_says_so() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert raw(deep) == "This value cannot be shown."
    assert raw(object()) == "This value cannot be shown."
