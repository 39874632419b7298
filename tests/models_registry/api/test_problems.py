"""Every refusal is problem+json."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions

from models_registry.api import problems
from models_registry.domain import errors


def told(error: Exception) -> tuple[int, dict[str, Any], Any]:
    answer = problems.answer(error, {})
    assert answer is not None
    assert answer.content_type == "application/problem+json"
    assert answer.data["status"] == answer.status_code
    return answer.status_code, answer.data, answer


class Special(errors.Conflict):
    code = "special"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.DomainError("no"), 400, "refused"),
        (errors.Invalid("no"), 400, "invalid"),
        (errors.Forbidden("no"), 403, "forbidden"),
        (errors.Missing("no"), 404, "not-found"),
        (errors.Conflict("no"), 409, "conflict"),
        (errors.Stale("no"), 409, "stale-claim"),
        (Special("no"), 409, "special"),
        (errors.TooLarge("no"), 413, "too-large"),
        (errors.Reused("no"), 422, "idempotency-key-reused"),
        (errors.Busy("no"), 503, "busy"),
        (RequestDataTooBig(), 413, "too-large"),
        (Http404(), 404, "not-found"),
        (PermissionDenied(), 403, "forbidden"),
        (exceptions.NotAuthenticated(), 401, "not-authenticated"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method-not-allowed"),
        (exceptions.UnsupportedMediaType("text/plain"), 415, "unsupported-media-type"),
        (exceptions.Throttled(), 429, "throttled"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_each_kind_has_its_status_and_code(error: Exception, status: int, code: str) -> None:
    got, body, _ = told(error)
    assert got == status
    assert body["type"] == f"urn:hitl:{code}"
    assert body["title"] == problems.TITLES[status]
    assert body["detail"]


def test_problems_become_pointers_and_facts_stand_beside_them() -> None:
    error = errors.Stale("Gone.", problems=(errors.Problem("/token", "old"),), held_by="bob")
    _, body, _ = told(error)
    assert body["errors"] == [{"pointer": "/token", "detail": "old"}]
    assert body["held_by"] == "bob"


def test_throttling_says_when_to_come_back() -> None:
    assert told(exceptions.Throttled(wait=0.2))[2].headers["Retry-After"] == "1"
    assert told(exceptions.Throttled(wait=12.0))[2].headers["Retry-After"] == "12"


def test_who_is_not_signed_in_is_told_how() -> None:
    error = exceptions.NotAuthenticated()
    error.auth_header = "Bearer"  # type: ignore[attr-defined]  # DRF sets it so
    assert told(error)[2].headers["WWW-Authenticate"] == "Bearer"


def test_what_nobody_foresaw_is_not_dressed_up() -> None:
    assert problems.answer(ZeroDivisionError(), {}) is None


def test_every_kind_of_error_has_a_status() -> None:
    for kind in vars(errors).values():
        if not (isinstance(kind, type) and issubclass(kind, errors.DomainError)):
            continue
        assert problems.status_of(kind("no")) in problems.TITLES
