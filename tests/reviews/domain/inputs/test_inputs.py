"""How inputs are shown, by the hints of their schema."""

from typing import Any

import pytest

from reviews.domain.inputs import is_long, parts
from reviews.domain.inputs.shapes import Entry, Table, Text, Values

ONE = "a" * 64
FILE = {"file": ONE}


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def test_scalars_are_values_in_the_order_of_the_schema_after_what_is_to_be_read() -> None:
    schema = of(
        amount={"title": "Amount", "type": "number", "description": "with tax"},
        letter={"type": "string"},
        is_new={"type": "boolean"},
        country={"type": "string", "enum": ["DE", "FR"]},
        note={"type": ["string", "null"]},
    )
    value = {"note": None, "country": "DE", "is_new": True, "letter": "Dear all", "amount": 12.5}
    rows = [
        Entry("Amount", "12.5", "with tax"),
        Entry("is new", "yes"),
        Entry("country", "DE"),
        Entry("note", "nothing"),
    ]
    assert parts(value, schema) == [Text("letter", "Dear all", "text"), Values(rows)]


def test_what_the_schema_does_not_name_is_shown_too() -> None:
    assert parts({"extra": {"a": 1}}, {"type": "object"}) == [
        Text("extra", '{\n  "a": 1\n}', "json")
    ]


def test_an_array_without_the_hint_is_formatted_json() -> None:
    (part,) = parts({"scan": [[1, 2]]}, of(scan={"type": "array"}))
    assert part == Text("scan", "[\n  [\n    1,\n    2\n  ]\n]", "json")


@pytest.mark.parametrize(
    ("value", "part"),
    [
        pytest.param("words", Text("Letter", "words", "text"), id="text"),
        pytest.param([1], Text("Letter", "[\n  1\n]", "json"), id="array"),
        pytest.param(7, Text("Letter", "7", "json"), id="number"),
    ],
)
def test_an_input_may_be_no_object(value: object, part: Text) -> None:
    assert parts(value, {"title": "Letter"}) == [part]


@pytest.mark.parametrize(
    ("render", "value", "kind"),
    [
        ("image", FILE, "picture"),
        ("audio", FILE, "audio"),
        ("pdf", FILE, "pdf"),
        ("file", FILE, "file"),
        ("image", [[0, 1]], "image"),
        ("markdown", "# Hi", "markdown"),
        ("text", "short", "text"),
        ("json", "short", "json"),
        ("link", "https://example.org/a", "link"),
        ("table", [{"a": 1}], "table"),
        ("values", {"a": 1}, "values"),
    ],
)
def test_each_hint_has_its_look(render: str, value: object, kind: str) -> None:
    hints = {"x-render": render, "title": "Title", "description": "About it"}
    (part,) = parts({"it": value}, of(it=hints))
    assert part.kind == kind
    assert (part.title, part.about) == ("Title", "About it")


FOREIGN = [7, True, "words", [], [1, [2]], [{}], {"a": {"b": []}}, {"file": "../x"}, [[]], -1.5]


@pytest.mark.parametrize("value", FOREIGN, ids=repr)
@pytest.mark.parametrize(
    "render",
    ["image", "audio", "pdf", "file", "link", "markdown", "text", "table", "values", "no", 7, None],
)
def test_what_does_not_fit_its_hint_is_shown_as_it_is(render: object, value: object) -> None:
    (part,) = parts({"it": value}, of(it={"x-render": render}))
    assert isinstance(part, Text | Values | Table)


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": []},
        {"properties": {"it": True}},
        {"properties": {"it": {"title": 7, "description": [], "items": 1, "x-render": "table"}}},
        {"properties": {"it": {"x-render": "table", "items": {"prefixItems": [7, None]}}}},
    ],
)
def test_a_foreign_schema_breaks_nothing(schema: dict[str, Any]) -> None:
    assert len(parts({"it": [[1, 2, 3]]}, schema)) == 1


def test_an_object_is_a_list_of_values_under_its_title() -> None:
    known = {"b": {"title": "Second"}, "c": {}}
    hints = {"x-render": "values", "properties": known}
    (part,) = parts({"it": {"a": [1], "b": None}}, of(it=hints))
    assert part == Values([Entry("Second", "nothing"), Entry("a", "[1]")], "it")


def test_people_search_where_there_is_much_to_read() -> None:
    assert not is_long(parts({"text": "short"}, {}))
    assert is_long(parts({"text": "long " * 100}, {}))
    rows = [{"name": "somebody", "place": "somewhere"}] * 40
    assert is_long(parts({"rows": rows}, of(rows={"x-render": "table"})))
