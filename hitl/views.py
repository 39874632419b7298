"""Pages and probes of the deciding app."""

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from redis.exceptions import RedisError


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Database and broker answer too; 503 with what is missing if not."""
    missing = []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT revision_no FROM hitl_workflow LIMIT 1")
    except DatabaseError:
        missing.append("database")
    try:
        cache.get("readyz")
    except RedisError:
        missing.append("broker")
    body = {"status": "not ready" if missing else "ok", "missing": missing}
    return JsonResponse(body, status=503 if missing else 200)
