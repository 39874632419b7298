"""What bytes are: found in them, and refused where people could not be shown them."""

import pytest

from hitl.domain.files.contents import content_type
from models_registry.domain.errors import Invalid
from tests.contents import bomb, document, picture, sound


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (picture("PNG"), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (picture("WEBP"), "image/webp"),
        (picture("GIF"), "image/gif"),
        (sound("WAV"), "audio/wav"),
        (sound("FLAC"), "audio/flac"),
        (sound("OGG"), "audio/ogg"),
        (sound("MP3"), "audio/mpeg"),
        (document(), "application/pdf"),
        ("Grüße\n\tan alle".encode(), "text/plain"),
        (b"\xef\xbb\xbfwith a mark", "text/plain"),
    ],
)
def test_what_people_can_be_shown_is_known_by_its_content(content: bytes, found: str) -> None:
    assert content_type(content) == found


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", id="svg"),
        pytest.param(b"\n <!DOCTYPE html><script>alert(1)</script>", id="html"),
        pytest.param(b"<?xml version='1.0'?><svg/>", id="xml"),
        pytest.param(b"#!/bin/sh\nrm -rf /", id="script"),
        pytest.param(b"MZ\x90\0" + b"\0" * 100, id="windows executable"),
        pytest.param(b"\x7fELF" + b"\0" * 100, id="executable"),
        pytest.param(b"PK\x03\x04" + b"\0" * 100, id="zip"),
        pytest.param("Grüße".encode("latin-1"), id="another encoding"),
        pytest.param("Grüße".encode("utf-16"), id="UTF-16"),
        pytest.param(b"bell \x07", id="control characters"),
        pytest.param(b"RIFF\x04\0\0\0AVI LIST", id="video"),
        pytest.param(b"\xff", id="one byte"),
        pytest.param(picture("BMP"), id="another image"),
        pytest.param(b"II*\0" + b"\0" * 40, id="TIFF"),
    ],
)
def test_all_else_is_refused_with_what_would_be_right(content: bytes) -> None:
    with pytest.raises(Invalid, match="send an image") as refused:
        content_type(content, "/input/x")
    assert refused.value.problems[0].pointer == "/input/x"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(picture("PNG")[:60], "image is damaged", id="png"),
        pytest.param(picture("JPEG")[:-200], "image is damaged", id="jpeg"),
        pytest.param(picture("GIF")[:-30], "image is damaged", id="gif"),
        pytest.param(b"\x89PNG\r\n\x1a\n<script>", "image is damaged", id="only a signature"),
        pytest.param(sound("WAV")[:-500], "sound is damaged", id="wav"),
        pytest.param(sound("FLAC")[:3000], "sound is damaged", id="flac"),
        pytest.param(b"ID3\x04" + b"\0" * 50, "sound is damaged", id="mp3"),
        pytest.param(document()[:-300], "document is cut short", id="pdf"),
        pytest.param(b"%PDF-1.7 junk %%EOF", "document is damaged", id="no pdf"),
    ],
)
def test_what_is_cut_short_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        content_type(content)


@pytest.mark.parametrize(
    "content", [bomb(), bomb(8_000, 8_000)], ids=["as Pillow sees it", "larger than ours"]
)
def test_an_image_that_unpacks_to_too_much_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid, match="too many pixels"):
        content_type(content)
