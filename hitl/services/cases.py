"""Reading cases, and what clients say about them later."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import F, Prefetch, QuerySet

from hitl.domain.receipts import CaseOut, DecisionOut, RouteOut
from hitl.models import Case, Decision, Feedback
from hitl.services.revisions import revision
from models_registry.domain.errors import Conflict, Missing
from models_registry.models import new_id


def readable(workflows: Sequence[UUID]) -> QuerySet[Case]:
    """Cases of these workflows, each with its current decision, payloads left alone."""
    current = Decision.objects.filter(n=F("case__seq"))
    return (
        Case.objects.filter(workflow_id__in=workflows)
        .select_related("workflow")
        .prefetch_related(Prefetch("decisions", current, to_attr="current"))
    )


def one(case_id: UUID, workflows: Sequence[UUID]) -> Case:
    case = readable(workflows).filter(pk=case_id).first()
    if case is None:
        raise Missing("There is no such case.")
    return case


def listing(
    workflows: Sequence[UUID],
    *,
    workflow: str = "",
    status: str = "",
    reference: str = "",
    created_after: datetime | None = None,
    after: UUID | None = None,
    limit: int = 100,
) -> list[Case]:
    """Cases in order of id (so of time), from the one after `after`, at most `limit`. Pages hold
    every case that was there when the first was read; a later id can be visible before an earlier
    one, so whoever follows new cases asks again for the last seconds (`created_after`)."""
    cases = readable(workflows).order_by("pk")
    if workflow:
        cases = cases.filter(workflow__slug=workflow)
    if status:
        cases = cases.filter(status=status)
    if reference:
        cases = cases.filter(reference=reference)
    if created_after:
        cases = cases.filter(created__gt=created_after)
    if after:
        cases = cases.filter(pk__gt=after)
    return list(cases[:limit])


def told(case: Case) -> CaseOut:
    """What the client is told about a case that `readable` gave."""
    decisions: list[Decision] = case.current  # type: ignore[attr-defined]  # Prefetch's to_attr
    current = decisions[0] if decisions else None
    return CaseOut(
        id=case.pk,
        workflow=case.workflow.slug,
        reference=case.reference,
        status=case.status,  # type: ignore[arg-type]  # one of the four, by the column's choices
        automation_level=revision(case.workflow_id, case.revision_no).rules.level,
        route=RouteOut(case.action, case.reason, case.threshold, case.audit),  # type: ignore[arg-type]
        decision=current and DecisionOut(current.value, current.source, current.n, current.at),  # type: ignore[arg-type]
        created_at=case.created,
    )


def say(
    case: Case, *, kind: str, value: object | None, statement: str, now: datetime | None = None
) -> Feedback:
    """Records what the client learned about a case; a redo needs a decision to be about."""
    if kind == "redo" and not case.seq:
        raise Conflict("This case has no decision yet, so there is nothing to do again.")
    if value is not None:
        rules = revision(case.workflow_id, case.revision_no)
        value = rules.task.normalise(rules.answer, value, "/value")
    return Feedback.objects.create(
        id=new_id(),
        case=case,
        kind=kind,
        value=value,
        statement=statement,
        at=now or datetime.now(UTC),
    )
