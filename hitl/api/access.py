"""Who calls: keys, sessions, what they may do here, and how often."""

import math
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from redis.exceptions import RedisError
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from hitl.domain.roles import Verb
from hitl.models import Workflow
from hitl.services import access, clients
from hitl.services.cases import Reader
from hitl.services.clients import Caller
from hitl.services.revisions import Head
from models_registry.domain.errors import Forbidden, Missing

if TYPE_CHECKING:
    from rest_framework.views import (
        APIView,
    )  # DRF's settings import this module: a circle at run time


class ClientUser(AnonymousUser):
    """The user of a request that a client system's key made: nobody, yet authenticated."""

    @property
    def is_authenticated(self) -> bool:  # type: ignore[override]
        return True

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        return True


class Keys(BaseAuthentication):
    """`Authorization: Bearer <key>`: of a client system, or a person's token."""

    def authenticate(self, request: Request) -> tuple[User | ClientUser, Caller] | None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        slug = request.parser_context["kwargs"].get("slug")
        caller = clients.recognise(key.strip(), slug)
        if caller is None:
            raise AuthenticationFailed("The key is unknown or was revoked.")
        if caller.user_id is None:
            return ClientUser(), caller
        user = User.objects.filter(pk=caller.user_id, is_active=True).first()
        if user is None:
            raise AuthenticationFailed("The person of this token is no longer active.")
        return user, caller

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="hitl"'


class Session(SessionAuthentication):
    """A signed-in person's browser, with CSRF protection."""


class KeysScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "hitl.api.access.Keys"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "hitl.api.access.Session"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class MayHere(BasePermission):
    """Asks `may` for the verb that the view declares per method: `verbs = {"GET": Verb.SEE}`.

    A method that is not in `verbs` is open to every authenticated caller (such views look at
    rights themselves). Client keys pass where the view says so: `clients = {"GET"}`.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        method = "GET" if request.method == "HEAD" else request.method or ""
        if not hasattr(view, method.lower()):
            return True  # 405, whoever asks
        if isinstance(request.auth, Caller) and request.auth.client_id is not None:
            if method not in getattr(view, "clients", ()):
                raise Forbidden("A client's key may not do this; sign in, or use your own token.")
            return True
        verb: Verb | None = getattr(view, "verbs", {}).get(method)
        if verb is None:
            return True
        slug, model = view.kwargs.get("slug"), view.kwargs.get("name")
        served = Workflow.objects.filter(model__name=model).first() if model else None
        if served is not None:  # a model's next version may soon decide in the workflow it serves
            allowed = access.may(request.user, verb, served.pk)
        elif slug is None:
            allowed = access.may_anywhere(request.user, verb)
        else:
            allowed = access.workflows_for(request.user, verb).filter(slug=slug).exists()
        if not allowed and slug is not None and access.may(request.user, verb):
            raise Missing(f"There is no workflow {slug!r}.")  # who sees all may know that
        if not allowed:
            raise Forbidden(f"You need a role that may {verb.replace('_', ' ')} here.")
        return True


class PerCaller(BaseThrottle):
    """HITL_RATE_LIMIT per key, or per person, or per address; counted in Redis by `limits`. If
    Redis is away requests pass: refusing all of them would be the worse failure."""

    _limiters: ClassVar[dict[str, FixedWindowRateLimiter]] = {}

    @cached_property
    def _limiter(self) -> FixedWindowRateLimiter:
        url = settings.REDIS_URL
        if url not in self._limiters:
            self._limiters[url] = FixedWindowRateLimiter(storage_from_string(url))
        return self._limiters[url]

    def allow_request(self, request: Request, view: "APIView") -> bool:
        caller = request.auth
        who = str(caller.key_id) if isinstance(caller, Caller) else f"user-{request.user.pk}"
        if caller is None and not request.user.is_authenticated:
            who = str(request.META.get("REMOTE_ADDR"))
        rate = parse(settings.HITL_RATE_LIMIT)
        try:
            passes = bool(self._limiter.hit(rate, who))
            if not passes:
                self._free_at = self._limiter.get_window_stats(rate, who).reset_time
        except RedisError:
            return True
        return passes

    def wait(self) -> float:
        """Seconds until the window is over, for Retry-After."""
        return max(1.0, math.ceil(self._free_at - time.time()))


def head(caller: Caller, slug: str) -> Head:
    """The workflow in the URL with its revision in force, as far as this key may know it."""
    if caller.head is None:
        raise Missing(f"There is no workflow {slug!r} for this key.")
    return caller.head


def reader(request: Request) -> Reader:
    """Whose eyes look at cases."""
    caller, workflows = request.auth, visible_workflows(request, Verb.SEE_CASES)
    if isinstance(caller, Caller) and caller.client_id is not None:
        return Reader(workflows, client_id=caller.client_id)
    judges = access.workflows_for(request.user, Verb.REVIEW).values_list("pk", flat=True)
    return Reader(workflows, judges=frozenset(judges), user_id=request.user.pk)


def visible_workflows(request: Request, verb: Verb) -> list[UUID]:
    """The workflows this caller may read: a key's own, or those of the person's roles."""
    caller = request.auth
    if isinstance(caller, Caller) and caller.user_id is None:
        return clients.workflow_ids(caller.key_id)
    return list(access.workflows_for(request.user, verb).values_list("pk", flat=True))
