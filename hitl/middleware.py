"""What wraps every request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

Handler = Callable[[HttpRequest], HttpResponse]
INLINE_STYLE = {"style-src": ["'self'", "'unsafe-inline'"]}
EVAL = {"script-src": ["'self'", "'unsafe-eval'", "'unsafe-inline'"]}
# Pages that a library draws: the admin's Alpine evaluates expressions, the API page has inline
# styles. Our own pages need none of it.
ALLOWANCES = {"/admin/": EVAL | INLINE_STYLE, "/api/": INLINE_STYLE}


def lengths_are_known(get_response: Handler) -> Handler:
    """A body of unknown length would be taken for an empty one: say what is missing instead."""

    def handle(request: HttpRequest) -> HttpResponse:
        if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
            detail = "Send a Content-Length; bodies in chunks are not read."
            body = {"type": "urn:hitl:length-required", "title": "Length required", "status": 411}
            problem = body | {"detail": detail}
            return JsonResponse(problem, status=411, content_type="application/problem+json")
        return get_response(request)

    return handle


def libraries_may_more(get_response: Handler) -> Handler:
    """Widens the content security policy below the addresses of library pages."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for prefix, allowance in ALLOWANCES.items():
            if request.path.startswith(prefix):
                response._csp_update = allowance  # type: ignore[attr-defined]  # django-csp's hook
        return response

    return handle
