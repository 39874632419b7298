"""Errors on the wire: every refusal is problem+json (RFC 9457) that names the field."""

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from django.http.request import RawPostDataException
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from models_registry.domain import errors

STATUS: dict[type[errors.DomainError], int] = {
    errors.Invalid: 400,
    errors.DomainError: 400,
    errors.Forbidden: 403,
    errors.Missing: 404,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.Reused: 422,
    errors.Busy: 503,
}
TITLES = {
    400: "Bad request",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    413: "Too large",
    415: "Unsupported media type",
    422: "Unprocessable",
    429: "Too many requests",
    503: "Try again",
}


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler; None (a 500) only for what nobody foresaw."""
    headers: dict[str, str] = {}
    if isinstance(error, errors.DomainError):
        status, body = status_of(error), problem(error)
    elif isinstance(error, RequestDataTooBig):
        status, body = 413, _plain(413, "too-large", "The body is too large.")
    elif isinstance(error, SuspiciousOperation):
        status, body = 400, _plain(400, "invalid", f"The request cannot be read: {error}")
    elif isinstance(error, Http404 | PermissionDenied | exceptions.APIException):
        status, body, headers = _framework(error)
    else:
        return None
    _drain(context.get("request"))
    return Response(body, status, headers=headers, content_type="application/problem+json")


def _drain(request: Request | None) -> None:
    """Reads what is left of a refused body: left unread, it would be taken for the connection's
    next request."""
    if request is not None:
        with suppress(OSError, RawPostDataException):
            request._request.read(settings.HITL_BODY_LIMIT)


def status_of(error: errors.DomainError) -> int:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem(error: errors.DomainError) -> dict[str, Any]:
    """The problem's body: type, title, status, detail, and `errors` with one pointer each."""
    body = _plain(status_of(error), error.code, error.detail)
    if error.problems:
        body["errors"] = [{"pointer": p.pointer, "detail": p.detail} for p in error.problems]
    return body | error.facts


def _framework(
    error: Http404 | PermissionDenied | exceptions.APIException,
) -> tuple[int, dict[str, Any], dict[str, str]]:
    if isinstance(error, Http404):
        return 404, _plain(404, "not-found", "There is nothing at this address for you."), {}
    if isinstance(error, PermissionDenied):
        return 403, _plain(403, "forbidden", str(error) or "You may not do this."), {}
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    wait = getattr(error, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(max(1, round(wait)))
    code = str(getattr(error, "default_code", "error")).replace("_", "-")
    return error.status_code, _plain(error.status_code, code, str(error.detail)), headers


def _plain(status: int, code: str, detail: str) -> dict[str, Any]:
    title = TITLES.get(status, "Error")
    return {"type": f"urn:hitl:{code}", "title": title, "status": status, "detail": detail}
