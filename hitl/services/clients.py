"""Client systems and keys: issue, recognise, revoke."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from hitl.domain.deliveries import Listener
from hitl.models import ApiKey, Client, Endpoint, Workflow
from hitl.services.revisions import Head

RESERVED = "hitl: "
"""Names that begin so are the service's own senders: no keys, no endpoints, shown to nobody."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who holds a key. head: the workflow in the URL, None if there is none, or not for a client
    that may not use it."""

    key_id: UUID
    client_id: UUID | None
    user_id: int | None
    head: Head | None


def listed() -> QuerySet[Client]:
    """The client systems, without the service's own senders."""
    return Client.objects.exclude(name__startswith=RESERVED)


def issue_key(
    *,
    name: str,
    client: Client | None = None,
    user: User | None = None,
    workflows: Iterable[Workflow] = (),
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is shown this once and not kept."""
    key = f"hitl_{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        row = ApiKey.objects.create(
            client=client, user=user, name=name, prefix=key[:10], digest=_digest(key)
        )
        row.workflows.set(workflows)
    return row, key


def revoke(key: ApiKey) -> None:
    ApiKey.objects.filter(pk=key.pk, revoked__isnull=True).update(revoked=timezone.now())


def recognise(key: str, slug: str | None) -> Caller | None:
    """Who the key belongs to, with the head of the URL's workflow, in one read; None if it is
    unknown or revoked. This is on the path of every POST."""
    with connection.cursor() as cursor:
        cursor.execute(_RECOGNISE, [slug or "", _digest(key)])
        row = cursor.fetchone()
    if row is None:
        return None
    key_id, client_id, user_id, workflow_id, revision_no, granted, listeners = row
    head = None
    if workflow_id is not None and (granted is not None or user_id is not None):
        head = Head(_uuid(workflow_id), slug or "", revision_no, _listeners(listeners))
    return Caller(_uuid(key_id), client_id and _uuid(client_id), user_id, head)


def workflow_ids(key_id: UUID) -> list[UUID]:
    """The workflows a client's key may use."""
    return list(
        ApiKey.workflows.through.objects.filter(apikey_id=key_id).values_list(
            "workflow_id", flat=True
        )
    )


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _listeners(aggregated: str | None) -> tuple[Listener, ...]:
    """What `_RECOGNISE` put into one text: "id types;id types"."""
    pairs = (one.split(" ", 1) for one in (aggregated or "").split(";") if one)
    return tuple(Listener(UUID(pk), frozenset(types.split(","))) for pk, types in pairs)


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


_KEYS = ApiKey._meta.db_table
_GRANTS = ApiKey.workflows.through._meta.db_table
_WORKFLOWS = Workflow._meta.db_table
_ENDPOINTS = Endpoint._meta.db_table
_JOINED = "string_agg" if connection.vendor == "postgresql" else "group_concat"
_RECOGNISE = f"""
SELECT k.id, k.client_id, k.user_id, w.id, w.revision_no, g.id,
  (SELECT {_JOINED}(CAST(e.id AS text) || ' ' || e.types, ';') FROM {_ENDPOINTS} e
   WHERE e.client_id = k.client_id AND e.state = 'enabled')
FROM {_KEYS} k
LEFT JOIN {_WORKFLOWS} w ON w.slug = %s
LEFT JOIN {_GRANTS} g ON g.apikey_id = k.id AND g.workflow_id = w.id
WHERE k.digest = %s AND k.revoked IS NULL
"""  # noqa: S608  (table names only)
