"""What other terms would have done, over HTTP. Nothing is changed by asking."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hitl.domain.evidence.estimates import Estimate
from hitl.domain.policy import Fixed
from hitl.domain.roles import Verb
from hitl.domain.staffing import Wanted
from hitl.services import workflows
from hitl.services.evidence.limits import limits
from hitl.services.evidence.simulating import WEEKS, Asked, Outcome, Simulated, simulate
from models_registry.api.bodies import Line, read
from models_registry.api.openapi import described

Unit = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class SimulateIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """weeks: how far back cases are replayed; other terms, of which those left out stay as they
    are: a target (`max_error`, `confidence`) or a fixed `threshold`, and dials of the policy.
    hours_per_day: for which a person reviews; wait_minutes: the mean wait aimed at; people: how
    many are there at the same time (left out: as many as the present terms need)."""

    weeks: Annotated[int, msgspec.Meta(ge=1, le=WEEKS)] = 4
    max_error: Annotated[float, msgspec.Meta(gt=0.0, lt=1.0)] | None = None
    confidence: Annotated[float, msgspec.Meta(ge=0.5, lt=1.0)] | None = None
    threshold: Unit | None = None
    level: Line | None = None
    audit_share: Unit | None = None
    blind_share: Unit | None = None
    reviews_required: Annotated[int, msgspec.Meta(ge=1, le=9)] | None = None
    hours_per_day: Annotated[float, msgspec.Meta(ge=0.5, le=24.0)] = 6.0
    wait_minutes: Annotated[float, msgspec.Meta(ge=0.5, le=10080.0)] = 60.0
    people: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None


class ErrorOut(msgspec.Struct, frozen=True):
    """The share of automated decisions that is wrong, with its 95 % interval; null where people
    could tell in fewer than 30. answers: cases judged blind, of which `missing` nobody could
    tell."""

    value: float | None
    low: float | None
    high: float | None
    answers: int
    errors: int
    missing: int


class WideningOut(msgspec.Struct, frozen=True):
    """A threshold that would have been certified; `coverage`: the share of cases that reach it."""

    at: datetime
    threshold: float
    whole: bool
    coverage: float
    cases: int
    errors: int


class StaffingOut(msgspec.Struct, frozen=True):
    """Reviews and hours a day (with the 95 % interval of the hours), the people they take, how many
    of these at the same time, and the mean wait that comes to, in minutes."""

    reviews_per_day: float
    hours_per_day: float
    hours_low: float
    hours_high: float
    people: int
    at_once: int
    wait_minutes: float


class OutcomeOut(msgspec.Struct, frozen=True):
    """One set of terms. cases, automated, audited, referred, blind, error: as if they had come into
    force at the start. From here on: `automation_rate` (with the threshold reached by then),
    `reviews_per_case`, `staffing`, and `wait_minutes` with `people` people; null: not enough
    data, or a wait that grows without end."""

    level: str
    rule: str
    max_error: float | None
    confidence: float | None
    threshold: float | None
    audit_share: float
    blind_share: float
    reviews_required: int
    enough: bool
    cases: int
    automated: int
    audited: int
    referred: int
    blind: int
    error: ErrorOut
    certified: list[WideningOut]
    automation_rate: float | None
    reviews_per_case: float | None
    staffing: StaffingOut | None
    wait_minutes: float | None


class EffectOut(msgspec.Struct, frozen=True):
    """One dial moved by itself, as differences from the present terms; null: not enough data."""

    dial: str
    automation_rate: float | None
    hours_per_day: float | None
    people: int | None


class CannotOut(msgspec.Struct, frozen=True):
    """Something that cannot be known from what is stored."""

    name: str
    detail: str


class SimulationOut(msgspec.Struct, frozen=True):
    """The present terms and the others over the same cases. seconds_per_review: the mean of
    `reviews_timed` judgements; median_seconds: their median."""

    since: datetime
    until: datetime
    version: str
    cases: int
    predictions: int
    cases_per_day: float | None
    reviews_timed: int
    seconds_per_review: float | None
    median_seconds: float | None
    people: int | None
    now: OutcomeOut
    then: OutcomeOut
    effects: list[EffectOut]
    cannot_know: list[CannotOut]


class Simulations(APIView):
    """A replay of the last weeks under other terms."""

    verbs = {"POST": Verb.SEE_CASES}

    @described("Simulate other terms", body=SimulateIn, answer=SimulationOut)
    def post(self, request: Request, slug: str) -> Response:
        asked, workflow = read(request, SimulateIn), workflows.find(slug)
        return Response(_told(simulate(workflow, _asked(asked), asked.weeks, datetime.now(UTC))))


def _asked(given: SimulateIn) -> Asked:
    return Asked(
        max_error=given.max_error,
        confidence=given.confidence,
        threshold=given.threshold,
        level=given.level,
        audit_share=given.audit_share,
        blind_share=given.blind_share,
        reviews_required=given.reviews_required,
        wanted=Wanted(given.hours_per_day, given.wait_minutes),
        people=given.people,
    )


def _told(found: Simulated) -> SimulationOut:
    takes, come = found.effort, found.arrivals
    return SimulationOut(
        since=found.start,
        until=found.end,
        version=found.version,
        cases=found.cases,
        predictions=found.predictions,
        cases_per_day=come.a_day if come else None,
        reviews_timed=takes.reviews if takes else 0,
        seconds_per_review=takes.mean if takes else None,
        median_seconds=takes.median if takes else None,
        people=found.people,
        now=_outcome(found.now),
        then=_outcome(found.then),
        effects=[_effect(one.dial, found.now, one.outcome) for one in found.effects],
        cannot_know=[CannotOut(one.name, one.said) for one in limits(found)],
    )


def _outcome(one: Outcome) -> OutcomeOut:
    rule, course, staff = one.policy.threshold, one.course, one.staffing
    fixed = isinstance(rule, Fixed)
    return OutcomeOut(
        level=one.level,
        rule="fixed" if fixed else "target",
        max_error=None if isinstance(rule, Fixed) else rule.max_error,
        confidence=None if isinstance(rule, Fixed) else rule.confidence,
        threshold=rule.threshold if isinstance(rule, Fixed) else one.later.threshold,
        audit_share=one.policy.audit_share,
        blind_share=one.policy.blind_share_in_force,
        reviews_required=one.policy.reviews_required,
        enough=one.enough,
        cases=course.cases,
        automated=course.automated,
        audited=course.audited,
        referred=course.referred,
        blind=course.blind,
        error=_error(course.error),
        certified=[
            WideningOut(s.at, s.threshold, s.is_whole, s.coverage, s.cases, s.errors)
            for s in course.steps
        ],
        automation_rate=one.automated if one.enough else None,
        reviews_per_case=one.reviews if one.enough else None,
        staffing=None
        if staff is None
        else StaffingOut(
            staff.reviews,
            staff.hours,
            staff.low,
            staff.high,
            staff.people,
            staff.at_once,
            staff.wait,
        ),
        wait_minutes=one.wait,
    )


def _error(found: Estimate) -> ErrorOut:
    counts = (found.cases, found.errors, found.missing)
    if not found.is_enough:
        return ErrorOut(None, None, None, *counts)
    return ErrorOut(found.value, found.low, found.high, *counts)


def _effect(dial: str, now: Outcome, then: Outcome) -> EffectOut:
    rate = hours = people = None
    if now.enough and then.enough and now.automated is not None and then.automated is not None:
        rate = then.automated - now.automated
    if now.staffing and then.staffing:
        hours = then.staffing.hours - now.staffing.hours
        people = then.staffing.people - now.staffing.people
    return EffectOut(dial, rate, hours, people)
