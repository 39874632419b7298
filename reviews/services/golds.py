"""Known answers: cases that nobody asked for, served among the others to see how people judge."""

import hashlib
import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from hitl.domain.cases import GOLD, Kind, ReferralState, Source, Status
from hitl.domain.pools import gold_pool
from hitl.domain.roles import Verb
from hitl.models import Case, Client, Decision, Payload, Prediction, Referral, Workflow
from hitl.services import access
from hitl.services.revisions import InForce, revision
from models_registry import serving
from models_registry.domain.errors import Conflict, Invalid, Missing
from models_registry.domain.scoring import is_usable
from reviews.domain.claims import ClaimState
from reviews.domain.consensus import Agrees, Said, Verdict
from reviews.domain.standing import KNOWS, Tally
from reviews.models import Claim, Gold, GoldAnswer, Review
from reviews.services.standing import COUNTS, final

log = logging.getLogger(__name__)
CLIENT = "hitl: known answers"  # the sender of cases that no client sent
PLACES = 32767  # the most the column holds: a known answer is there for everybody
NEVER_DUE = timedelta(days=36500)


@dataclass(frozen=True, slots=True)
class Known:
    """A known answer with its input, and what people said about it."""

    gold: Gold
    input: object
    tally: Tally


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A known answer to be, checked against the revision `no`. knowers: who knows the answer
    already, and so is not asked."""

    workflow: Workflow
    no: int
    input: object
    answer: object
    note: str
    knowers: Collection[int]


def create(
    workflow: Workflow,
    *,
    input: object,  # the word for it everywhere
    answer: object,
    note: str = "",
    by: User | None = None,
    now: datetime | None = None,
) -> Gold:
    """A new known answer, served from now on; not to who gives it."""
    return _create(workflow, input, answer, note=note, by=by, now=now)


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
    return _create(
        case.workflow,
        stored,
        decision.value,
        note=f"Made from case {case.pk}",
        by=by,
        now=now,
        met=list(met.values_list("reviewer_id", flat=True)),
    )


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


def _create(
    workflow: Workflow,
    given: object,
    answer: object,
    *,
    note: str,
    by: User | None,
    now: datetime | None,
    met: Iterable[int] = (),
) -> Gold:
    no = Workflow.objects.values_list("revision_no", flat=True).get(pk=workflow.pk)
    rules = revision(workflow.pk, no)
    problems = rules.schema.problems(given, "/input")
    if problems:
        raise Invalid("The input does not fit the workflow's schema.", problems=tuple(problems))
    answer = rules.normalise(answer, "/answer")
    prediction = _predicted(rules, given)  # a model may be slow: no transaction is open
    knowers = {*met, by.pk} if by else set(met)
    wanted = _Wanted(workflow, no, given, answer, note, knowers)
    return _store(wanted, prediction, by, now or datetime.now(UTC))


def _predicted(rules: InForce, given: object) -> Prediction | None:
    """What the champion says, where it answers here: a screen with a suggestion shows it too.
    None if that is no answer; other cases then have no suggestion either."""
    if rules.champion is None or not rules.asks:
        return None
    (outcome,) = serving.predict(rules.champion, [given])
    if outcome.value is None:
        return None
    try:
        value = rules.normalise(outcome.value, "/prediction/value")
    except Invalid:
        return None
    confidence: Any = outcome.confidence
    usable = isinstance(confidence, float | int) and is_usable(confidence)
    return Prediction(
        version_id=rules.champion,
        role="live",
        arm="champion",
        value=value,
        confidence=confidence if usable else None,
        latency=outcome.latency,
    )


@transaction.atomic
def _store(wanted: _Wanted, prediction: Prediction | None, by: User | None, now: datetime) -> Gold:
    case = _case(wanted, now)
    Payload.objects.create(case=case, input=wanted.input)
    if prediction is not None:
        prediction.case = case
        prediction.save()
    referral = Referral.objects.create(
        case=case,
        kind=Kind.GOLD,
        pool=gold_pool(wanted.workflow.pk),
        due=now + NEVER_DUE,
        needed=PLACES,
        free=PLACES,
        opened=now,
    )
    Claim.objects.bulk_create(
        Claim(
            referral=referral,
            case=case,
            reviewer_id=person,
            state=ClaimState.SKIPPED,
            expires=now,
            skip_reason=KNOWS,
        )
        for person in wanted.knowers
    )
    gold = Gold.objects.create(
        case=case,
        workflow=wanted.workflow,
        answer=wanted.answer,
        note=wanted.note,
        by=by,
        created=now,
    )
    log.info("known answer workflow=%s case=%s", wanted.workflow.slug, case.pk)
    return gold


def _case(wanted: _Wanted, now: datetime) -> Case:
    """The case itself: referred for good, so that no client ever hears of it."""
    client, _ = Client.objects.get_or_create(name=CLIENT)
    return Case.objects.create(
        workflow=wanted.workflow,
        revision_no=wanted.no,
        client=client,
        input_hash=hashlib.sha256(msgspec.json.encode(wanted.input)).hexdigest(),
        action="refer",
        reason=GOLD,
        blind=False,
        audit=False,
        pi=1.0,
        status=Status.REFERRED,
        created=now,
    )


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
