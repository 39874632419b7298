"""Files of the case on the desk: as they are, a document's pages as images, a sound's course."""

from collections.abc import Callable
from functools import wraps
from typing import cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.http import require_safe

from hitl.api.files import confined, given_out
from hitl.models import File
from models_registry.api.problems import problem, status_of
from models_registry.domain.errors import DomainError, Invalid
from reviews.services import files

View = Callable[..., HttpResponseBase]


def of_a_referral(view: View) -> View:
    """Finds the file for who may see it; what is refused is said as a problem."""

    @login_required
    @require_safe
    @wraps(view)
    def handle(
        request: HttpRequest, referral_id: UUID, sha256: str, **more: int
    ) -> HttpResponseBase:
        try:
            file = files.one(cast(User, request.user), referral_id, sha256)
            return view(request, file, **more)
        except DomainError as error:
            return JsonResponse(
                problem(error),
                status=status_of(error),
                content_type="application/problem+json",
            )

    return handle


@of_a_referral
def whole(request: HttpRequest, file: File) -> HttpResponseBase:
    """The file as it was sent."""
    return given_out(request, file)


@of_a_referral
def pages(request: HttpRequest, file: File) -> HttpResponseBase:
    """How many pages a document has."""
    return confined(JsonResponse({"pages": files.page_count(file)}))


@of_a_referral
def page(request: HttpRequest, file: File, number: int) -> HttpResponseBase:
    """One page of a document as an image."""
    width = request.GET.get("width", "1200")
    if not (width.isdecimal() and width.isascii() and 1 <= len(width) <= 5):
        raise Invalid.at("width", "The width is a number of pixels, such as 1200.")
    return confined(HttpResponse(files.page(file, number, int(width)), content_type="image/png"))


@of_a_referral
def peaks(request: HttpRequest, file: File) -> HttpResponseBase:
    """A sound's course, to be drawn."""
    return confined(JsonResponse(files.peaks(file)))
