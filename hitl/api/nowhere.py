"""Addresses below /api/v1/ that are none: a problem, not a page."""

from typing import Any, NoReturn

from rest_framework.views import APIView

from models_registry.domain.errors import Missing


class Nowhere(APIView):
    """Stands last among the addresses of the API."""

    schema = None
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> NoReturn:
        raise Missing("There is nothing at this address.")

    options = http_method_not_allowed
