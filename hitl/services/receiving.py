"""Receiving cases: validate, predict, route, write once. The real-time path of the product."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from hitl.domain.files import files_in
from hitl.domain.levels import LEVELS
from hitl.domain.receipts import CaseOut, DecisionOut, RouteOut
from hitl.domain.rollouts.arms import Arm
from hitl.domain.routing import Signal, level_in_force, route
from hitl.models import CaseFile, Payload, Workflow
from hitl.models.together import Row, insert_together
from hitl.services import deliveries, files
from hitl.services.arriving import (
    Arrival,
    Brought,
    Draft,
    Submission,
    case_row,
    decision_row,
    prediction_row,
    referral_row,
)
from hitl.services.idempotency import Attempt
from hitl.services.revisions import Head, InForce, revision
from models_registry import serving
from models_registry.domain.errors import Busy, Invalid, Missing
from models_registry.domain.scoring import Outcome, is_usable
from models_registry.models import new_id

log = logging.getLogger(__name__)
TRIES = 10  # revisions change by hand or by rule, minutes apart; ten in one request is a fault
IGNORED = "The prediction was ignored: at this automation level people decide without a model."


Answer = CaseOut | Invalid


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
    entries: list[Draft | Invalid] = []
    asked: object = None
    for _ in range(TRIES):
        rules = revision(head.workflow_id, head.revision_no)
        if asked != _question(rules):
            entries, asked = _prepare(submissions, rules, client_id), _question(rules)
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
    asks = level_in_force(rules.rules).asks_model
    arms = rules.champion, rules.challenger if rules.share else None, rules.share
    return arms, asks, rules.input_schema, rules.answer


def _refusal(submission: Submission, rules: InForce) -> Invalid | None:
    problems = rules.schema.problems(submission.input, "/input")
    if problems:
        return Invalid("The input does not fit the workflow's schema.", problems=tuple(problems))
    wanted = rules.champion is not None and not rules.asks
    if submission.prediction and level_in_force(rules.rules).asks_model and not wanted:
        return Invalid.at(
            "/prediction", "This workflow's model is not a client's own; leave the prediction out."
        )
    strange = _strange_parts(submission, rules)
    if strange:
        return strange
    pools = [rule.name for rule in rules.policy.pools]
    if submission.pool and submission.pool not in pools:
        valid = ", ".join(pools) or "none; leave it out"
        return Invalid.at("/pool", f"There is no pool {submission.pool!r}; valid: {valid}.")
    return None


def _strange_parts(submission: Submission, rules: InForce) -> Invalid | None:
    """Confidences that a client names after no part of the answer."""
    given = submission.prediction.confidences if submission.prediction else None
    if not given:
        return None
    names = rules.task_type.parts(rules.answer)
    unknown = next((name for name in given if name not in names), None)
    if unknown is None:
        return None
    valid = ", ".join(names[:20]) or "none, such an answer is sure as a whole: give confidence"
    return Invalid.at(
        f"/prediction/confidences/{unknown}", f"The answer has no such part. Valid: {valid}."
    )


def _prepare(
    submissions: Sequence[Submission | Invalid], rules: InForce, client_id: UUID
) -> list[Draft | Invalid]:
    """Refuses what cannot be taken in and asks the model about the rest, all at once."""
    fitting = [s if isinstance(s, Invalid) else _refusal(s, rules) or s for s in submissions]
    checked = files.checked(fitting, rules, client_id)
    ids = [new_id() for _ in checked]
    arms: list[Arm] = [
        rules.arm(subject=s.subject, case_id=one) if isinstance(s, Submission) else "champion"
        for s, one in zip(checked, ids, strict=True)
    ]
    good = [(s, a) for s, a in zip(checked, arms, strict=True) if isinstance(s, Submission)]
    outcomes = iter(_ask(good, rules))
    return [
        s if isinstance(s, Invalid) else Draft(one, s, *judged(next(outcomes), rules), arm)
        for s, one, arm in zip(checked, ids, arms, strict=True)
    ]


def _ask(asked: Sequence[tuple[Submission, Arm]], rules: InForce) -> Sequence[Outcome | None]:
    """What the version of each submission's arm says about it; each version is asked once."""
    if not asked or rules.champion is None or not level_in_force(rules.rules).asks_model:
        return [None] * len(asked)
    if not rules.asks:
        return [_brought(submission.prediction) for submission, _ in asked]
    said: dict[int, Outcome] = {}
    for arm in dict.fromkeys(arm for _, arm in asked):
        mine = [i for i, (_, other) in enumerate(asked) if other == arm]
        version = rules.version(arm)
        if version is not None:
            outcomes = serving.predict(version, [asked[i][0].input for i in mine])
            said.update(zip(mine, outcomes, strict=True))
    return [said[i] for i in range(len(asked))]


def _brought(prediction: Brought | None) -> Outcome:
    if prediction is None:
        return Outcome(None, None, "The client brought no prediction.")
    return Outcome(
        prediction.value, prediction.confidence, confidences=prediction.confidences or None
    )


def judged(outcome: Outcome | None, rules: InForce) -> tuple[Outcome | None, str]:
    """The outcome with its value in the stored form, and why it is no answer ('' if it is)."""
    if outcome is None:
        return None, ""
    outcome = _storable(outcome)
    if outcome.value is None:
        return outcome, outcome.error or "The model gave no value."
    try:
        value = rules.normalise(outcome.value, "/prediction/value")
    except Invalid as error:
        return outcome, f"invalid: {error.detail}"
    return replace(_surest(outcome, rules), value=value), ""


def _surest(outcome: Outcome, rules: InForce) -> Outcome:
    """What is sure as a whole is no surer than its least sure part. Confidences of what is no part
    say nothing."""
    names = rules.task_type.parts(rules.answer)
    sure = {name: one for name, one in (outcome.confidences or {}).items() if name in names}
    if not outcome.confidences or not names:
        return replace(outcome, confidences=None)
    lowest, whole = rules.task_type.confidence(rules.answer, sure), outcome.confidence
    if lowest is not None and whole is not None:
        lowest = min(lowest, whole) if is_usable(whole) else whole
    return replace(outcome, confidence=lowest, confidences=sure)


def _storable(outcome: Outcome) -> Outcome:
    """The outcome itself, or what can be kept of it: a runtime of somebody else may answer
    anything, and that is no error for the client."""
    try:
        msgspec.json.encode(outcome.value)
    except (TypeError, ValueError):
        outcome = replace(outcome, value=repr(outcome.value)[:200])
    confidence: Any = outcome.confidence
    if not isinstance(confidence, float | int | None):
        outcome = replace(outcome, confidence=None)
    if outcome.confidences is not None:
        outcome = replace(outcome, confidences=_numbers(outcome.confidences))
    return outcome


def _numbers(parts: Any) -> dict[str, float] | None:
    """The confidences of the parts; what is no number cannot be used, and stays so."""
    if not isinstance(parts, Mapping):
        return None
    numbers = {str(name): sure for name, sure in parts.items()}
    return {n: float(c) if isinstance(c, float | int) else math.nan for n, c in numbers.items()}


def _signal(draft: Draft, rules: InForce) -> Signal:
    if draft.outcome is None:
        return Signal()
    return Signal(
        version=str(rules.version(draft.arm)),
        has_value=draft.outcome.value is not None,
        valid=not draft.error,
        confidence=draft.outcome.confidence,
    )


def _route(draft: Draft, rules: InForce, came: Arrival, rows: list[Row]) -> CaseOut:
    """Routes one draft, adds its rows, gives what the client is told."""
    way = route(rules.rules, draft.case_id, _signal(draft, rules))
    automated = way.action == "automate"
    rows.append(case_row(draft, came, way))
    rows.append(Row(Payload, {"case_id": draft.case_id, "input": draft.submission.input}))
    held = files_in(draft.submission.input, rules.files).values()
    rows += [Row(CaseFile, {"case_id": draft.case_id, "file_id": one}) for one in sorted({*held})]
    decision = None
    if draft.outcome is not None:
        prediction_id = new_id()
        rows.append(prediction_row(prediction_id, draft, draft.outcome, rules))
        if automated:
            decision = DecisionOut(draft.outcome.value, "model", 1, came.at)
            rows.append(decision_row(draft, decision, prediction_id))
            rows += deliveries.rows(came.head.listeners, draft.case_id, decision.number, came.at)
    if not automated or way.audit:
        rows.append(referral_row(draft, rules, came, way))
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
