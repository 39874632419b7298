"""Which properties hold files, and what is wrong with what an input names."""

from typing import Any

import pytest

from hitl.domain.files import (
    MOST_FILES,
    UNKNOWN,
    file_in,
    file_properties,
    files_in,
    misfit,
    pointer,
    problems,
)

ONE, OTHER = "a" * 64, "b" * 64
PROPERTIES = {"scan": "image", "call": "audio"}


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def test_hints_of_the_schema_say_which_properties_hold_files() -> None:
    schema = of(
        scan={"x-render": "image"},
        doc={"x-render": "pdf"},
        text={"x-render": "markdown"},
        odd=True,
        list={"x-render": ["image"]},
    )
    assert file_properties(schema) == {"scan": "image", "doc": "pdf"}


@pytest.mark.parametrize("schema", [{}, {"properties": []}, {"properties": None}])
def test_a_schema_may_have_no_properties(schema: dict[str, Any]) -> None:
    assert file_properties(schema) == {}


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(ONE, id="no object"),
        pytest.param({"file": "../../etc/passwd"}, id="a path"),
        pytest.param({"file": ONE + "\n"}, id="a line break"),
        pytest.param({"file": ONE.upper()}, id="large letters"),
        pytest.param({"file": 7}, id="no text"),
        pytest.param({"file": ONE, "name": "x"}, id="more than the file"),
        pytest.param({}, id="empty"),
    ],
)
def test_only_a_hash_alone_names_a_file(value: object) -> None:
    assert file_in(value) is None
    (wrong,) = problems({"call": value}, PROPERTIES, {ONE: "audio/wav"})
    assert wrong.pointer == "/input/call"


def test_files_of_an_input_by_property() -> None:
    value = {"scan": {"file": ONE}, "call": None, "text": {"file": OTHER}}
    assert files_in(value, PROPERTIES) == {"scan": ONE}
    assert files_in([value], PROPERTIES) == {}
    assert files_in(value, {}) == {}
    assert problems(value, PROPERTIES, {ONE: "image/png"}) == []
    assert problems([value], PROPERTIES, {}) == []


def test_an_image_may_be_a_grid_of_numbers_a_sound_may_not() -> None:
    assert problems({"scan": [[1, 2]]}, PROPERTIES, {}) == []
    (wrong,) = problems({"call": [[1, 2]]}, PROPERTIES, {})
    assert "SHA-256" in wrong.detail


def test_a_file_that_was_not_sent_is_refused_where_it_stands() -> None:
    (wrong,) = problems({"scan": {"file": ONE}}, PROPERTIES, {OTHER: "image/png"})
    assert (wrong.pointer, wrong.detail) == ("/input/scan", UNKNOWN)


def test_a_file_of_another_kind_is_refused_with_what_would_be_right() -> None:
    (wrong,) = problems({"scan": {"file": ONE}}, PROPERTIES, {ONE: "audio/wav"})
    assert wrong.detail == "This file is audio/wav; send a PNG, JPEG, WebP or GIF image."
    assert misfit("file", "audio/wav") == ""


def test_a_case_has_a_limited_number_of_files() -> None:
    many = {f"p{i}": "file" for i in range(MOST_FILES + 1)}
    value = {name: {"file": ONE} for name in many}
    (wrong,) = problems(value, many, {ONE: "text/plain"})
    assert wrong.pointer == "/input"


def test_names_are_escaped_in_pointers() -> None:
    assert pointer("a/b~c") == "/input/a~1b~0c"
