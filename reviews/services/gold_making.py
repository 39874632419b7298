"""Making known answers: checked by the revision in force, asked about, stored together."""

import hashlib
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.contrib.auth.models import User
from django.db import transaction

from hitl.domain.cases import GOLD, Kind, Status
from hitl.domain.levels import LEVELS
from hitl.domain.pools import gold_pool
from hitl.models import Case, CaseFile, Client, Payload, Prediction, Referral, Workflow
from hitl.services import files
from hitl.services.arriving import Brought
from hitl.services.receiving import judged
from hitl.services.revisions import InForce, revision
from models_registry import serving
from models_registry.domain.errors import Invalid, cut
from models_registry.domain.scoring import Outcome, is_usable
from reviews.domain.claims import ClaimState
from reviews.domain.standing import KNOWS
from reviews.models import Claim, Gold

log = logging.getLogger(__name__)
CLIENT = "hitl: known answers"  # the sender of cases that no client sent
PLACES = 32767  # the most the column holds: a known answer is there for everybody
AS_JSON = 'Write it as {"value": "yes", "confidence": 0.9}.'
NEVER_DUE = timedelta(days=36500)


@dataclass(frozen=True, slots=True)
class Making:
    """Where known answers are to be, by which revision (`no`), by whom, and when."""

    workflow: Workflow
    no: int
    rules: InForce
    by: User | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """A known answer to be, checked. knowers: who knows the answer already, and so is not asked;
    said: what a client's own model says about it."""

    input: object
    answer: object
    note: str
    knowers: Collection[int]
    files: Collection[str]
    said: Prediction | None = None


def making(workflow: Workflow, by: User | None, now: datetime | None) -> Making:
    """Makes known answers by the revision that is in force now."""
    no = Workflow.objects.values_list("revision_no", flat=True).get(pk=workflow.pk)
    return Making(workflow, no, revision(workflow.pk, no), by, now or datetime.now(UTC))


def wanted(
    make: Making,
    given: object,
    answer: object,
    *,
    note: str = "",
    met: Iterable[int] = (),
    said: Prediction | None = None,
) -> Wanted:
    """One with its input and answer checked. `met`: who is not to be asked, beside who makes it."""
    problems = make.rules.schema.problems(given, "/input")
    if problems:
        raise Invalid("The input does not fit the workflow's schema.", problems=tuple(problems))
    held = files.of_workflow(given, make.rules, make.workflow.pk)
    knowers = {*met, make.by.pk} if make.by else set(met)
    return Wanted(given, make.rules.normalise(answer, "/answer"), note, knowers, held, said)


class _Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    value: Any
    confidence: float | None = None
    confidences: dict[str, float] = {}


def brought(given: object) -> Brought | None:
    """A prediction that was typed in or stands in a table; None where there is none."""
    if given is None:
        return None
    try:
        said = msgspec.convert(given, _Given)
    except msgspec.ValidationError as error:
        raise Invalid.at("/prediction", f"{cut(str(error), 200)}. {AS_JSON}") from error
    return Brought(said.value, said.confidence, said.confidences)


def said_by_client(make: Making, given: Brought | None) -> Prediction | None:
    """What a client's own model says about a known answer, checked: without it the screen of a
    known answer would lack the suggestion that others have."""
    if given is None:
        return None
    if make.rules.champion is None or make.rules.asks:
        raise Invalid.at(
            "/prediction", "This workflow's model is not a client's own; leave the prediction out."
        )
    make.rules.normalise(given.value, "/prediction/value")
    outcome = Outcome(given.value, given.confidence, confidences=given.confidences or None)
    return _prediction(make.rules.champion, *judged(outcome, make.rules))


def copied(make: Making, case: Case) -> Prediction | None:
    """What the client's own model said about this case; None where the model is asked here."""
    said = Prediction.objects.filter(case=case, role="live", error="", value__isnull=False).first()
    if said is None or make.rules.champion is None or make.rules.asks:
        return None
    parts = said.confidences
    return Prediction(
        version_id=said.version_id,
        role="live",
        arm=said.arm,
        value=said.value,
        confidence=said.confidence,
        confidences=parts,
        latency=said.latency,
    )


def told_apart(workflow: Workflow) -> int:
    """How many of the known answers that are served lack the suggestion that cases have here."""
    rules = revision(workflow.pk, workflow.revision_no)
    if rules.champion is None or rules.asks or not LEVELS[rules.rules.level].shows_suggestion:
        return 0
    bare = Gold.objects.filter(workflow=workflow, retired__isnull=True)
    return bare.exclude(case__predictions__role="live").count()


def store(make: Making, some: Sequence[Wanted]) -> list[Gold]:
    """Stores them all or, if anything is wrong, none. The model is asked before: it may be slow,
    and no transaction is open yet."""
    asked = _predicted(make.rules, [one.input for one in some])
    predictions = [one.said or said for one, said in zip(some, asked, strict=True)]
    with transaction.atomic():
        golds = _stored(make, some, predictions)
    for gold in golds:
        log.info("known answer workflow=%s case=%s", make.workflow.slug, gold.pk)
    return golds


def _predicted(rules: InForce, inputs: Sequence[object]) -> list[Prediction | None]:
    """What the champion says, where it answers here: a screen with a suggestion shows it too.
    None where that is no answer; other cases then have no suggestion either."""
    if rules.champion is None or not rules.asks:
        return [None] * len(inputs)
    found = serving.predict(rules.champion, inputs)
    return [_prediction(rules.champion, *judged(one, rules)) for one in found]


def _prediction(version: UUID, outcome: Outcome | None, error: str) -> Prediction | None:
    if outcome is None or error:
        return None
    usable = is_usable(outcome.confidence)
    return Prediction(
        version_id=version,
        role="live",
        arm="champion",
        value=outcome.value,
        confidence=outcome.confidence if usable else None,
        confidences=outcome.confidences,
        latency=outcome.latency,
    )


def _stored(
    make: Making, some: Sequence[Wanted], predictions: Sequence[Prediction | None]
) -> list[Gold]:
    """The rows of all of them, table by table. Needs a transaction."""
    client, _ = Client.objects.get_or_create(name=CLIENT)
    cases = Case.objects.bulk_create(_case(make, one, client) for one in some)
    Payload.objects.bulk_create(
        Payload(case=case, input=one.input) for case, one in zip(cases, some, strict=True)
    )
    CaseFile.objects.bulk_create(
        CaseFile(case=case, file_id=file)
        for case, one in zip(cases, some, strict=True)
        for file in one.files
    )
    for case, said in zip(cases, predictions, strict=True):
        if said is not None:
            said.case = case
    Prediction.objects.bulk_create(said for said in predictions if said is not None)
    referrals = Referral.objects.bulk_create(_referral(make, case) for case in cases)
    Claim.objects.bulk_create(
        _known(make, referral, person)
        for referral, one in zip(referrals, some, strict=True)
        for person in one.knowers
    )
    return Gold.objects.bulk_create(
        Gold(
            case=case,
            workflow=make.workflow,
            answer=one.answer,
            note=one.note,
            by=make.by,
            created=make.at,
        )
        for case, one in zip(cases, some, strict=True)
    )


def _case(make: Making, one: Wanted, client: Client) -> Case:
    """The case itself: referred for good, so that no client ever hears of it."""
    return Case(
        workflow=make.workflow,
        revision_no=make.no,
        client=client,
        input_hash=hashlib.sha256(msgspec.json.encode(one.input)).hexdigest(),
        action="refer",
        reason=GOLD,
        blind=False,
        audit=False,
        pi=1.0,
        status=Status.REFERRED,
        created=make.at,
    )


def _referral(make: Making, case: Case) -> Referral:
    return Referral(
        case=case,
        kind=Kind.GOLD,
        pool=gold_pool(make.workflow.pk),
        due=make.at + NEVER_DUE,
        needed=PLACES,
        free=PLACES,
        opened=make.at,
    )


def _known(make: Making, referral: Referral, person: int) -> Claim:
    """A place that somebody has had already: they are not asked."""
    return Claim(
        referral=referral,
        case=referral.case,
        reviewer_id=person,
        state=ClaimState.SKIPPED,
        expires=make.at,
        skip_reason=KNOWS,
    )
