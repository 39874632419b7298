"""Automation bias of a workflow's people: counts the cells, the rules do the rest."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any, Literal
from uuid import UUID

from django.contrib.auth.models import User

from hitl.domain.cases import Kind
from hitl.models import Feedback, Workflow
from hitl.services.revisions import InForce, revision
from reviews.domain import pace
from reviews.domain.bias import (
    Count,
    Difference,
    Seen,
    Stamp,
    Turns,
    Twice,
    counted,
    difference,
    shrunk,
    stamp,
    turns,
)
from reviews.domain.consensus import Verdict
from reviews.models import Review
from reviews.services import judged
from reviews.services.judged import Judged, Settled
from reviews.services.measuring import begin

Truth = Literal["outcome", "adjudication", "others"]


@dataclass(frozen=True, slots=True)
class PersonBias:
    """One person: how often they gave the model's answer with and without it in sight, the raw
    difference, the one drawn towards the workflow's, and whether they may be stamping."""

    user: User
    seen: Seen
    raw: Difference
    shrunk: Difference
    stamp: Stamp
    why: str


@dataclass(frozen=True, slots=True)
class Bias:
    """What seeing the suggestion does to people. share: the blind share within which the cases are
    compared, None if there was none; seen: by the first judgement of each case; turns: of answers
    given twice whose truth is known, and `truths` from where; `complete` is False if only the
    newest judgements are counted."""

    since: datetime
    complete: bool
    share: float | None
    seen: Seen
    difference: Difference
    turns: Turns
    truths: dict[str, int]
    people: list[PersonBias]

    @property
    def blind_error(self) -> Count:
        """How often people without the suggestion say something else than the model."""
        return self.seen.hidden.rest

    @property
    def claimed_error(self) -> Count:
        """The same by those who saw it: what its error would be taken for without a blind share."""
        return self.seen.shown.rest


def bias(workflow: Workflow, now: datetime, days: int = 30) -> Bias:
    """Over the newest judgements of so many days. Two reads, up to five where answers were given
    twice."""
    since = begin(now, days)
    rules = revision(workflow.pk, workflow.revision_no)
    rows, complete = judged.read(workflow, since)
    share = _share(rows)
    drawn = [row for row in rows if row.pi == share]
    seen = _seen(rules, _first_of_each_case(drawn))
    twice, truths = _twice(rules, rows)
    return Bias(
        since=since,
        complete=complete,
        share=share,
        seen=seen,
        difference=difference(seen),
        turns=turns(twice),
        truths=truths,
        people=_people(rules, rows, drawn, seen.hidden.rest),
    )


def _share(rows: Iterable[Judged]) -> float | None:
    """The blind share with the most blind judgements. Cases are compared within one share only: if
    it was changed, those before and after it may differ in more than the sight."""
    drawn = Counter(row.pi for row in rows if 0 < row.pi < 1 and row.was_hidden)
    return max(drawn, key=lambda pi: (drawn[pi], pi), default=None)


def _first_of_each_case(newest_first: Sequence[Judged]) -> list[Judged]:
    """Independent ones: several people on one case meet the same mistake of the model."""
    return list({row.case_id: row for row in newest_first}.values())


def _seen(rules: InForce, rows: Sequence[Judged]) -> Seen:
    """Whoever gives no answer did not give the model's."""
    return Seen(
        shown=counted(judged.follows(rules, row) for row in rows if row.was_shown),
        hidden=counted(_unaided_follows(rules, row) for row in rows if row.was_hidden),
    )


def _unaided_follows(rules: InForce, row: Judged) -> bool:
    if row.first is None:
        return judged.follows(rules, row)
    return rules.agrees(row.first, row.suggestion)


def _people(
    rules: InForce, rows: Sequence[Judged], drawn: Sequence[Judged], errors: Count
) -> list[PersonBias]:
    """By name: everybody who was shown a suggestion, or judged a blind case, of the span."""
    own = _by_person(row for row in rows if row.was_shown or row.was_hidden)
    inside = _by_person(drawn)
    users = list(User.objects.filter(pk__in=own).order_by("username"))
    cells = [_seen(rules, inside[user.pk]) for user in users]
    too_fast = pace.bound([row.seconds for row in rows])
    seconds = _by_person(rows)
    found = []
    for user, seen, near in zip(users, cells, shrunk(cells), strict=True):
        theirs = pace.pace([row.seconds for row in seconds[user.pk]], too_fast)
        followed = counted(judged.follows(rules, row) for row in own[user.pk] if row.was_shown)
        state, why = stamp(followed, errors, fast=theirs.suspicious)
        found.append(PersonBias(user, seen, difference(seen), near, state, why))
    return found


def _by_person(rows: Iterable[Judged]) -> defaultdict[int, list[Judged]]:
    found = defaultdict[int, list[Judged]](list)
    for row in rows:
        found[row.person].append(row)
    return found


def _twice(rules: InForce, rows: Sequence[Judged]) -> tuple[list[Twice], dict[str, int]]:
    """The answers given in two stages whose truth others settled, and how many by which truth."""
    staged = [row for row in rows if row.was_hidden and row.first is not None]
    cases = {row.case_id for row in staged}
    if not cases:
        return [], {}
    known = _Truths(rules, _outcomes(cases), judged.adjudicated(cases), _unaided(cases))
    found, kinds = [], Counter[str]()
    for row in staged:
        truth = known.of(row)
        if truth is None:
            continue
        kind, value = truth
        kinds[kind] += 1
        final = row.verdict == Verdict.ANSWER and rules.agrees(row.value, value)
        first = rules.agrees(row.first, value)
        found.append(Twice(first, final, rules.agrees(row.suggestion, value)))
    return found, dict(kinds)


@dataclass(frozen=True, slots=True)
class _Truths:
    """What is known of cases from elsewhere than the judgement in question."""

    rules: InForce
    outcomes: Mapping[UUID, Any]
    adjudicated: Mapping[UUID, Settled]
    unaided: Mapping[UUID, Sequence[tuple[int, str, Any]]]

    def of(self, row: Judged) -> tuple[Truth, Any] | None:
        """The client's outcome; else what an adjudicator settled; else what all others said who
        had not seen the suggestion, if they say the same. None where nothing of that is known."""
        if row.case_id in self.outcomes:
            return "outcome", self.outcomes[row.case_id]
        settled = self.adjudicated.get(row.case_id)
        if settled is not None:
            return None if settled.unusable else ("adjudication", settled.value)
        others = [one for one in self.unaided.get(row.case_id, ()) if one[0] != row.person]
        if not others or any(verdict != Verdict.ANSWER for _, verdict, _ in others):
            return None
        values = [value for _, _, value in others]
        same = all(self.rules.agrees(one, other) for one, other in combinations(values, 2))
        return ("others", values[0]) if same else None


def _outcomes(cases: Iterable[UUID]) -> dict[UUID, Any]:
    """The newest outcome of each case that the client learned."""
    told = Feedback.objects.filter(case_id__in=cases, kind="outcome").order_by("at", "pk")
    return dict(told.values_list("case_id", "value"))


def _unaided(cases: Iterable[UUID]) -> dict[UUID, list[tuple[int, str, Any]]]:
    """Who said what about these cases without the suggestion; not those who adjudicated, who have
    read what others said."""
    given = Review.objects.filter(claim__case_id__in=cases, withdrawal__isnull=True)
    rows: Any = given.exclude(claim__referral__kind=Kind.ADJUDICATE).values_list(
        "claim__case_id", "claim__reviewer_id", "verdict", "value", "first_value", "blind"
    )
    found: dict[UUID, list[tuple[int, str, Any]]] = defaultdict(list)
    for case, person, verdict, value, first, blind in rows:
        if first is not None:
            found[case].append((person, Verdict.ANSWER, first))
        elif blind:
            found[case].append((person, verdict, value))
    return found
