"""Reading cases, and what clients say about them later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet

from hitl.domain.cases import GOLD, Kind, ReferralState, Status
from hitl.domain.policy import Policy
from hitl.domain.receipts import CaseOut, DecisionOut, RouteOut
from hitl.models import Case, Decision, Feedback, Referral, Sight, Workflow
from hitl.services import deadlines, deciding
from hitl.services.revisions import policy_in_force, revision
from models_registry.domain.errors import Conflict, Invalid, Missing
from models_registry.models import new_id

WITHHELD = "Route and decision are not shown to you while people judge this case: you may be asked."


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose eyes. A client system (`client_id`) reads the cases it sent. A person (`user_id`) who
    may also judge a workflow (`judges`) is told the same of every case that waits for people,
    decided or not: whoever has seen the decision could no longer judge blind."""

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
        cases = cases.filter(_shows(status, reader))
    if reference:
        cases = cases.filter(reference=reference)
    if created_after:
        cases = cases.filter(created__gt=created_after)
    if after:
        cases = cases.filter(pk__gt=after)
    return list(cases[:limit])


def hidden(reader: Reader) -> Q:
    """Those of `readable` that this reader may be asked to judge."""
    return Q(waits=True, workflow_id__in=reader.judges)


def _shows(status: str, reader: Reader) -> Q:
    """Those of `readable` that this reader sees in this status."""
    so = Q(status=status) & ~hidden(reader)
    return so | hidden(reader) if status == Status.REFERRED else so


def withheld(case: Case, reader: Reader) -> bool:
    """Whether this reader may be asked to judge a case that `readable` gave."""
    waits: bool = case.waits  # type: ignore[attr-defined]  # readable's annotation
    return waits and case.workflow_id in reader.judges


def told(case: Case, reader: Reader) -> CaseOut:
    """What this reader is told about a case that `readable` gave."""
    keeps = withheld(case, reader)
    current = None if keeps else _current(case)
    route = RouteOut("refer", "withheld", None, audit=False)
    if not keeps:
        route = RouteOut(case.action, case.reason, case.threshold, case.audit)  # type: ignore[arg-type]
    return CaseOut(
        id=case.pk,
        workflow=case.workflow.slug,
        reference=case.reference,
        status="referred" if keeps else case.status,  # type: ignore[arg-type]  # column's choices
        automation_level=revision(case.workflow_id, case.revision_no).rules.level,
        route=route,
        decision=_decision(current) if current else None,
        created_at=case.created,
        notices=[WITHHELD] if keeps else [],
    )


def tell(some: Sequence[Case], reader: Reader) -> list[CaseOut]:
    """What this reader is told about cases that `readable` gave. Somebody who may judge them and is
    told a decision is not asked about that case any more. That is written down first, and only then
    looked at whether the case waits: it cannot be handed to them blind in between."""
    seen = _first_seen(some, reader)
    if seen and reader.user_id is not None:
        sights = [Sight(case_id=pk, user_id=reader.user_id) for pk in seen]
        Sight.objects.bulk_create(sights, ignore_conflicts=True)
        again = {case.pk: case for case in readable(reader).filter(pk__in=seen)}
        some = [again.get(case.pk, case) for case in some]
    return [told(case, reader) for case in some]


def _first_seen(some: Sequence[Case], reader: Reader) -> set[UUID]:
    """Those whose decision this reader is about to be told for the first time, and may judge."""
    if reader.user_id is None or not reader.judges:
        return set()
    judged = [case for case in some if case.workflow_id in reader.judges]
    about = {case.pk for case in judged if _current(case) and not withheld(case, reader)}
    known = Sight.objects.filter(user_id=reader.user_id, case__in=about)
    return about - set(known.values_list("case_id", flat=True)) if about else about


def details(case_id: UUID, reader: Reader) -> CaseOut:
    """One case, opened by this reader."""
    return tell([one(case_id, reader)], reader)[0]


def _current(case: Case) -> Decision | None:
    decisions: list[Decision] = case.current  # type: ignore[attr-defined]  # Prefetch's to_attr
    return decisions[0] if decisions else None


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
