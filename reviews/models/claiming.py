"""Claiming the next case: one statement.

Two statements through the ORM were measured 50 times slower. On PostgreSQL the statement picks the
head of each of the person's pools past rows that others are just taking (SKIP LOCKED), takes one
place and writes the claim. SQLite has one writer: the same steps in one IMMEDIATE transaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from hitl.models import Case, Payload, Prediction, Referral, Sight
from models_registry.domain.errors import Busy
from models_registry.models import new_id
from reviews.domain.claims import MAY_CLAIM_AGAIN, MOST_HELD
from reviews.models.rows import Claim

REFERRAL = Referral._meta.db_table
CLAIM = Claim._meta.db_table
CASE = Case._meta.db_table
PAYLOAD = Payload._meta.db_table
PREDICTION = Prediction._meta.db_table
SIGHT = Sight._meta.db_table
ORDER = "due, priority DESC, uncertainty DESC, case_id"
AGAIN = ", ".join(f"'{state}'" for state in MAY_CLAIM_AGAIN)

# The head of one pool for one person. Passed over is a case that this person has met in another
# way, was shown with its suggestion before it was judged again, or whose details they have opened.
_HEAD = f"""
    SELECT id, case_id, due, priority, uncertainty FROM {REFERRAL}
    WHERE pool = {{pool}} AND due >= {{since}} AND state = 'open' AND free > 0
      AND NOT EXISTS (
        SELECT 1 FROM {CLAIM} mine
        WHERE mine.case_id = {REFERRAL}.case_id AND mine.reviewer_id = {{reviewer}}
          AND (mine.state NOT IN ({AGAIN})
               OR (mine.shown_at IS NOT NULL
                   AND (mine.referral_id <> {REFERRAL}.id OR {REFERRAL}.contested)
                   AND (mine.first_at IS NOT NULL OR EXISTS (
                     SELECT 1 FROM {CASE} c WHERE c.id = mine.case_id AND NOT c.blind)))))
      AND NOT EXISTS (
        SELECT 1 FROM {SIGHT} seen
        WHERE seen.case_id = {REFERRAL}.case_id AND seen.user_id = {{reviewer}})
    ORDER BY {ORDER} LIMIT 1
"""  # noqa: S608

_HOLDS = f"""
    SELECT count(*) FROM {CLAIM} held JOIN {REFERRAL} r ON r.id = held.referral_id
    WHERE held.reviewer_id = {{reviewer}} AND held.state = 'held' AND r.state = 'open'
"""  # noqa: S608

_UPSERT = f"""
    INSERT INTO {CLAIM} (id, referral_id, case_id, reviewer_id, token, state, expires, shown_at,
                         skip_reason)
    {{values}}
    ON CONFLICT (case_id, reviewer_id) DO UPDATE SET
      referral_id = EXCLUDED.referral_id, token = {CLAIM}.token + 1,
      state = CASE WHEN {CLAIM}.state IN ({AGAIN}) THEN EXCLUDED.state END,
      expires = EXCLUDED.expires, shown_at = EXCLUDED.shown_at, skip_reason = '',
      draft = CASE WHEN {CLAIM}.referral_id = EXCLUDED.referral_id THEN {CLAIM}.draft END,
      draft_at = CASE WHEN {CLAIM}.referral_id = EXCLUDED.referral_id THEN {CLAIM}.draft_at END
    RETURNING id, referral_id, case_id, token, expires, draft, draft_at, first_value, first_at
"""

# All that is shown of a claimed case. The prediction comes along only where people may see it.
_DETAILS = f"""
SELECT claim.id, claim.referral_id, claim.case_id, r.kind, r.pool, r.due, r.contested,
       claim.token, claim.expires, claim.draft, claim.draft_at, claim.first_value, claim.first_at,
       c.workflow_id, c.revision_no, c.reason, c.threshold,
       p.input, seen.value, seen.confidence, seen.confidences
FROM {{claims}} claim
JOIN {CASE} c ON c.id = claim.case_id
JOIN {REFERRAL} r ON r.id = claim.referral_id
JOIN {PAYLOAD} p ON p.case_id = claim.case_id
LEFT JOIN {PREDICTION} seen ON seen.case_id = c.id AND seen.role = 'live' AND seen.error = ''
      AND (r.kind = 'gold' OR claim.first_at IS NOT NULL
           OR (r.kind = 'decide' AND NOT c.blind AND NOT r.contested))
"""  # noqa: S608

_POSTGRES_VALUES = """
    SELECT %s::uuid, id, case_id, %s, 1, 'held', now() + lease,
           CASE WHEN %s::boolean THEN now() END, '' FROM taken
"""
_POSTGRES_HEAD = _HEAD.format(pool="mine.pool", since="mine.since", reviewer="%s")
POSTGRES = f"""
WITH picked AS (
  SELECT head.*, mine.lease FROM unnest(%s::uuid[], %s::interval[], %s::timestamptz[])
    AS mine(pool, lease, since)
  CROSS JOIN LATERAL ({_POSTGRES_HEAD} FOR UPDATE SKIP LOCKED) head
  WHERE ({_HOLDS.format(reviewer="%s")}) < {MOST_HELD}
  ORDER BY {ORDER} LIMIT 1
), taken AS (
  UPDATE {REFERRAL} SET free = free - 1 FROM picked WHERE {REFERRAL}.id = picked.id
  RETURNING {REFERRAL}.id, {REFERRAL}.case_id, picked.lease
), claimed AS ({_UPSERT.format(values=_POSTGRES_VALUES)})
{_DETAILS.format(claims="claimed")}
"""  # noqa: S608

_ONE_HEAD = _HEAD.format(pool="%s", since="%s", reviewer="%s")
_SQLITE_TAKE = f"UPDATE {REFERRAL} SET free = free - 1 WHERE id = %s"  # noqa: S608
_SQLITE_CLAIM = _UPSERT.format(values="VALUES (%s, %s, %s, %s, 1, 'held', %s, %s, '')")
_HELD = _DETAILS.format(claims=CLAIM) + " WHERE claim.reviewer_id = %s AND {condition}"


TRIES = 5  # of one person's windows at the same case; each time one of them gets it
EVER = datetime(1, 1, 1, tzinfo=UTC)


class Pool(NamedTuple):
    """Where a person may take cases from, and for how long one is reserved. What is due before
    `since` is passed over."""

    id: UUID
    lease: timedelta
    since: datetime = EVER


class Place(NamedTuple):
    """A place on a case with all that is shown of it; `suggestion` is None for blind ones. `first`
    is what was answered before the suggestion was shown, `first_at` when; None before that."""

    claim_id: UUID
    referral_id: UUID
    case_id: UUID
    kind: str
    pool: UUID
    due: datetime
    contested: bool
    token: int
    expires: datetime
    draft: Any
    draft_at: datetime | None
    first: Any
    first_at: datetime | None
    workflow_id: UUID
    revision_no: int
    reason: str
    threshold: float | None
    input: object
    suggestion: object | None
    confidence: float | None
    confidences: Mapping[str, float] | None


def take(reviewer_id: int, pools: Sequence[Pool], *, seen: bool = True) -> Place | None:
    """Takes the first case in the order of due, priority, uncertainty and age that waits in one of
    the pools and that this person has not met; None if there is none, or if the person holds
    MOST_HELD cases. One that is not `seen` is only reserved for later."""
    if not pools:
        return None
    if connection.vendor == "postgresql":
        return _take_postgres(reviewer_id, pools, seen)
    return _take_sqlite(reviewer_id, pools, seen)


def waits(reviewer_id: int, pools: Sequence[Pool]) -> bool:
    """Whether `take` would find a case; takes none."""
    with connection.cursor() as cursor:
        for pool in pools:
            cursor.execute(_ONE_HEAD, _head_of(pool, reviewer_id))
            if cursor.fetchone():
                return True
    return False


def place(reviewer_id: int, claim_id: UUID) -> Place | None:
    """The same for a claim that exists."""
    with connection.cursor() as cursor:
        key = claim_id if connection.vendor == "postgresql" else claim_id.hex
        cursor.execute(_HELD.format(condition="claim.id = %s"), [reviewer_id, key])
        return _place(cursor.fetchone())


def parameters(reviewer_id: int, pools: Sequence[Pool], seen: bool = True) -> list[Any]:  # noqa: FBT001, FBT002
    """Of the PostgreSQL statement."""
    ids, leases, since = (list(column) for column in zip(*pools, strict=True))
    who = [reviewer_id] * 3  # met by them, seen by them, held by them
    return [ids, leases, since, *who, new_id(), reviewer_id, seen]


def _take_postgres(reviewer_id: int, pools: Sequence[Pool], seen: bool) -> Place | None:  # noqa: FBT001
    """Another window of the same person may take the same case in between: their claim is then no
    longer one that may be taken again, its state would be NULL, and the statement leaves no trace.
    """
    for _ in range(TRIES):
        try:
            with connection.cursor() as cursor:
                cursor.execute(POSTGRES, parameters(reviewer_id, pools, seen))
                return _place(cursor.fetchone())
        except IntegrityError as twice:
            if connection.in_atomic_block:
                raise Busy("Another window of yours was faster. Ask again.") from twice
    return None


def _take_sqlite(reviewer_id: int, pools: Sequence[Pool], seen: bool) -> Place | None:  # noqa: FBT001
    adapt = connection.ops.adapt_datetimefield_value
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_HOLDS.format(reviewer="%s"), [reviewer_id])
        if cursor.fetchone()[0] >= MOST_HELD:
            return None
        head = min(_sqlite_heads(cursor, reviewer_id, pools), default=None)
        if head is None:
            return None
        *_, case_id, referral_id, lease = head
        now = timezone.now()  # one host, one clock: the database's is the same
        cursor.execute(_SQLITE_TAKE, [referral_id])
        places: list[Any] = [
            new_id().hex,
            referral_id,
            case_id,
            reviewer_id,
            adapt(now + lease),
            adapt(now) if seen else None,
        ]
        cursor.execute(_SQLITE_CLAIM, places)
        claim_id = cursor.fetchone()[0]
        return place(reviewer_id, UUID(claim_id))


def _head_of(pool: Pool, reviewer_id: int) -> list[Any]:
    if connection.vendor == "postgresql":
        return [pool.id, pool.since, reviewer_id, reviewer_id]
    since = connection.ops.adapt_datetimefield_value(pool.since)
    return [pool.id.hex, since, reviewer_id, reviewer_id]


def _sqlite_heads(
    cursor: Any, reviewer_id: int, pools: Sequence[Pool]
) -> Iterator[tuple[str, int, float, str, str, timedelta]]:
    """The first case of each pool as a sort key that ends with case, referral and lease."""
    for pool in pools:
        cursor.execute(_ONE_HEAD, _head_of(pool, reviewer_id))
        row = cursor.fetchone()
        if row:
            referral_id, case_id, due, priority, uncertainty = row
            yield due, -priority, -uncertainty, case_id, referral_id, pool.lease


def _place(row: Sequence[Any] | None) -> Place | None:
    if row is None:
        return None
    claim, referral, case, kind, pool, due, contested, token, expires, draft, draft_at, *rest = row
    first, first_at, workflow, no, reason, threshold, payload, value, confidence, parts = rest
    return Place(
        claim_id=_uuid(claim),
        referral_id=_uuid(referral),
        case_id=_uuid(case),
        kind=kind,
        pool=_uuid(pool),
        due=_time(due),
        contested=bool(contested),
        token=token,
        expires=_time(expires),
        draft=_json(draft),
        draft_at=draft_at and _time(draft_at),
        first=_json(first),
        first_at=first_at and _time(first_at),
        workflow_id=_uuid(workflow),
        revision_no=no,
        reason=reason,
        threshold=threshold,
        input=_json(payload),
        suggestion=_json(value),
        confidence=confidence,
        confidences=_json(parts),
    )


def _json(stored: Any) -> Any:
    return None if stored is None else msgspec.json.decode(bytes(stored))


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _time(value: datetime | str) -> datetime:
    """SQLite gives times without their zone, some as text; all of them are UTC."""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
