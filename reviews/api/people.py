"""Who reviews, where they stand and how far they agree, over HTTP, for who runs a workflow."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from django.contrib.auth.models import User
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hitl.api.times import EARLIEST, Time, utc
from hitl.api.workflows import Reason
from hitl.domain.roles import Verb
from hitl.services import workflows
from hitl.services.revisions import policy_in_force
from models_registry.api.bodies import person, query, read
from models_registry.api.openapi import described
from models_registry.domain.errors import Invalid, Missing
from reviews.api.golds import RightOut, right
from reviews.domain.agreement import Estimate
from reviews.services import agreeing, golds, people, standing

SPAN = timedelta(days=30)


class PersonOut(msgspec.Struct, frozen=True):
    """A reviewer. state: onboarding, active or paused; reason: why, in numbers. `lifted`: who
    lifted a pause or a test last, and why."""

    id: int
    username: str
    state: str
    reason: str
    lifted: str
    held: int
    held_since: datetime | None
    answered_today: int
    skipped_today: int
    known_answers: RightOut


class PeopleOut(msgspec.Struct, frozen=True):
    """Who reviews; how many known answers are served, and how many the onboarding test asks for
    (it has no more than are served)."""

    people: list[PersonOut]
    known_answers: int
    onboarding: int


class LiftIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: Reason


class StandingOut(msgspec.Struct, frozen=True):
    """Where somebody stands from now on."""

    id: int
    state: str
    since: datetime


class AgreementQuery(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}
):
    """Cases that came in from `from` to before `to`; the last 30 days where left out."""

    since: Time | None = None
    until: Time | None = None


class EstimateOut(msgspec.Struct, frozen=True):
    """A number from `n` cases with its 95 % interval; `note` says what is missing and why."""

    n: int
    value: float | None
    low: float | None
    high: float | None
    note: str


class LabelOut(msgspec.Struct, frozen=True):
    """One answer (`bad_input`: people say that nobody could judge the input)."""

    verdict: str
    label: Any
    agreement: EstimateOut


class ReviewerOut(msgspec.Struct, frozen=True):
    """One person with the others."""

    id: int
    username: str
    agreement: EstimateOut


class PairOut(msgspec.Struct, frozen=True):
    """Two people, on the cases both judged."""

    usernames: tuple[str, str]
    agreement: EstimateOut
    kappa: EstimateOut


class WeekOut(msgspec.Struct, frozen=True):
    """The cases that came in during the seven days from `start`, a Monday (UTC)."""

    start: date
    agreement: EstimateOut
    alpha: EstimateOut


class AgreementOut(msgspec.Struct, frozen=True):
    """How far people agree. agreement: the share of pairs that say the same; alpha: Krippendorff's,
    by the distance of the task type; fleiss: Fleiss' kappa over the cases with exactly `raters`
    answers; scales: alpha on each scale that such answers have; measures: how far two people's
    answers are apart, by the task type's measures; parts: agreement on each part of an answer.
    `complete` is false if only the newest cases of the span are compared."""

    cases: int
    judgements: int
    complete: bool
    agreement: EstimateOut
    alpha: EstimateOut
    fleiss: EstimateOut
    raters: int
    scales: dict[str, EstimateOut]
    measures: dict[str, EstimateOut]
    parts: dict[str, EstimateOut]
    weeks: list[WeekOut]
    labels: list[LabelOut]
    people: list[ReviewerOut]
    pairs: list[PairOut]


class People(APIView):
    """Who reviews a workflow: their work and where they stand."""

    verbs = {"GET": Verb.OPERATE}

    @described("List the people who review", answer=PeopleOut)
    def get(self, request: Request, slug: str) -> Response:
        workflow = workflows.find(slug)
        found = people.load(workflow, datetime.now(UTC))
        return Response(
            PeopleOut(
                people=[_person(one) for one in found],
                known_answers=golds.in_service(workflow),
                onboarding=policy_in_force(workflow.pk).onboarding,
            )
        )


class Lift(APIView):
    """Lets somebody judge who is paused, or still in the onboarding test."""

    verbs = {"POST": Verb.OPERATE}

    @described("Lift a pause", body=LiftIn, answer=StandingOut, errors=[409])
    def post(self, request: Request, slug: str, user_id: int) -> Response:
        asked, workflow = read(request, LiftIn), workflows.find(slug)
        reviewer = User.objects.filter(pk=user_id).first()
        if reviewer is None:
            raise Missing("There is no such person.")
        row = standing.lift(workflow, reviewer, by=person(request), reason=asked.reason)
        return Response(StandingOut(reviewer.pk, row.state, row.since))


class PeopleAgreement(APIView):
    """How far people agree with each other."""

    verbs = {"GET": Verb.SEE_CASES}

    @described("Read how far people agree", query=AgreementQuery, answer=AgreementOut, errors=[400])
    def get(self, request: Request, slug: str) -> Response:
        asked = query(request, AgreementQuery)
        until = utc(asked.until or datetime.now(UTC))
        since = utc(asked.since) if asked.since else max(until, EARLIEST + SPAN) - SPAN
        if since >= until:
            wrong = "from" if asked.since else "to"
            raise Invalid.at(wrong, "`from` must be before `to`.")
        found = agreeing.agreement(workflows.find(slug), since=since, until=until)
        return Response(_agreement(found))


def _person(one: people.Load) -> PersonOut:
    return PersonOut(
        id=one.user.pk,
        username=one.user.get_username(),
        state=one.position.state,
        reason=one.position.reason,
        lifted=one.position.lifted,
        held=one.held,
        held_since=one.held_since,
        answered_today=one.answered,
        skipped_today=one.skipped,
        known_answers=right(one.position.tally),
    )


def _estimate(one: Estimate) -> EstimateOut:
    return EstimateOut(one.n, one.value, one.low, one.high, one.note)


def _estimates(named: dict[str, Estimate]) -> dict[str, EstimateOut]:
    return {name: _estimate(one) for name, one in named.items()}


def _agreement(found: agreeing.Compared) -> AgreementOut:
    return AgreementOut(
        cases=found.cases,
        judgements=found.judgements,
        complete=found.complete,
        agreement=_estimate(found.percent),
        alpha=_estimate(found.alpha),
        fleiss=_estimate(found.fleiss),
        raters=found.raters,
        scales=_estimates(found.scales),
        measures=_estimates(found.measures),
        parts=_estimates(found.parts),
        weeks=[
            WeekOut(week.start, _estimate(week.percent), _estimate(week.alpha))
            for week in found.weeks
        ],
        labels=[LabelOut(o.verdict, o.label, _estimate(o.estimate)) for o in found.labels],
        people=[ReviewerOut(u.pk, u.get_username(), _estimate(e)) for u, e in found.people],
        pairs=[
            PairOut(
                (pair.users[0].get_username(), pair.users[1].get_username()),
                _estimate(pair.percent),
                _estimate(pair.kappa),
            )
            for pair in found.pairs
        ],
    )
