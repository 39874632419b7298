"""Endpoints: where client systems want to hear of their cases, and the secrets they verify with."""

import base64
import secrets
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from hitl.domain.deliveries import (
    LAST,
    SUBSCRIBABLE,
    DeliveryState,
    EndpointState,
    EventType,
)
from hitl.models import Client, Delivery, Endpoint, EndpointSecret
from hitl.services.clients import RESERVED
from models_registry import outgoing
from models_registry.domain.errors import Conflict, Invalid, Missing

LONGEST = 2000  # characters of a URL, as many as its column takes
OVERLAP = timedelta(hours=24)
"""How long the old secret signs too after a rotation."""


def endpoints(client_id: UUID | None = None) -> QuerySet[Endpoint]:
    """The endpoints of a client, or of all, without those that were deleted."""
    found = Endpoint.objects.exclude(state=EndpointState.DELETED).select_related("client")
    return found if client_id is None else found.filter(client_id=client_id)


def create_endpoint(
    client: Client, url: str, types: Collection[str], description: str = ""
) -> tuple[Endpoint, str]:
    """A new endpoint, and the secret that its messages are signed with."""
    if client.name.startswith(RESERVED):
        raise Invalid.at("/client", "This is no client system: nothing is ever owed to it.")
    url, asked = _url(url), _types(types)
    with transaction.atomic():
        made = Endpoint.objects.create(client=client, url=url, types=asked, description=description)
        secret = _new_secret(made)
    return made, secret


def change_endpoint(
    endpoint: Endpoint,
    *,
    url: str | None = None,
    types: Collection[str] | None = None,
    description: str | None = None,
) -> Endpoint:
    """Changes what is given. What was decided meanwhile goes to the new URL."""
    changes: dict[str, str] = {}
    if url is not None:
        changes["url"] = _url(url)
    if types is not None:
        changes["types"] = _types(types)
    if description is not None:
        changes["description"] = description
    if changes:
        _living(endpoint).update(**changes)
    endpoint.refresh_from_db()
    return endpoint


def disable(endpoint: Endpoint, reason: str = "Disabled by hand.") -> None:
    """Nothing more is sent; what was pending counts as failed, so that it can be sent later."""
    with transaction.atomic():
        stop(endpoint.pk, reason)
    endpoint.refresh_from_db()


def enable(endpoint: Endpoint) -> None:
    """Listens again, from now on; what failed meanwhile is sent by `replay_failed`."""
    _living(endpoint).update(
        state=EndpointState.ENABLED, disabled_reason="", paused_until=None, failing_since=None
    )
    endpoint.refresh_from_db()


def delete(endpoint: Endpoint) -> None:
    """Ends it for good. The row stays for its log, and because a case that is being written just
    now may still point at it."""
    with transaction.atomic():
        stop(endpoint.pk, "Deleted.")
        _living(endpoint).update(state=EndpointState.DELETED, disabled_reason="Deleted.")
        endpoint.secrets.all().delete()


def stop(endpoint_id: UUID, reason: str) -> None:
    """Disables it. Needs a transaction: the endpoint's row is locked before its deliveries."""
    enabled = Endpoint.objects.filter(pk=endpoint_id, state=EndpointState.ENABLED)
    if enabled.update(state=EndpointState.DISABLED, disabled_reason=reason):
        pending = Delivery.objects.filter(endpoint_id=endpoint_id, state=DeliveryState.PENDING)
        pending.update(state=DeliveryState.FAILED)


def rotate(endpoint: Endpoint, now: datetime | None = None) -> str:
    """A new secret. The one in use signs too for 24 hours; an older one stops at once, so that
    there are never more than two."""
    now = now or datetime.now(UTC)
    with transaction.atomic():
        if not _living(endpoint).select_for_update(no_key=True).exists():
            raise Missing("There is no such endpoint.")
        endpoint.secrets.filter(expires__isnull=False).delete()
        endpoint.secrets.update(expires=now + OVERLAP)
        return _new_secret(endpoint)


def test(endpoint: Endpoint) -> Delivery:
    """Owes the endpoint a test message; it is tried once."""
    if endpoint.state != EndpointState.ENABLED:
        raise Conflict("This endpoint is disabled. Enable it first.")
    at = datetime.now(UTC)
    return Delivery.objects.create(
        endpoint=endpoint, type=EventType.TEST, at=at, next_at=at, step=LAST
    )


def valid_secrets(endpoint_ids: Collection[UUID], at: datetime) -> dict[UUID, list[str]]:
    """The secrets that sign for each endpoint, the newest first."""
    found: dict[UUID, list[str]] = {}
    valid = EndpointSecret.objects.filter(Q(expires__isnull=True) | Q(expires__gt=at))
    for row in valid.filter(endpoint_id__in=endpoint_ids).order_by("-pk"):
        found.setdefault(row.endpoint_id, []).append(row.secret)
    return found


def _living(endpoint: Endpoint) -> QuerySet[Endpoint]:
    return Endpoint.objects.filter(pk=endpoint.pk).exclude(state=EndpointState.DELETED)


def _new_secret(endpoint: Endpoint) -> str:
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    EndpointSecret.objects.create(endpoint=endpoint, secret=secret, created=timezone.now())
    return secret


def _url(url: str) -> str:
    if len(url) > LONGEST:
        raise Invalid.at("/url", f"An address has at most {LONGEST:,} characters.")
    try:
        outgoing.check(url)
    except outgoing.Blocked as error:
        raise Invalid.at("/url", str(error)) from error
    return url


def _types(types: Collection[str]) -> str:
    valid: Sequence[str] = [kind.value for kind in SUBSCRIBABLE]
    if not types or not set(types) <= set(valid):
        raise Invalid.at("/types", f"Name at least one of {', '.join(valid)}, and nothing else.")
    return ",".join(kind for kind in valid if kind in types)
