"""Known answers: cases that nobody asked for, served among the others to see how people judge."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from hitl.domain.cases import GOLD, Kind, ReferralState, Source, Status
from hitl.domain.roles import Verb
from hitl.models import (
    Case,
    Decision,
    Payload,
    Referral,
    Sight,
    Workflow,
)
from hitl.services import access
from hitl.services.arriving import Brought
from models_registry.domain.errors import Conflict, Missing
from reviews.domain.claims import ClaimState
from reviews.domain.consensus import Agrees, Said, Verdict
from reviews.domain.standing import Tally
from reviews.models import Claim, Gold, GoldAnswer, Review
from reviews.services.gold_making import copied, making, said_by_client, store, wanted
from reviews.services.standing import COUNTS, final


@dataclass(frozen=True, slots=True)
class Known:
    """A known answer with its input, and what people said about it."""

    gold: Gold
    input: object
    tally: Tally


def create(
    workflow: Workflow,
    *,
    input: object,  # the word for it everywhere
    answer: object,
    note: str = "",
    prediction: Brought | None = None,
    by: User | None = None,
    now: datetime | None = None,
) -> Gold:
    """A new known answer, served from now on; not to who gives it. `prediction`: what a client's
    own model says about it."""
    make = making(workflow, by, now)
    said = said_by_client(make, prediction)
    (gold,) = store(make, [wanted(make, input, answer, note=note, said=said)])
    return gold


def from_case(case: Case, *, by: User | None = None, now: datetime | None = None) -> Gold:
    """A known answer made of a case that a person decided: a copy, so that the case stays what it
    was. Who has met the case, or makes the copy, is not served it."""
    decision = Decision.objects.filter(case=case, n=case.seq).first()
    if case.status != Status.DECIDED or decision is None or decision.source != Source.HUMAN:
        raise Conflict("Only a case that a person decided can become a known answer.")
    if decision.bulk_id is not None:
        raise Conflict("This case was decided with many others at once; nobody looked at it alone.")
    if decision.unusable:
        raise Conflict("People said that this input cannot be judged; there is no answer to know.")
    stored = Payload.objects.values_list("input", flat=True).get(pk=case.pk)
    if stored is None or decision.value is None:
        raise Conflict("What this case said was erased.")
    # An answer given at the API needs no look at it first.
    met = Claim.objects.filter(Q(shown_at__isnull=False) | Q(state=ClaimState.DONE), case=case)
    make, note = making(case.workflow, by, now), f"Made from case {case.pk}"
    known_by = [
        *met.values_list("reviewer_id", flat=True),
        *Sight.objects.filter(case=case).values_list("user_id", flat=True),
    ]
    said = copied(make, case)
    one = wanted(make, stored, decision.value, note=note, met=known_by, said=said)
    (gold,) = store(make, [one])
    return gold


def find_case(case_id: UUID, by: User) -> Case:
    """A case of a workflow that this person operates."""
    mine = Case.objects.filter(workflow__in=access.workflows_for(by, Verb.OPERATE))
    found = mine.exclude(reason=GOLD).select_related("workflow").filter(pk=case_id).first()
    if found is None:
        raise Missing("There is no such case.")
    return found


def find(workflow: Workflow, gold_id: UUID) -> Gold:
    found = Gold.objects.filter(workflow=workflow, pk=gold_id).select_related("by").first()
    if found is None:
        raise Missing("There is no such known answer.")
    return found


def retire(gold: Gold, *, now: datetime | None = None) -> Gold:
    """Serves it to nobody any more; what was said about it still counts. Doing it again changes
    nothing."""
    now = now or datetime.now(UTC)
    with transaction.atomic():
        Case.objects.select_for_update(no_key=True).get(pk=gold.case_id)
        if Gold.objects.filter(pk=gold.pk, retired__isnull=True).update(retired=now):
            waiting = Referral.objects.filter(case_id=gold.case_id, kind=Kind.GOLD)
            waiting.exclude(state=ReferralState.CLOSED).update(
                state=ReferralState.CLOSED, free=0, closed=now
            )
    gold.refresh_from_db(fields=["retired"])
    return gold


def in_service(workflow: Workflow) -> int:
    """How many known answers are served."""
    return Gold.objects.filter(workflow=workflow, retired__isnull=True).count()


def listing(workflow: Workflow, *, after: UUID | None = None, limit: int = 100) -> list[Known]:
    """Known answers with how often people got them right, the newest first, from the one that
    follows `after`; in two reads."""
    rows = Gold.objects.filter(workflow=workflow).select_related("case__payload", "by")
    if after is not None:
        rows = rows.filter(pk__lt=after)
    golds = list(rows.order_by("-pk")[:limit])
    tallies = _tallies(workflow.pk, [gold.pk for gold in golds])
    return [
        Known(gold, gold.case.payload.input, tallies.get(gold.pk, Tally(0, 0))) for gold in golds
    ]


def _tallies(workflow_id: UUID, ids: Collection[UUID]) -> dict[UUID, Tally]:
    asked = final(workflow_id).filter(review__claim__case__in=ids)
    found: Iterable[Any] = asked.values_list("review__claim__case").annotate(**COUNTS)
    return {case: Tally(given, right) for case, given, right in found}


def record(
    review: Review,
    *,
    case_id: UUID,
    workflow_id: UUID,
    reviewer_id: int,
    said: Said,
    agrees: Agrees,
    at: datetime,
) -> None:
    """Writes down whether a review of a known answer is right. Needs the transaction of the
    review. Who cannot decide, or calls the input bad, is wrong: the answer is known."""
    known = Gold.objects.values_list("answer", flat=True).get(pk=case_id)
    GoldAnswer.objects.create(
        review=review,
        workflow_id=workflow_id,
        reviewer_id=reviewer_id,
        right=said.verdict == Verdict.ANSWER and agrees(said.value, known),
        at=at,
    )
