"""The numbers of people: of a team, and each person's own. What they say is in docs/people.md."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Count as Counting
from django.db.models import Q

from hitl.domain.cases import Kind, ReferralState
from hitl.domain.roles import Verb
from hitl.models import Workflow
from hitl.services import access
from hitl.services.monitoring import DAY, floor
from hitl.services.revisions import InForce, revision
from models_registry.domain.errors import Forbidden
from reviews.domain import pace
from reviews.domain.bias import Count, counted
from reviews.domain.consensus import Verdict
from reviews.domain.pace import Pace
from reviews.domain.standing import Tally
from reviews.services import judged
from reviews.services.judged import Judged, Settled
from reviews.services.standing import final

SPANS = (7, 30, 90)
"""Days that may be asked for."""
LEAST_KNOWN = 10  # and multiples: a person's own accuracy moves by no single known answer


@dataclass(frozen=True, slots=True)
class Numbers:
    """What somebody did in a span. known: known answers; consensus: judgements that are what the
    case came to be, where several judged it or an adjudicator settled it; followed: suggestions in
    sight whose answer was given; days: judgements per day, UTC, every day of the span."""

    judged: int
    known: Tally
    consensus: Count
    pace: Pace
    followed: Count
    days: dict[date, int]


@dataclass(frozen=True, slots=True)
class Team:
    """Everybody's numbers. `complete` is False if only the newest judgements are in them."""

    since: datetime
    complete: bool
    whole: Numbers
    people: list[tuple[User, Numbers]]


@dataclass(frozen=True, slots=True)
class Own:
    """A person's own numbers. What was settled is that of whole days gone by, known answers in tens
    too, so that no case can be told to be one."""

    since: datetime
    complete: bool
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class _Yardstick:
    """What all judgements of a span are held against; those after `until` against no consensus
    yet."""

    rules: InForce
    adjudicated: Mapping[UUID, Settled]
    bound: float | None
    days: Sequence[date]
    until: datetime


def reviewed_by(user: User, slug: str) -> Workflow:
    """The workflow of that slug, which this person may review; Forbidden for any other."""
    found = access.workflows_for(user, Verb.REVIEW).filter(slug=slug).first()
    if found is None:
        raise Forbidden(f"You may not review workflow {slug!r}; that needs the role of a reviewer.")
    return found


def begin(now: datetime, days: int) -> datetime:
    """The midnight, UTC, with which a span of so many days begins that ends today."""
    return floor(now, DAY) - timedelta(days=days - 1)


def team(workflow: Workflow, now: datetime, days: int = 30) -> Team:
    """Everybody's numbers over so many days, by name; four reads however many they are."""
    since = begin(now, days)
    rows, complete = judged.read(workflow, since)
    by = _yardstick(workflow, rows, [row.seconds for row in rows], now, days)
    counts = {"given": Counting("pk"), "correct": Counting("pk", filter=Q(right=True))}
    found: Iterable[Any] = (
        final(workflow.pk).filter(at__gte=since).values("reviewer_id").annotate(**counts)
    )
    known = {one["reviewer_id"]: Tally(one["given"], one["correct"]) for one in found}
    theirs: dict[int, list[Judged]] = defaultdict(list)
    for row in rows:
        theirs[row.person].append(row)
    users = User.objects.filter(pk__in={*theirs, *known}).order_by("username")
    none = Tally(0, 0)
    all_known = Tally(sum(t.given for t in known.values()), sum(t.right for t in known.values()))
    return Team(
        since,
        complete,
        _numbers(rows, all_known, by),
        [(user, _numbers(theirs[user.pk], known.get(user.pk, none), by)) for user in users],
    )


def own(workflow: Workflow, person: User, now: datetime, days: int = 30) -> Own:
    """One person's own numbers over so many days, in four reads."""
    since = begin(now, days)
    rows, complete = judged.read(workflow, since, person=person)
    everybody = judged.standing_reviews(workflow, since).values_list("seconds", flat=True)
    by = _yardstick(workflow, rows, list(everybody[: judged.MOST]), now, days)
    by = replace(by, until=floor(now, DAY))
    return Own(since, complete, _numbers(rows, _known_in_tens(workflow, person, since, now), by))


def _known_in_tens(workflow: Workflow, person: User, since: datetime, now: datetime) -> Tally:
    """The person's known answers before today, the first ten of them or the first twenty..."""
    mine = final(workflow.pk).filter(reviewer=person, at__gte=since, at__lt=floor(now, DAY))
    rows: Any = mine.order_by("at", "pk").values_list("right", flat=True)
    right: list[bool] = list(rows[: judged.MOST])
    whole = len(right) // LEAST_KNOWN * LEAST_KNOWN
    return Tally(whole, sum(right[:whole]))


def _yardstick(
    workflow: Workflow, rows: Iterable[Judged], seconds: list[float], now: datetime, days: int
) -> _Yardstick:
    today = now.astimezone(UTC).date()
    open_to_dispute = (row.case_id for row in rows if row.kind != Kind.GOLD)
    return _Yardstick(
        rules=revision(workflow.pk, workflow.revision_no),
        adjudicated=judged.adjudicated(open_to_dispute),
        bound=pace.bound(seconds),
        days=[today - timedelta(days=back) for back in reversed(range(days))],
        until=now,
    )


def _numbers(rows: Sequence[Judged], known: Tally, by: _Yardstick) -> Numbers:
    days = Counter(row.at.astimezone(UTC).date() for row in rows)
    return Numbers(
        judged=len(rows),
        known=known,
        consensus=counted(_agreeing((row for row in rows if row.at <= by.until), by)),
        pace=pace.pace([row.seconds for row in rows], by.bound),
        followed=counted(judged.follows(by.rules, row) for row in rows if row.in_sight),
        days={day: days[day] for day in by.days},
    )


def _agreeing(rows: Iterable[Judged], by: _Yardstick) -> Iterable[bool]:
    """For each judgement of a case that more than one person settled: whether it is what the case
    came to be. Who cannot decide, and who adjudicates, is left out."""
    for row in rows:
        settled = _settled(row, by.adjudicated)
        if settled is not None:
            yield judged.says(by.rules, row, settled)


def _settled(row: Judged, adjudicated: Mapping[UUID, Settled]) -> Settled | None:
    if row.verdict == Verdict.CANNOT_DECIDE or row.kind in (Kind.GOLD, Kind.ADJUDICATE):
        return None
    closed = row.state == ReferralState.CLOSED and (row.answer is not None or row.unusable)
    if closed and row.needed > 1:
        return Settled(row.answer, row.unusable)
    return adjudicated.get(row.case_id)
