"""Arriving: what comes in, and the rows that one case becomes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from hitl.domain.cases import Kind, Status
from hitl.domain.deadlines import Waiting, acts_at
from hitl.domain.pools import pool_id, rule_of
from hitl.domain.receipts import DecisionOut
from hitl.domain.rollouts.arms import Arm
from hitl.domain.routing import Route
from hitl.models import Case, Decision, Prediction, Referral
from hitl.models.together import Row
from hitl.services.revisions import Head, InForce
from models_registry.domain.scoring import Outcome, is_usable


@dataclass(frozen=True, slots=True)
class Brought:
    """A prediction that the client's own model made."""

    value: object
    confidence: float | None = None
    confidences: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """One case as a client asks for it, not validated against the workflow yet."""

    input: object
    reference: str = ""
    subject: str = ""
    prediction: Brought | None = None
    priority: int = 0
    due_at: datetime | None = None
    pool: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """By which rules, from whom, with which others, and when cases came in."""

    head: Head
    client_id: UUID
    batch: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A submission on its way: its case id is fixed before anything is drawn from it."""

    case_id: UUID
    submission: Submission
    outcome: Outcome | None
    error: str
    """Why the outcome is no answer of the task type; '' if it is one."""
    arm: Arm = "champion"


def case_row(draft: Draft, came: Arrival, way: Route) -> Row:
    """The case with its route; decided if the machine decides."""
    automated = way.action == "automate"
    return Row(
        Case,
        {
            "id": draft.case_id,
            "workflow_id": came.head.workflow_id,
            "revision_no": came.head.revision_no,
            "client_id": came.client_id,
            "reference": draft.submission.reference,
            "subject": draft.submission.subject,
            "input_hash": hashlib.sha256(msgspec.json.encode(draft.submission.input)).hexdigest(),
            "action": way.action,
            "reason": way.reason,
            "threshold": way.threshold,
            "blind": way.blind,
            "audit": way.audit,
            "pi": way.pi,
            "status": Status.DECIDED.value if automated else Status.REFERRED.value,
            "seq": int(automated),
            "batch": came.batch,
            "created": came.at,
        },
    )


def prediction_row(prediction_id: UUID, draft: Draft, outcome: Outcome, rules: InForce) -> Row:
    """What the live version said, or why it said nothing."""
    return Row(
        Prediction,
        {
            "id": prediction_id,
            "case_id": draft.case_id,
            "version_id": rules.version(draft.arm),
            "role": "live",
            "arm": draft.arm,
            "value": outcome.value,
            "confidence": outcome.confidence,
            "confidences": outcome.confidences,
            "error": draft.error.replace(
                "\0", "\N{REPLACEMENT CHARACTER}"
            ),  # PostgreSQL has no NUL
            "latency": outcome.latency,
        },
    )


def decision_row(draft: Draft, decision: DecisionOut, prediction_id: UUID) -> Row:
    """The machine's decision."""
    return Row(
        Decision,
        {
            "case_id": draft.case_id,
            "n": decision.number,
            "source": decision.source,
            "value": decision.value,
            "prediction_id": prediction_id,
            "at": decision.decided_at,
        },
    )


def referral_row(draft: Draft, rules: InForce, came: Arrival, way: Route) -> Row:
    """The case handed to people: to decide it, or to audit what the machine decided."""
    policy = rules.policy
    audit = way.action == "automate"
    hours = policy.audit_due_hours if audit else policy.due_hours
    asked_for = None if audit else draft.submission.due_at
    due = asked_for or came.at + timedelta(hours=hours)
    kind = Kind.AUDIT if audit else Kind.DECIDE
    pool = pool_id(came.head.workflow_id, draft.submission.pool)
    rule = rule_of(policy, came.head.workflow_id, pool)
    waiting = Waiting(kind, audit, due, opened=came.at, entered=came.at, rule=rule)
    return Row(
        Referral,
        {
            "case_id": draft.case_id,
            "kind": kind.value,
            "pool": pool,
            "due": due,
            "acts_at": acts_at(policy, waiting),
            "priority": draft.submission.priority,
            "uncertainty": _uncertainty(draft),
            "needed": policy.reviews_required,
            "free": policy.reviews_required,
            "opened": came.at,
        },
    )


def _uncertainty(draft: Draft) -> float:
    """1 - confidence; 1 where the model said nothing that can be used."""
    confidence = draft.outcome.confidence if draft.outcome and not draft.error else None
    return 1.0 - confidence if confidence is not None and is_usable(confidence) else 1.0
