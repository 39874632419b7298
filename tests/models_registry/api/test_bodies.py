"""Bodies: read strictly, refused with a pointer."""

import io
from typing import Annotated, Any

import msgspec
import pytest
from django.contrib.auth.models import AnonymousUser, User
from pytest_django import Settings
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from models_registry.api import bodies
from models_registry.api.bodies import Line, Malformed, Parser, Renderer, Said
from models_registry.domain.errors import Forbidden, Invalid, TooLarge


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    name: Line
    note: Said = ""
    sizes: list[int] = []


class Asked(msgspec.Struct, rename={"since": "from"}):
    since: int = 0
    word: Annotated[str, msgspec.Meta(max_length=3)] = ""


def asking(query: str) -> Request:
    return Request(APIRequestFactory().get(f"/?{query}"))


def test_a_body_is_read_into_its_shape() -> None:
    assert bodies.decode(b'{"name": "a", "sizes": [1]}', Shape) == Shape("a", "", [1])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param(b'{"name": 1}', "/name", id="wrong type"),
        pytest.param(b'{"name": "a", "sizes": [1, "x"]}', "/sizes/1", id="in an array"),
        pytest.param(b"[]", "", id="no object"),
        pytest.param(b"{}", "/name", id="missing"),
        pytest.param(b'{"name": "a", "nope": 1}', "/nope", id="unknown"),
        pytest.param(b'{"name": "a\\nb"}', "/name", id="two lines where one belongs"),
        pytest.param(b'{"name": "a\\n"}', "/name", id="a line break at the end"),
        pytest.param(b'{"name": "a", "note": "\\u0000"}', "/note", id="a NUL byte"),
        pytest.param(b'{"name": "%s"}' % (b"x" * 201), "/name", id="too long"),
    ],
)
def test_a_wrong_body_is_pointed_at(body: bytes, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        bodies.decode(body, Shape)
    (problem,) = refused.value.problems
    assert problem.pointer == pointer
    assert "`$" not in problem.detail


@pytest.mark.parametrize(
    "body",
    [b"{", b"", b"nonsense", b'"\xff"', b'"\\ud800"', b"[" * 100_000],
    ids=["cut short", "empty", "text", "no UTF-8", "half a character", "too deep"],
)
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        bodies.decode(body, object)
    assert refused.value.code == "malformed-json"


def test_a_query_is_read_into_its_shape() -> None:
    assert bodies.query(asking("from=7&word=abc"), Asked) == Asked(7, "abc")


@pytest.mark.parametrize(
    ("query", "pointer", "said"),
    [
        ("from=x", "from", "int"),
        ("word=abcd", "word", "length <= 3"),
        ("since=1", "since", "Valid: from, word."),
    ],
)
def test_a_wrong_parameter_is_named(query: str, pointer: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        bodies.query(asking(query), Asked)
    (problem,) = refused.value.problems
    assert problem.pointer == pointer
    assert said in problem.detail


class TestBytes:
    def test_the_parser_hands_the_bytes_on(self) -> None:
        assert Parser().parse(io.BytesIO(b'{"a": 1}')) == b'{"a": 1}'

    def test_a_body_over_the_limit_is_too_large(self, settings: Settings) -> None:
        settings.HITL_BODY_LIMIT = 10
        assert Parser().parse(io.BytesIO(b"x" * 10)) == b"x" * 10
        with pytest.raises(TooLarge, match="more than 10 bytes"):
            Parser().parse(io.BytesIO(b"x" * 11))

    def request(self, body: bytes) -> Request:
        plain = APIRequestFactory().generic("POST", "/", body.decode(), "application/json")
        return Request(plain, parsers=[Parser()])

    def test_a_body_is_read_from_the_request(self) -> None:
        assert bodies.read(self.request(b'{"name": "a"}'), Shape) == Shape("a")

    def test_an_empty_body_is_refused(self) -> None:
        with pytest.raises(Invalid, match="empty"):
            bodies.raw(self.request(b""))

    @pytest.mark.parametrize(
        ("value", "content"), [(None, b""), ({"a": [1, None]}, b'{"a":[1,null]}')]
    )
    def test_answers_are_written_as_json(self, value: Any, content: bytes) -> None:
        assert Renderer().render(value) == content


class TestPerson:
    def request(self, user: Any) -> Request:
        made = asking("")
        made.user = user
        return made

    def test_a_person_is_who_calls(self) -> None:
        bob = User(username="bob")
        assert bodies.person(self.request(bob)) is bob

    def test_a_clients_key_is_nobody(self) -> None:
        with pytest.raises(Forbidden, match="client's key"):
            bodies.person(self.request(AnonymousUser()))
