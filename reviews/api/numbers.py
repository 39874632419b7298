"""The numbers of people over HTTP: of a team, of its automation bias, and each person's own."""

from datetime import UTC, date, datetime
from typing import Annotated, Literal

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hitl.domain.roles import Verb
from hitl.services import workflows
from models_registry.api.bodies import person, query
from models_registry.api.openapi import described
from reviews.api.golds import RightOut, right
from reviews.domain.bias import RULE, Count, Difference
from reviews.domain.pace import BAND_TITLES, FAST_RULE, Forecast, Pace
from reviews.services import biasing, measuring, queue
from reviews.services.biasing import Bias, PersonBias
from reviews.services.measuring import Numbers

Span = Literal[7, 30, 90]


class NumbersQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """days: 7, 30 or 90, the last of them today (UTC)."""

    days: Span = 30


class OwnQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Your numbers in the workflow of that slug. days: 7, 30 or 90, the last of them today."""

    workflow: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    days: Span = 30


class ShareOut(msgspec.Struct, frozen=True):
    """`hits` of `n`; low and high: 95 % interval of the share. Null where n is 0."""

    n: int
    hits: int
    value: float | None
    low: float | None
    high: float | None


class PaceOut(msgspec.Struct, frozen=True):
    """Seconds per judgement. fast: judgements under `bound`; null where the team has judged too
    little to tell."""

    n: int
    median: float | None
    p90: float | None
    bound: float | None
    fast: int | None
    suspicious: bool | None


class DayOut(msgspec.Struct, frozen=True):
    day: date
    judged: int


class NumbersOut(msgspec.Struct, frozen=True):
    """known_answers: of those settled; consensus: judgements that are what the case came to be,
    where several judged or an adjudicator settled it; followed: suggestions in sight whose answer
    was given; days: judgements per day (UTC)."""

    judged: int
    known_answers: RightOut
    consensus: ShareOut
    followed: ShareOut
    pace: PaceOut
    days: list[DayOut]


class PersonNumbersOut(msgspec.Struct, frozen=True):
    id: int
    username: str
    numbers: NumbersOut


class AgeOut(msgspec.Struct, frozen=True):
    age: str
    waiting: int


class ForecastOut(msgspec.Struct, frozen=True):
    """When nothing waits any more, in hours from now. state: empty, falls, grows (more comes in
    than is answered) or unknown; low and high: 95 % interval, high null where it may be never; net:
    what comes in less what is answered, per day."""

    state: str
    said: str
    hours: int | None
    low: int | None
    high: int | None
    net: float | None


class QueueOut(msgspec.Struct, frozen=True):
    """What waits now, by age. `complete` is false if more waits than was looked at."""

    waiting: int
    complete: bool
    ages: list[AgeOut]
    forecast: ForecastOut


class TeamOut(msgspec.Struct, frozen=True):
    """A team's numbers. `complete` is false if only the newest judgements are in them."""

    since: datetime
    complete: bool
    fast_rule: str
    team: NumbersOut
    people: list[PersonNumbersOut]
    queue: QueueOut


class OwnOut(msgspec.Struct, frozen=True):
    """Your own numbers. Known answers and consensus are those of days gone by, known answers in
    tens."""

    since: datetime
    complete: bool
    fast_rule: str
    numbers: NumbersOut


class DifferenceOut(msgspec.Struct, frozen=True):
    """A difference of two shares with its 95 % interval; null where there is not enough data."""

    value: float | None
    low: float | None
    high: float | None


class StampOut(msgspec.Struct, frozen=True):
    """state: "not enough data", "no sign of it" or "may be stamping"; why: in numbers."""

    state: str
    why: str


class PersonBiasOut(msgspec.Struct, frozen=True):
    """shown, hidden: how often the model's answer was given with the suggestion in sight, and
    without; bias: the difference; shrunk: the same, drawn towards the workflow's."""

    id: int
    username: str
    shown: ShareOut
    hidden: ShareOut
    bias: DifferenceOut
    shrunk: DifferenceOut
    stamp: StampOut


class BiasOut(msgspec.Struct, frozen=True):
    """What seeing the suggestion does. blind_share: within which the cases are compared; bias:
    agreement with the suggestion in sight less that without; blind_error: of the model, by those
    who did not see it; claimed_error: what it would be taken for by those who did; flipped: right
    first answers made wrong by a wrong suggestion; mended: wrong ones made right by a right one;
    truths: how many answers were held against which truth."""

    since: datetime
    complete: bool
    blind_share: float | None
    shown: ShareOut
    hidden: ShareOut
    bias: DifferenceOut
    blind_error: ShareOut
    claimed_error: ShareOut
    flipped: ShareOut
    mended: ShareOut
    truths: dict[str, int]
    stamp_rule: str
    people: list[PersonBiasOut]


class PeopleNumbers(APIView):
    """A team's numbers."""

    verbs = {"GET": Verb.OPERATE}

    @described("Read a team's numbers", query=NumbersQuery, answer=TeamOut, errors=[400])
    def get(self, request: Request, slug: str) -> Response:
        days = query(request, NumbersQuery).days
        workflow, now = workflows.find(slug), datetime.now(UTC)
        found = measuring.team(workflow, now, days)
        return Response(
            TeamOut(
                since=found.since,
                complete=found.complete,
                fast_rule=FAST_RULE,
                team=_numbers(found.whole),
                people=[
                    PersonNumbersOut(user.pk, user.get_username(), _numbers(one))
                    for user, one in found.people
                ],
                queue=_queue(queue.look(workflow, now)),
            )
        )


class PeopleBias(APIView):
    """What seeing the model's suggestion does to people."""

    verbs = {"GET": Verb.OPERATE}

    @described("Read the automation bias", query=NumbersQuery, answer=BiasOut, errors=[400])
    def get(self, request: Request, slug: str) -> Response:
        days = query(request, NumbersQuery).days
        found = biasing.bias(workflows.find(slug), datetime.now(UTC), days)
        return Response(_bias(found))


class MyNumbers(APIView):
    """A person's own numbers, for that person alone."""

    @described("Read your own numbers", query=OwnQuery, answer=OwnOut, errors=[400])
    def get(self, request: Request) -> Response:
        user, asked = person(request), query(request, OwnQuery)
        workflow = measuring.reviewed_by(user, asked.workflow)
        found = measuring.own(workflow, user, datetime.now(UTC), asked.days)
        return Response(OwnOut(found.since, found.complete, FAST_RULE, _numbers(found.numbers)))


def _share(one: Count) -> ShareOut:
    low, high = one.interval or (None, None)
    return ShareOut(one.n, one.hits, one.share, low, high)


def _pace(one: Pace) -> PaceOut:
    return PaceOut(one.n, one.median, one.p90, one.bound, one.fast, one.suspicious)


def _numbers(one: Numbers) -> NumbersOut:
    return NumbersOut(
        judged=one.judged,
        known_answers=right(one.known),
        consensus=_share(one.consensus),
        followed=_share(one.followed),
        pace=_pace(one.pace),
        days=[DayOut(day, n) for day, n in one.days.items()],
    )


def _queue(found: queue.Queue) -> QueueOut:
    ages = [AgeOut(age, n) for age, n in zip(BAND_TITLES, found.ages, strict=True)]
    return QueueOut(found.waiting, found.complete, ages, _forecast(found.forecast))


def _forecast(one: Forecast) -> ForecastOut:
    return ForecastOut(one.state, one.said, one.hours, one.low, one.high, one.net)


def _difference(one: Difference) -> DifferenceOut:
    return DifferenceOut(one.value, one.low, one.high)


def _bias(found: Bias) -> BiasOut:
    return BiasOut(
        since=found.since,
        complete=found.complete,
        blind_share=found.share,
        shown=_share(found.seen.shown),
        hidden=_share(found.seen.hidden),
        bias=_difference(found.difference),
        blind_error=_share(found.blind_error),
        claimed_error=_share(found.claimed_error),
        flipped=_share(found.turns.flipped),
        mended=_share(found.turns.mended),
        truths=found.truths,
        stamp_rule=RULE,
        people=[_person(one) for one in found.people],
    )


def _person(one: PersonBias) -> PersonBiasOut:
    return PersonBiasOut(
        id=one.user.pk,
        username=one.user.get_username(),
        shown=_share(one.seen.shown),
        hidden=_share(one.seen.hidden),
        bias=_difference(one.raw),
        shrunk=_difference(one.shrunk),
        stamp=StampOut(one.stamp, one.why),
    )
