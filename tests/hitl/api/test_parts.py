"""multipart/form-data, read strictly."""

import io
from collections.abc import Mapping
from typing import Any

import pytest

from hitl.api.parts import Watched
from hitl.models import Case, Workflow
from tests import factories
from tests.conftest import Api
from tests.contents import picture
from tests.hitl.services.test_files import SCHEMA
from tests.problems import refused

TYPE = "multipart/form-data; boundary=XX"
CASE = (b'name="case"', b'{"input": {}}')


@pytest.fixture
def insurer(db: None) -> Api:
    claims: Workflow = factories.workflow("claims", schema=SCHEMA, level="human_only")
    return Api(factories.key(claims, client="insurer")[1])


def body(*parts: tuple[bytes, bytes]) -> bytes:
    head = b"--XX\r\nContent-Disposition: form-data; "
    return b"".join(head + h + b"\r\n\r\n" + c + b"\r\n" for h, c in parts) + b"--XX--\r\n"


def post(insurer: Api, sent: bytes, content_type: str = TYPE) -> Any:
    data: Any = sent  # bytes, whatever the stubs say
    return insurer.generic("POST", "/api/v1/workflows/claims/cases", data, content_type)


def test_a_whole_body_is_taken_in(insurer: Api) -> None:
    whole = body(CASE, (b'name="scan"; filename="a.png"', picture()))
    assert post(insurer, whole, TYPE).status_code == 201


@pytest.mark.parametrize("missing", [5, 11, 40])
def test_a_body_that_is_cut_short_is_refused(insurer: Api, missing: int) -> None:
    cut = body(CASE, (b'name="scan"; filename="a.png"', picture()))[:-missing]
    answer = post(insurer, cut, TYPE)
    assert "cut short" in refused(answer, 400, "invalid", "")["detail"]
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "head",
    [
        b'name="scan"; filename="/"',
        b'name="scan"; filename=".."',
        b'name="scan"; filename="\x01"',
        b"name=\"scan\"; filename*=foo''%ff",
        b'name=""; filename="a.png"',
        b'name="\xff\xfe"; filename="a.png"',
    ],
)
def test_a_file_that_cannot_be_read_is_never_left_out(insurer: Api, head: bytes) -> None:
    sent = body(CASE, (head, picture()))
    answer = post(insurer, sent, TYPE)
    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:hitl:invalid"
    assert not Case.objects.exists()


@pytest.mark.parametrize("charset", ["utf-7", "idna", "punycode", "unicode_escape", "utf-16"])
def test_parts_in_another_charset_are_refused(insurer: Api, charset: str) -> None:
    sent, said = body((CASE[0], b'{"input": {"text": "+2AA-"}}')), f"{TYPE}; charset={charset}"
    answer = post(insurer, sent, said)
    refused(answer, 400, "invalid", "Content-Type")


def test_too_many_parts_are_refused_in_plain_words(insurer: Api) -> None:
    many = body(CASE, *((b'name="f%d"; filename="a"' % n, b"x") for n in range(150)))
    answer = post(insurer, many, TYPE)
    assert "settings" not in refused(answer, 400, "invalid", "")["detail"]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
def test_boundaries_are_counted_however_the_body_arrives(size: int) -> None:
    sent: Mapping[bytes, tuple[int, bool]] = {
        body(CASE, CASE): (3, True),
        body(CASE)[:-6]: (1, False),
        b"": (0, False),
    }
    for content, expected in sent.items():
        watched = Watched(io.BytesIO(content), b"XX")
        while watched.read(size):
            pass
        assert (watched.seen, watched.ended) == expected
