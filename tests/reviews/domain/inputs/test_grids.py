"""Grids of numbers as images."""

import base64
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.domain.inputs import LOOKS, parts
from reviews.domain.inputs.shapes import Image, Text

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


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.text()
    | st.integers()
    | st.sampled_from([10**400, -(10**400), 10**4000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, st.sampled_from(sorted(LOOKS)))
def test_whatever_json_it_is_something_is_shown(value: object, look: str) -> None:
    assert parts({"x": value}, of(x={"x-render": look}))
    assert parts({"x": [[value]], "y": value}, of(x={"x-render": look}))
