"""How inputs are shown, by the hints of their schema."""

import base64
import zlib
from typing import Any

import pytest
from django.template import Context, Template

from reviews.templatetags.case_input import Image, Text, Values, parts

GREY: dict[str, Any] = {
    "title": "Scan",
    "x-render": "image",
    "type": "array",
    "items": {"type": "array", "items": {"type": "number", "maximum": 16}},
}


def of(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def greys(image: Image) -> list[list[int]]:
    """The pixels of an image's PNG, read back."""
    png = base64.b64decode(image.src.partition(",")[2])
    start = png.index(b"IDAT")
    size = int.from_bytes(png[start - 4 : start])
    raw = zlib.decompress(png[start + 4 : start + 4 + size])
    width = image.width + 1
    return [list(raw[at + 1 : at + width]) for at in range(0, len(raw), width)]


def test_rows_of_numbers_are_an_image_whose_white_is_the_maximum() -> None:
    (image,) = parts({"scan": [[0, 8, 16], [16, 4, 99]]}, of(scan=GREY))
    assert isinstance(image, Image)
    assert (image.title, image.width, image.height, image.is_coarse) == ("Scan", 3, 2, True)
    assert greys(image) == [[0, 128, 255], [255, 64, 255]]


def test_without_a_maximum_the_brightest_number_is_white() -> None:
    (image,) = parts({"scan": [[0, 2], [4, 1]]}, of(scan={"x-render": "image"}))
    assert isinstance(image, Image)
    assert greys(image) == [[0, 128], [255, 64]]


def test_a_black_image_is_an_image() -> None:
    (image,) = parts({"scan": [[0, 0]]}, of(scan={"x-render": "image"}))
    assert isinstance(image, Image)
    assert greys(image) == [[0, 0]]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param([], id="empty"),
        pytest.param([[]], id="rows without numbers"),
        pytest.param([1, 2], id="no rows"),
        pytest.param([[1, 2], [3]], id="rows of two lengths"),
        pytest.param([[True, "x"]], id="no numbers"),
        pytest.param("text", id="no array"),
    ],
)
def test_what_is_no_grid_of_numbers_is_never_an_image(value: object) -> None:
    (part,) = parts({"scan": value}, of(scan=GREY))
    assert isinstance(part, Text)


def test_an_array_without_the_hint_is_formatted_json() -> None:
    (part,) = parts({"scan": [[1, 2]]}, of(scan={"type": "array"}))
    assert part == Text("scan", "[\n  [\n    1,\n    2\n  ]\n]", "json")


def test_scalars_are_values_in_the_order_of_the_schema_after_what_is_to_be_read() -> None:
    schema = of(
        amount={"title": "Amount", "type": "number"},
        letter={"type": "string"},
        is_new={"type": "boolean"},
        country={"type": "string", "enum": ["DE", "FR"]},
        note={"type": ["string", "null"]},
    )
    value = {"note": None, "country": "DE", "is_new": True, "letter": "Dear all", "amount": 12.5}
    assert parts(value, schema) == [
        Text("letter", "Dear all", "text"),
        Values([("Amount", "12.5"), ("is new", "yes"), ("country", "DE"), ("note", "nothing")]),
    ]


def test_what_the_schema_does_not_name_is_shown_too() -> None:
    assert parts({"extra": {"a": 1}}, {"type": "object"}) == [
        Text("extra", '{\n  "a": 1\n}', "json")
    ]


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


def test_everything_is_escaped() -> None:
    shown = Template("{% load case_input %}{% case_input value schema %}").render(
        Context(
            {
                "value": {"<i>": "<b>", "text": "<script>\nline", "list": ["<u>"], "scan": [[1]]},
                "schema": of(text={"title": "<em>"}, scan=GREY | {"title": '"><s>'}),
            }
        )
    )
    for tag in ("<i>", "<b>", "<script>", "<u>", "<em>", "<s>"):
        assert tag not in shown
    assert "&lt;script&gt;\nline" in shown
