"""Reading cases, and what clients say about them later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet

from hitl.domain.cases import GOLD, Kind, ReferralState, Status
from hitl.domain.policy import Policy
from hitl.domain.receipts import CaseOut, DecisionOut, RouteOut
from hitl.models import Case, Decision, Feedback, Referral, Sight, Workflow
from hitl.services import deadlines, deciding
from hitl.services.revisions import policy_in_force, revision
from models_registry.domain.errors import Conflict, Invalid, Missing
from models_registry.models import new_id

WITHHELD = "The decision is not shown to you while people judge this case: you may be asked."


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose eyes. A client system (`client_id`) reads the cases it sent. A person (`user_id`) who
    may also judge a workflow (`judges`) is not told the decision of a case that waits for people:
    whoever has seen it could no longer judge blind."""

    workflows: Sequence[UUID]
    client_id: UUID | None = None
    judges: frozenset[UUID] = frozenset()
    user_id: int | None = None


def readable(reader: Reader) -> QuerySet[Case]:
    """The cases of this reader, each with its current decision, payloads left alone."""
    current = Decision.objects.filter(n=F("case__seq"))
    waits = Referral.objects.filter(case=OuterRef("pk")).exclude(state=ReferralState.CLOSED)
    cases = Case.objects.filter(workflow_id__in=reader.workflows).exclude(reason=GOLD)
    if reader.client_id is not None:
        cases = cases.filter(client_id=reader.client_id)
    return (
        cases.annotate(waits=Exists(waits))
        .select_related("workflow")
        .prefetch_related(Prefetch("decisions", current, to_attr="current"))
    )


def one(case_id: UUID, reader: Reader) -> Case:
    case = readable(reader).filter(pk=case_id).first()
    if case is None:
        raise Missing("There is no such case.")
    return case


def listing(
    reader: Reader,
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
    cases = readable(reader).order_by("pk")
    if workflow:
        if not Workflow.objects.filter(slug=workflow, pk__in=reader.workflows).exists():
            raise Missing(f"There is no workflow {workflow!r} for you.")
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


def told(case: Case, reader: Reader) -> CaseOut:
    """What this reader is told about a case that `readable` gave."""
    decisions: list[Decision] = case.current  # type: ignore[attr-defined]  # Prefetch's to_attr
    withheld = case.waits and case.workflow_id in reader.judges  # type: ignore[attr-defined]
    current = decisions[0] if decisions and not withheld else None
    return CaseOut(
        id=case.pk,
        workflow=case.workflow.slug,
        reference=case.reference,
        status=case.status,  # type: ignore[arg-type]  # one of the four, by the column's choices
        automation_level=revision(case.workflow_id, case.revision_no).rules.level,
        route=RouteOut(case.action, case.reason, case.threshold, case.audit),  # type: ignore[arg-type]
        decision=_decision(current) if current else None,
        created_at=case.created,
        notices=[WITHHELD] if withheld and decisions else [],
    )


def details(case_id: UUID, reader: Reader) -> CaseOut:
    """One case, opened by this reader. Somebody who may judge it and is told its decision is not
    asked about it any more."""
    case = one(case_id, reader)
    said = told(case, reader)
    if said.decision and reader.user_id is not None and case.workflow_id in reader.judges:
        sight = Sight(case=case, user_id=reader.user_id)
        Sight.objects.bulk_create([sight], ignore_conflicts=True)
    return said


def _decision(row: Decision) -> DecisionOut:
    return DecisionOut(row.value, row.source, row.n, row.at, row.unusable)  # type: ignore[arg-type]


def say(
    case: Case, *, kind: str, value: object | None, statement: str, now: datetime | None = None
) -> Feedback:
    """Records what the client learned about a case. A contest has another person judge it, blind;
    so does a redo that names a value, where the policy says so."""
    now = now or datetime.now(UTC)
    if kind == "redo" and not case.seq:
        raise Conflict("This case has no decision yet, so there is nothing to do again.")
    if kind == "outcome" and value is None:
        raise Invalid.at("/value", "An outcome is the true answer; give it as the value.")
    if value is not None:
        rules = revision(case.workflow_id, case.revision_no)
        value = rules.normalise(value, "/value")
    policy = policy_in_force(case.workflow_id)
    looks_again = kind == "contest" or (kind == "redo" and value is not None and policy.redo_opens)
    with transaction.atomic():
        if looks_again:
            locked = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
            _look_again(locked, policy, now, contested=kind == "contest")
        return Feedback.objects.create(
            id=new_id(), case=case, kind=kind, value=value, statement=statement, at=now
        )


def _look_again(case: Case, policy: Policy, now: datetime, *, contested: bool) -> None:
    """Has one more person judge the case: the referral that is under way goes to the front (one
    that is just settling asks one person more if somebody objects), else a new one is opened."""
    if case.status == Status.CANCELLED:
        raise Conflict("This case was cancelled; nobody decides it any more.")
    under_way = Referral.objects.exclude(state=ReferralState.CLOSED).filter(case=case)
    referral = under_way.select_for_update(no_key=True).first()
    if referral is None:
        due = now + timedelta(hours=policy.due_hours)
        pool, kind = deciding.pool_of(case), Kind.CONTEST
        deciding.refer(case, kind, pool=pool, due=due, now=now, contested=contested)
        return
    if referral.state == ReferralState.SETTLING and not contested:
        return  # somebody has just looked
    more: dict[str, object] = {"contested": contested or referral.contested}
    if referral.state == ReferralState.SETTLING:
        more |= {"state": ReferralState.OPEN, "settles_at": None}
        more |= {"needed": F("needed") + 1, "free": F("free") + 1}
    deadlines.raise_up(case, referral, policy, **more)
