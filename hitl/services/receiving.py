"""Receiving cases: validate, predict, route, write once. The real-time path of the product."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from hitl.domain.cases import Kind, Status
from hitl.domain.deadlines import Waiting, acts_at
from hitl.domain.levels import LEVELS
from hitl.domain.pools import pool_id, rule_of
from hitl.domain.receipts import CaseOut, DecisionOut, RouteOut
from hitl.domain.routing import Route, Signal, level_in_force, route
from hitl.models import Case, Decision, Payload, Prediction, Referral, Workflow
from hitl.models.together import Row, insert_together
from hitl.services import deliveries
from hitl.services.idempotency import Attempt
from hitl.services.revisions import Head, InForce, revision
from models_registry import serving
from models_registry.domain.errors import Busy, Invalid, Missing
from models_registry.domain.scoring import Outcome, is_usable
from models_registry.models import new_id

log = logging.getLogger(__name__)
TRIES = 5  # revisions change by hand or by rule, minutes apart; five in one request is a fault
IGNORED = "The prediction was ignored: at this automation level people decide without a model."


@dataclass(frozen=True, slots=True)
class Brought:
    """A prediction that the client's own model made."""

    value: object
    confidence: float | None = None


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


Answer = CaseOut | Invalid


@dataclass(frozen=True, slots=True)
class _Draft:
    """A submission on its way: its case id is fixed before anything is drawn from it."""

    case_id: UUID
    submission: Submission
    outcome: Outcome | None
    error: str
    """Why the outcome is no answer of the task type; '' if it is one."""


def receive(
    submissions: Sequence[Submission | Invalid],
    *,
    head: Head,
    client_id: UUID,
    attempt: Attempt | None = None,
    batch: UUID | None = None,
    now: datetime | None = None,
) -> list[Answer]:
    """Takes cases in, all in one transaction; one answer per submission, in order.

    An entry that is Invalid already (it could not be read) keeps its place. Of an array (`batch`)
    the good ones go on where others are refused; a lone refused one raises. If the revision moves
    on meanwhile, everything is routed again by the new one.
    """
    entries: list[_Draft | Invalid] = []
    asked: object = None
    for _ in range(TRIES):
        rules = revision(head.workflow_id, head.revision_no)
        if asked != _question(rules):
            entries, asked = _prepare(submissions, rules), _question(rules)
        if batch is None and isinstance(entries[0], Invalid):
            raise entries[0]
        came = Arrival(head, client_id, batch, now or datetime.now(UTC))
        rows: list[Row] = []
        answers = [e if isinstance(e, Invalid) else _route(e, rules, came, rows) for e in entries]
        if not rows:
            return answers
        if attempt is not None:
            rows.append(attempt.row(answers, came.at))
        if insert_together(rows, workflow_id=head.workflow_id, revision_no=head.revision_no):
            return answers
        head = _newer(head)
    raise Busy("The workflow's rules changed while the case was taken in. Send it again.")


def _newer(head: Head) -> Head:
    no = Workflow.objects.filter(pk=head.workflow_id).values_list("revision_no", flat=True).first()
    if no is None:
        raise Missing(f"There is no workflow {head.slug!r}.")
    log.info("routing again workflow=%s revision=%s", head.slug, no)
    return head._replace(revision_no=no)


def _question(rules: InForce) -> object:
    """What a prediction depends on: while it stays the same, a prediction made before the
    revision moved on is still the prediction."""
    return rules.champion, level_in_force(rules.rules).asks_model, rules.input_schema, rules.answer


def _refusal(submission: Submission, rules: InForce) -> Invalid | None:
    problems = rules.schema.problems(submission.input, "/input")
    if problems:
        return Invalid("The input does not fit the workflow's schema.", problems=tuple(problems))
    wanted = rules.champion is not None and not rules.asks
    if submission.prediction and level_in_force(rules.rules).asks_model and not wanted:
        return Invalid.at(
            "/prediction", "This workflow's model is not a client's own; leave the prediction out."
        )
    pools = [rule.name for rule in rules.policy.pools]
    if submission.pool and submission.pool not in pools:
        valid = ", ".join(pools) or "none; leave it out"
        return Invalid.at("/pool", f"There is no pool {submission.pool!r}; valid: {valid}.")
    return None


def _prepare(submissions: Sequence[Submission | Invalid], rules: InForce) -> list[_Draft | Invalid]:
    """Refuses what cannot be taken in and asks the model about the rest, all at once."""
    checked = [s if isinstance(s, Invalid) else _refusal(s, rules) or s for s in submissions]
    good = [s for s in checked if isinstance(s, Submission)]
    outcomes = iter(_ask(good, rules))
    return [
        s if isinstance(s, Invalid) else _Draft(new_id(), s, *_judged(next(outcomes), rules))
        for s in checked
    ]


def _ask(submissions: Sequence[Submission], rules: InForce) -> Sequence[Outcome | None]:
    if not submissions or rules.champion is None or not level_in_force(rules.rules).asks_model:
        return [None] * len(submissions)
    if rules.asks:
        return serving.predict(rules.champion, [s.input for s in submissions])
    return [_brought(s.prediction) for s in submissions]


def _brought(prediction: Brought | None) -> Outcome:
    if prediction is None:
        return Outcome(None, None, "The client brought no prediction.")
    return Outcome(prediction.value, prediction.confidence)


def _judged(outcome: Outcome | None, rules: InForce) -> tuple[Outcome | None, str]:
    """The outcome with its value in the stored form, and why it is no answer ('' if it is)."""
    if outcome is None:
        return None, ""
    outcome = _storable(outcome)
    if outcome.value is None:
        return outcome, outcome.error or "The model gave no value."
    try:
        value = rules.task_type.normalise(rules.answer, outcome.value, "/prediction/value")
    except Invalid as error:
        return outcome, f"invalid: {error.detail}"
    return replace(outcome, value=value), ""


def _storable(outcome: Outcome) -> Outcome:
    """The outcome itself, or what can be kept of it: a runtime of somebody else may answer
    anything, and that is no error for the client."""
    try:
        msgspec.json.encode(outcome.value)
    except (TypeError, ValueError):
        outcome = replace(outcome, value=repr(outcome.value)[:200])
    confidence: Any = outcome.confidence
    if not isinstance(confidence, float | int | None):
        return replace(outcome, confidence=None)
    return outcome


def _signal(draft: _Draft, rules: InForce) -> Signal:
    if draft.outcome is None:
        return Signal()
    return Signal(
        version=str(rules.champion),
        has_value=draft.outcome.value is not None,
        valid=not draft.error,
        confidence=draft.outcome.confidence,
    )


def _route(draft: _Draft, rules: InForce, came: Arrival, rows: list[Row]) -> CaseOut:
    """Routes one draft, adds its rows, gives what the client is told."""
    way = route(rules.rules, draft.case_id, _signal(draft, rules))
    automated = way.action == "automate"
    rows.append(_case_row(draft, came, way))
    rows.append(Row(Payload, {"case_id": draft.case_id, "input": draft.submission.input}))
    decision = None
    if draft.outcome is not None:
        prediction_id = new_id()
        rows.append(_prediction_row(prediction_id, draft, draft.outcome, rules))
        if automated:
            decision = DecisionOut(draft.outcome.value, "model", 1, came.at)
            rows.append(_decision_row(draft, decision, prediction_id))
            rows += deliveries.rows(came.head.listeners, draft.case_id, decision.number, came.at)
    if not automated or way.audit:
        rows.append(_referral_row(draft, rules, came, way))
    return CaseOut(
        id=draft.case_id,
        workflow=came.head.slug,
        reference=draft.submission.reference,
        status="decided" if automated else "referred",
        automation_level=rules.rules.level,
        route=RouteOut(way.action, way.reason, way.threshold, way.audit),
        decision=decision,
        created_at=came.at,
        notices=_notices(draft.submission, rules),
    )


def _notices(submission: Submission, rules: InForce) -> list[str]:
    ignored = submission.prediction is not None and not LEVELS[rules.rules.level].asks_model
    return [IGNORED] if ignored else []


def _case_row(draft: _Draft, came: Arrival, way: Route) -> Row:
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


def _prediction_row(prediction_id: UUID, draft: _Draft, outcome: Outcome, rules: InForce) -> Row:
    return Row(
        Prediction,
        {
            "id": prediction_id,
            "case_id": draft.case_id,
            "version_id": rules.champion,
            "role": "live",
            "arm": "champion",
            "value": outcome.value,
            "confidence": outcome.confidence,
            "error": draft.error.replace(
                "\0", "\N{REPLACEMENT CHARACTER}"
            ),  # PostgreSQL has no NUL
            "latency": outcome.latency,
        },
    )


def _decision_row(draft: _Draft, decision: DecisionOut, prediction_id: UUID) -> Row:
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


def _referral_row(draft: _Draft, rules: InForce, came: Arrival, way: Route) -> Row:
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


def _uncertainty(draft: _Draft) -> float:
    """1 - confidence; 1 where the model said nothing that can be used."""
    confidence = draft.outcome.confidence if draft.outcome and not draft.error else None
    return 1.0 - confidence if confidence is not None and is_usable(confidence) else 1.0
