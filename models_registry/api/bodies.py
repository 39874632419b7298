"""Bodies in and out: shapes are msgspec structs, read strictly, written fast, documented as they
are. (One DRF serializer call costs as much as a whole prediction; see docs/adr.)"""

import re
from collections.abc import Mapping
from typing import IO, Annotated, Any, TypeVar, get_args

import msgspec
from django.conf import settings
from django.contrib.auth.models import User
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from models_registry.domain.errors import DomainError, Forbidden, Invalid, TooLarge, cut
from models_registry.domain.nesting import DEPTH, is_deep

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)
Line = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00\r\n]*$(?!\n)")]
"""One line of text without NUL, which PostgreSQL cannot store. `$` alone allows a last newline."""
Said = Annotated[str, msgspec.Meta(max_length=2000, pattern=r"^[^\x00]*$")]
"""Some sentences that a person writes."""


class Malformed(DomainError):
    """The body is no JSON at all."""

    code = "malformed-json"


class Parser(BaseParser):
    """Hands the body on as bytes: views decode it into the shape they want, once."""

    media_type = "application/json"

    def parse(  # type: ignore[override]  # bytes go where DRF expects decoded data
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        body: bytes = stream.read(settings.HITL_BODY_LIMIT + 1)
        if len(body) > settings.HITL_BODY_LIMIT:
            raise TooLarge(f"The body has more than {settings.HITL_BODY_LIMIT:,} bytes.")
        return body


class Renderer(BaseRenderer):
    """msgspec's JSON."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else msgspec.json.encode(data)


def person(request: Request) -> User:
    """The person who calls; Forbidden for a client system's key."""
    if not isinstance(request.user, User):
        raise Forbidden("A client's key may not do this; sign in, or use your own token.")
    return request.user


def raw(request: Request) -> bytes:
    """The body's bytes; Invalid if there is none."""
    body: Any = request.data
    if not isinstance(body, bytes) or not body:
        raise Invalid.at("", "The body is empty; send a JSON object.")
    return body


def read(request: Request, shape: type[T]) -> T:
    """The body as `shape`; Invalid with a pointer to what is wrong."""
    return decode(raw(request), shape)


def decode(body: bytes | msgspec.Raw, shape: type[T]) -> T:
    try:
        found = msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise invalid(error, shape) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"The body is no valid JSON: {error}.") from error
    if shape != list[msgspec.Raw] and is_deep(bytes(body)):  # entries are read one by one
        raise Invalid.at(_deep_place(body), f"This nests too deep; use at most {DEPTH} levels.")
    return found


def _deep_place(body: bytes | msgspec.Raw) -> str:
    """The field of an object that nests too deep."""
    try:
        fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        return ""
    return next((f"/{cut(n)}" for n, one in fields.items() if is_deep(bytes(one), DEPTH - 1)), "")


def query(request: Request, shape: type[S]) -> S:
    """The query string as `shape`; unknown parameters are refused with the known ones."""
    known = msgspec.structs.fields(shape)
    names = {field.encode_name for field in known}
    for name in request.query_params:
        if name not in names:
            raise Invalid.at(cut(name), f"Unknown parameter. Valid: {', '.join(sorted(names))}.")
    try:
        return msgspec.convert(request.query_params.dict(), shape, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(error, shape, prefix="") from error


def invalid(error: msgspec.ValidationError, shape: Any, prefix: str = "/") -> Invalid:
    """msgspec's message as a problem: the field as a JSON Pointer, and what would be right."""
    detail, _, path = str(error).partition(" - at `$")
    steps = path.rstrip("`").replace("[", ".").replace("]", "").strip(".").split(".")
    named = re.search(r"(?:missing required|contains unknown) field `(.+)`", detail)
    if named:
        steps.append(named[1])
    where, detail = "/".join(cut(step) for step in steps if step), cut(detail, 200)
    if "matching regex" in detail:
        detail = "Control characters and, in one-line fields, line breaks cannot be used here"
    if "Invalid enum value" in detail:
        detail += f"; valid: {', '.join(_choices(shape, steps[-1]))}"
    return Invalid.at(prefix + where if where else "", f"{detail}.")


def _choices(shape: Any, name: str) -> list[str]:
    """The values that a struct's field may take."""
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(shape)}
    return [repr(value) for value in get_args(fields.get(name))]
