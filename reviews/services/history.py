"""A person's own last answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now

from hitl.domain.cases import ReferralState
from hitl.services.revisions import revision
from reviews.domain.claims import MOST_HELD, ClaimState
from reviews.domain.consensus import Verdict
from reviews.services.desk import live_reviews

ERASED = "erased"
NO_ANSWER = {Verdict.CANNOT_DECIDE: "cannot decide", Verdict.BAD_INPUT: "bad input"}


@dataclass(frozen=True, slots=True)
class Past:
    """A judgement of one's own in one line; it may be taken back for so many seconds more."""

    review_id: UUID
    referral_id: UUID
    brief: str
    at: datetime
    undo_seconds: int


def last(user: User, workflow_id: UUID, limit: int = 12) -> list[Past]:
    """The person's judgements here that stand, the newest first; one read.

    The index leads to the cases they opened last. Somebody who holds some open while answering
    others answers them in another order, so a few more are read than are shown.
    """
    given = live_reviews(
        claim__reviewer=user,
        claim__state=ClaimState.DONE,
        claim__shown_at__isnull=False,
        claim__case__workflow_id=workflow_id,
    )
    left = ExpressionWrapper(F("undo_until") - Now(), DurationField())
    rows = given.annotate(left=left).order_by("-claim__shown_at")
    found: Any = rows.values(
        "pk",
        "verdict",
        "value",
        "at",
        "left",
        "claim__referral_id",
        "claim__referral__state",
        "claim__case__revision_no",
    )[: limit + MOST_HELD]
    newest = sorted(found, key=lambda row: (row["at"], row["pk"]), reverse=True)
    return [_past(row, workflow_id) for row in newest[:limit]]


def _past(row: dict[str, Any], workflow_id: UUID) -> Past:
    open_still = row["claim__referral__state"] != ReferralState.CLOSED
    left: timedelta | None = row["left"] if open_still else None
    return Past(
        review_id=row["pk"],
        referral_id=row["claim__referral_id"],
        brief=brief(workflow_id, row["claim__case__revision_no"], row["verdict"], row["value"]),
        at=row["at"],
        undo_seconds=max(0, int(left.total_seconds())) if left else 0,
    )


def brief(workflow_id: UUID, revision_no: int, verdict: str, value: object) -> str:
    """A judgement in one line, by the rules under which the case came in."""
    if verdict != Verdict.ANSWER:
        return NO_ANSWER[Verdict(verdict)]
    if value is None:
        return ERASED
    rules = revision(workflow_id, revision_no)
    return rules.task_type.brief(rules.answer, value)
