"""What wraps every request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


def admin_may_eval(get_response: Handler) -> Handler:
    """The admin library's Alpine evaluates expressions and sets styles; our own pages need
    neither, so only /admin is allowed them."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith("/admin"):
            response._csp_update = {  # type: ignore[attr-defined]  # django-csp's own hook
                "script-src": ["'self'", "'unsafe-eval'", "'unsafe-inline'"],
                "style-src": ["'self'", "'unsafe-inline'"],
            }
        return response

    return handle
