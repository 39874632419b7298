"""Bulk decisions: one answer for many open cases, by somebody who may. Never evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, FilteredRelation, Q, QuerySet

from hitl.domain.cases import ANSWERS, ReferralState, Source, Status
from hitl.domain.pools import pool_id
from hitl.models import BulkDecision, Case, Decision, Referral, Workflow
from hitl.services import deciding
from hitl.services.revisions import InForce, revision
from models_registry.domain.errors import Conflict, Invalid

MOST = 1000  # cases in one go: one transaction, its locks held for about a second


@dataclass(frozen=True, slots=True)
class Filter:
    """Which open cases; what is left out matches all. Times are aware; `suggestion` is the
    model's answer."""

    reference: str = ""
    pool: str | None = None
    suggestion: object | None = None
    confidence_from: float | None = None
    opened_before: datetime | None = None
    cases: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """decided: cases with a new decision; left: cases that match and were not taken this time
    (more than MOST, or answered while this ran)."""

    decided: int
    left: int


def matching(workflow: Workflow, wanted: Filter) -> QuerySet[Referral]:
    """Open referrals whose answer a client waits for; audits and other looks over the shoulder
    are never among them, so no case leaves a sample this way."""
    waiting = Referral.objects.filter(
        case__workflow=workflow, state=ReferralState.OPEN, kind__in=ANSWERS
    )
    if wanted.reference:
        waiting = waiting.filter(case__reference=wanted.reference)
    if wanted.pool is not None:
        waiting = waiting.filter(pool=pool_id(workflow.pk, wanted.pool))
    if wanted.opened_before:
        waiting = waiting.filter(opened__lt=wanted.opened_before)
    if wanted.cases:
        waiting = waiting.filter(case__in=wanted.cases)
    if wanted.suggestion is not None or wanted.confidence_from is not None:
        waiting = _by_prediction(waiting, wanted)
    return waiting.order_by("due", "-priority", "-uncertainty", "pk")


def _by_prediction(waiting: QuerySet[Referral], wanted: Filter) -> QuerySet[Referral]:
    live = FilteredRelation("case__predictions", condition=Q(case__predictions__role="live"))
    waiting = waiting.annotate(live=live)
    if wanted.suggestion is not None:
        waiting = waiting.filter(live__value=wanted.suggestion, live__error="")
    if wanted.confidence_from is not None:
        waiting = waiting.filter(live__confidence__gte=wanted.confidence_from)
    return waiting


def decide(
    workflow: Workflow,
    wanted: Filter,
    *,
    value: object,
    reason: str,
    by: User,
    described: Mapping[str, Any],
    now: datetime | None = None,
) -> Done:
    """Gives one answer to the first MOST of the cases that match. Whoever holds one of them is
    told so when they submit. `described` is the filter as it is kept for the record."""
    now = now or datetime.now(UTC)
    if not reason.strip():
        raise Invalid.at("/reason", "Say why, for those who read the decisions.")
    rules = revision(workflow.pk, workflow.revision_no)
    value = rules.task_type.normalise(rules.answer, value, "/value")
    with transaction.atomic():
        found = list(matching(workflow, wanted).values_list("pk", "case_id")[: MOST + 1])
        if not found:
            raise Conflict("No open case matches; nothing was decided.")
        settled = _settled(dict(found[:MOST]), value, rules)
        bulk = BulkDecision.objects.create(
            workflow=workflow, by=by, value=value, reason=reason.strip(), filters=described, at=now
        )
        Referral.objects.filter(pk__in=[one.referral_id for one in settled]).update(
            state=ReferralState.CLOSED, free=0, acts_at=None, closed=now, answer=value
        )
        changing = [one for one in settled if not one.same_as_current]
        deciding.decide_many(changing, source=Source.HUMAN, now=now, bulk=bulk)
    return Done(len(changing), matching(workflow, wanted).count())


def _settled(found: Mapping[UUID, UUID], value: object, rules: InForce) -> list[deciding.Settled]:
    """The cases that are still open, now that they are locked (cases first, in order of id)."""
    locked = Case.objects.select_for_update(no_key=True).filter(pk__in=found.values())
    cases = {case.pk: case for case in locked.order_by("pk")}
    waiting = Referral.objects.select_for_update(no_key=True).filter(
        pk__in=found, state=ReferralState.OPEN
    )
    current = dict(
        Decision.objects.filter(case__in=cases, n=F("case__seq")).values_list("case_id", "value")
    )
    return [
        deciding.Settled(
            case_id=referral.case_id,
            referral_id=referral.pk,
            status=Status(cases[referral.case_id].status),
            seq=cases[referral.case_id].seq,
            value=value,
            same_as_current=referral.case_id in current
            and rules.task_type.agrees(current[referral.case_id], value),
        )
        for referral in waiting.order_by("pk")
    ]
