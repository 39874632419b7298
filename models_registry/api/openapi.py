"""The API's description, made from the same structs that the doors read and write."""

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

F = TypeVar("F", bound=Callable[..., Any])
COMPONENTS: dict[str, Any] = {}
JSON = "application/json"


class FieldProblem(msgspec.Struct, frozen=True):
    """One thing wrong with one field."""

    pointer: str
    detail: str


class Problem(msgspec.Struct, frozen=True):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


MEANINGS = {
    400: "Something in the request is wrong; `errors` points at it.",
    401: "No key, or an unknown one.",
    403: "Not allowed to this caller.",
    404: "No such thing for this caller.",
    409: "Somebody was first, or it is not in a state for this.",
    413: "The body is too large.",
    415: "The body must be application/json.",
    422: "The Idempotency-Key was used with another body.",
    429: "Too many requests; see Retry-After.",
    503: "Try again.",
}


def any_of(*shapes: Any) -> dict[str, Any]:
    return {"anyOf": [schema_of(shape) for shape in shapes]}


def array_of(shape: Any) -> dict[str, Any]:
    return {"type": "array", "items": schema_of(shape)}


def schema_of(shape: Any) -> dict[str, Any]:
    """The JSON Schema of a struct (or the schema itself, where one is given)."""
    if isinstance(shape, dict):
        return shape
    (schema,), components = msgspec.json.schema_components(
        [shape], ref_template="#/components/schemas/{name}"
    )
    COMPONENTS.update(components)
    return schema


def described(
    summary: str,
    *,
    body: Any = None,
    answer: Any = None,
    status: int = 200,
    query: type | None = None,
    headers: Iterable[OpenApiParameter] = (),
    errors: Iterable[int] = (),
    also: dict[int, str] | None = None,
    multipart: dict[str, Any] | None = None,
    raw: bool = False,
    body_type: str = JSON,
    answer_type: str = JSON,
) -> Callable[[F], F]:
    """Documents one operation. `errors` come on top of 401, 403, 404 and 429. raw: the body may
    be the bytes of a file."""
    refused = sorted({401, 403, 404, 429, *errors} | ({400, 413, 415} if body else set()))
    problem = schema_of(Problem)
    responses: dict[Any, Any] = {
        (code, "application/problem+json"): OpenApiResponse(problem, MEANINGS[code])
        for code in refused
    }
    told = OpenApiResponse(schema_of(answer) if answer else None, "")
    responses[status if answer_type == JSON else (status, answer_type)] = told
    for code, text in (also or {}).items():
        responses[code] = OpenApiResponse(None, text)
    bodies: dict[str, Any] = {body_type: schema_of(body)} if body else {}
    if multipart:
        bodies["multipart/form-data"] = multipart
    if raw:
        bodies["application/octet-stream"] = {"type": "string", "format": "binary"}
    decorate: Callable[[F], F] = extend_schema(
        operation_id=re.sub(r"[^a-z]+", "_", re.split(r"[,(]", summary.lower())[0]).strip("_"),
        summary=summary,
        request=bodies or None,
        responses=responses,
        parameters=[*headers, *(_parameters(query) if query else [])],
    )
    return decorate


def _parameters(shape: type) -> list[OpenApiParameter]:
    return [
        OpenApiParameter(field.encode_name, _inline(schema_of(field.type)), required=field.required)
        for field in msgspec.structs.fields(shape)
    ]


def _inline(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema without null: a parameter is left out instead."""
    choices = [s for s in schema.get("anyOf", [schema]) if s != {"type": "null"}]
    return choices[0] if len(choices) == 1 else {"anyOf": choices}
