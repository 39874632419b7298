"""Bulk decisions: one answer for many open cases, by somebody who may. Never evidence."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, F, FilteredRelation, Q, QuerySet

from hitl.domain.cases import ANSWERS, Kind, ReferralState, Source, Status
from hitl.domain.pools import pool_id
from hitl.domain.roles import Verb
from hitl.models import BulkDecision, Case, Decision, Referral, Sight, Workflow
from hitl.services import deciding
from hitl.services.access import may
from hitl.services.revisions import in_force, revision
from models_registry.domain.errors import Conflict, Invalid, Missing

MOST = 1000  # cases in one go: one transaction, its locks held for about a second
COUNTED_TO = 10_000  # matching cases are counted up to here; beyond it only "or more" is told


@dataclass(frozen=True, slots=True)
class Filter:
    """Which open cases; what is left out matches all. Times are aware; `suggestion` is the
    model's answer; `pool` a name, '' for the workflow's own; `due_before`: what is due by then."""

    reference: str = ""
    pool: str | None = None
    suggestion: Any = None
    confidence_from: float | None = None
    opened_before: datetime | None = None
    due_before: datetime | None = None
    cases: Sequence[UUID] = ()

    @property
    def asks_model(self) -> bool:
        """Whether it tells something about what the model said."""
        return self.suggestion is not None or self.confidence_from is not None


@dataclass(frozen=True, slots=True)
class Done:
    """decided: cases with a new decision; unchanged: whose decision said so already; left: cases
    that match and were not taken this time (more than MOST, answered while this ran, or asked
    with other answers)."""

    id: UUID
    decided: int
    unchanged: int
    left: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a decision would touch now: `count` cases (up to COUNTED_TO), `held` of them on
    somebody's desk; `misfits` match as well and were asked with other answers."""

    count: int
    held: int
    misfits: int


def matching(workflow: Workflow, wanted: Filter) -> QuerySet[Referral]:
    """Open referrals whose answer a client waits for, the case that came first first. Audits and
    other looks over the shoulder, and what settles them, are never among them, so no case leaves a
    sample this way."""
    waiting = Referral.objects.filter(
        case__workflow=workflow, state=ReferralState.OPEN, kind__in=ANSWERS
    ).exclude(kind=Kind.ADJUDICATE, case__seq__gt=0)
    if wanted.reference:
        waiting = waiting.filter(case__reference=wanted.reference)
    if wanted.pool is not None:
        waiting = waiting.filter(pool=_pool(workflow, wanted.pool))
    if wanted.opened_before:
        waiting = waiting.filter(opened__lt=wanted.opened_before)
    if wanted.due_before:
        waiting = waiting.filter(due__lte=wanted.due_before)
    if wanted.cases:
        waiting = waiting.filter(case__in=wanted.cases)
    if wanted.asks_model:
        waiting = _by_prediction(waiting, wanted)
    return waiting.order_by("case_id")


def _pool(workflow: Workflow, name: str) -> UUID:
    names = [rule.name for rule in in_force(workflow.pk).policy.pools]
    if name and name not in names:
        valid = ", ".join(names) or "none, the policy names no pools"
        raise Invalid.at("/filter/pool", f"There is no pool {name!r}; valid: {valid}.")
    return pool_id(workflow.pk, name)


def _by_prediction(waiting: QuerySet[Referral], wanted: Filter) -> QuerySet[Referral]:
    live = FilteredRelation("case__predictions", condition=Q(case__predictions__role="live"))
    waiting = waiting.annotate(live=live).filter(live__error="")
    if wanted.suggestion is not None:
        waiting = waiting.filter(live__value=wanted.suggestion)
    if wanted.confidence_from is not None:
        # At most 1: PostgreSQL holds that NaN is more than any number.
        low, high = Q(live__confidence__gte=wanted.confidence_from), Q(live__confidence__lte=1)
        waiting = waiting.filter(low & high)
    return waiting


def read_answer(workflow: Workflow, text: str) -> object:
    """The answer that a text in an address stands for: itself, or what it says as JSON. One that
    is no answer now stands for itself: it may have been one."""
    rules = in_force(workflow.pk)
    with suppress(Invalid):
        return rules.normalise(text, "suggestion")
    with suppress(Invalid, msgspec.DecodeError):
        return rules.normalise(msgspec.json.decode(text), "suggestion")
    return text


def listing(
    workflow: Workflow,
    wanted: Filter,
    *,
    after: UUID | None = None,
    limit: int = 50,
    with_input: bool = False,
    by: User | None = None,
) -> list[Referral]:
    """A page of what matches, each with its case, from the case after `after`. What the model said
    is not read: whoever looks here (`by`) may be asked to judge blind. If they ask by what it said,
    they are not asked about the listed cases any more."""
    rows = matching(workflow, wanted)
    rows = rows.select_related("case__payload" if with_input else "case")
    if after is not None:
        rows = rows.filter(case_id__gt=after)
    if by is None or not _may_be_told(workflow, wanted, by):
        return list(rows[:limit])
    with transaction.atomic():
        if wanted.reference:  # asked about by name, a case that is not listed is told of as well
            named = _unheld(matching(workflow, Filter(reference=wanted.reference)))
            _see(named[:MOST], by)
            return list(_unheld(rows)[:limit])
        return _see(_unheld(rows)[:limit], by)


def _may_be_told(workflow: Workflow, wanted: Filter, by: User) -> bool:
    """Whether the filter tells this person something that they must not know to judge blind."""
    return wanted.asks_model and may(by, Verb.REVIEW, workflow.pk)


def _see(rows: QuerySet[Referral], by: User) -> list[Referral]:
    """These rows, their cases seen by this person. Needs a transaction: its locks keep the cases
    from being taken before they count as seen."""
    found = list(rows.select_for_update(of=("self",), no_key=True))
    sights = [Sight(case_id=row.case_id, user=by) for row in found]
    Sight.objects.bulk_create(sights, ignore_conflicts=True)
    return found


def _unheld(waiting: QuerySet[Referral]) -> QuerySet[Referral]:
    """Without those that are on somebody's desk, maybe on that of who asks."""
    return waiting.filter(needed=F("free") + F("done"))


def count(
    workflow: Workflow, wanted: Filter, most: int = COUNTED_TO, *, by: User | None = None
) -> int:
    """How many match, up to `most`; of what `listing` lists where somebody asks (`by`)."""
    found = matching(workflow, wanted)
    if by is not None and _may_be_told(workflow, wanted, by):
        found = _unheld(found)
    return found.order_by()[:most].count()


def preview(workflow: Workflow, wanted: Filter, value: object) -> Preview:
    """What `decide` would do with this answer; Invalid if none of the cases takes it."""
    waiting, _ = _taking(workflow, matching(workflow, wanted), value)
    takes = waiting.order_by()[:COUNTED_TO].count()
    held = waiting.filter(needed__gt=F("free") + F("done")).order_by()[:COUNTED_TO].count()
    return Preview(takes, held, count(workflow, wanted) - takes)


def _taking(
    workflow: Workflow, waiting: QuerySet[Referral], value: object
) -> tuple[QuerySet[Referral], dict[int, Any]]:
    """Those whose answers `value` is among, and the value in the form of each revision: a case is
    judged by the answers it was routed with."""
    numbers = waiting.order_by().values_list("case__revision_no", flat=True).distinct()
    forms: dict[int, Any] = {}
    refusal = None
    for no in [*numbers] or [workflow.revision_no]:
        rules = revision(workflow.pk, no)
        try:
            forms[no] = rules.normalise(value, "/value")
        except Invalid as error:
            refusal = error
    if refusal and not forms:
        raise refusal
    return waiting.filter(case__revision_no__in=list(forms)) if refusal else waiting, forms


def decide(
    workflow: Workflow,
    wanted: Filter,
    *,
    value: object,
    reason: str,
    by: User,
    now: datetime | None = None,
) -> Done:
    """Gives one answer to the first MOST of the cases that match. Whoever holds one of them is
    told so when they submit. The referrals close without an answer of people: a bulk decision is
    no measure of the model, nor of anybody's judging."""
    now = now or datetime.now(UTC)
    if not reason.strip():
        raise Invalid.at("/reason", "Say why, for those who read the decisions.")
    with transaction.atomic():
        waiting, forms = _taking(workflow, matching(workflow, wanted), value)
        found = dict(waiting.values_list("pk", "case_id")[:MOST])
        settled = _settled(workflow, found, forms)
        if not settled:
            raise Conflict("No open case matches; nothing was decided.")
        bulk = BulkDecision.objects.create(
            workflow=workflow,
            by=by,
            value=value,
            reason=reason.strip(),
            filters=msgspec.to_builtins(wanted),
            at=now,
        )
        Referral.objects.filter(pk__in=[one.referral_id for one in settled]).update(
            state=ReferralState.CLOSED, free=0, settles_at=None, acts_at=None, closed=now
        )
        changing = [one for one in settled if not one.same_as_current]
        deciding.decide_many(changing, source=Source.HUMAN, now=now, bulk=bulk)
    same = len(settled) - len(changing)
    return Done(bulk.pk, len(changing), same, count(workflow, wanted))


def _settled(
    workflow: Workflow, found: Mapping[UUID, UUID], forms: Mapping[int, Any]
) -> list[deciding.Settled]:
    """The cases that are still open, now that they are locked (cases first, in order of id)."""
    locked = Case.objects.select_for_update(no_key=True).filter(pk__in=list(found.values()))
    cases = {case.pk: case for case in locked.order_by("pk")}
    waiting = Referral.objects.select_for_update(no_key=True).filter(
        pk__in=list(found), state=ReferralState.OPEN
    )
    open_still = list(waiting.order_by("case_id"))
    current: dict[UUID, tuple[Any, bool]] = {
        case_id: (value, unusable)
        for case_id, value, unusable in Decision.objects.filter(
            case__in=list(cases), n=F("case__seq")
        ).values_list("case_id", "value", "unusable")
    }
    return [
        _one(workflow, cases[referral.case_id], referral, forms, current.get(referral.case_id))
        for referral in open_still
    ]


def _one(
    workflow: Workflow,
    case: Case,
    referral: Referral,
    forms: Mapping[int, Any],
    current: tuple[Any, bool] | None,
) -> deciding.Settled:
    value = forms[case.revision_no]
    agrees = revision(workflow.pk, case.revision_no).agrees
    return deciding.Settled(
        case_id=case.pk,
        referral_id=referral.pk,
        status=Status(case.status),
        seq=case.seq,
        value=value,
        same_as_current=current is not None and not current[1] and agrees(current[0], value),
    )


def latest(workflow: Workflow, limit: int = 10) -> list[tuple[BulkDecision, int]]:
    """The newest bulk decisions, each with how many cases it decided."""
    rows = BulkDecision.objects.filter(workflow=workflow).select_related("by")
    counted = rows.annotate(cases=Count("decisions")).order_by("-at", "-pk")[:limit]
    return [(row, row.cases) for row in counted]


def result(workflow: Workflow, bulk_id: UUID) -> tuple[BulkDecision, int, int]:
    """A bulk decision, how many cases it decided, and how many match its filter now."""
    row = BulkDecision.objects.select_related("by").filter(workflow=workflow, pk=bulk_id).first()
    if row is None:
        raise Missing("There is no such bulk decision.")
    wanted = msgspec.convert(row.filters, Filter)
    return row, row.decisions.count(), count(workflow, wanted)
