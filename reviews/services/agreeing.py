"""How far the people of a workflow agree, each on their own."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from django.contrib.auth.models import User
from django.db.models import Q

from hitl.domain.cases import Kind
from hitl.models import Workflow
from hitl.services.revisions import InForce, revision
from reviews.domain.agreement import (
    Agreement,
    Estimate,
    by_period,
    mean_between,
    mean_estimate,
    measure,
    on_scale,
    share_estimate,
)
from reviews.domain.consensus import Verdict
from reviews.domain.scales import SCALES
from reviews.models import Review

MOST_REVIEWS = 10_000  # the newest that are compared; measuring takes about a second then
MOST_LABELS = 400  # different answers whose distances are computed, each with each
MOST_LETTERS = 100_000  # of all of them: the distance of two texts takes as long as both multiplied
SEED = 20261123  # any fixed number: the same reviews give the same interval on every visit

Answer = tuple[str, Any]
"""A verdict and its value."""


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """One answer; `bad_input` stands for people who say that nobody could judge the input."""

    verdict: str
    label: object | None
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two people on the cases both judged."""

    users: tuple[User, User]
    percent: Estimate
    kappa: Estimate


@dataclass(frozen=True, slots=True)
class Week:
    """The cases that came in during seven days from a Monday, UTC."""

    start: date
    percent: Estimate
    alpha: Estimate


@dataclass(frozen=True, slots=True)
class Compared:
    """How far people agree on cases that several of them judged. `complete` is False if older
    cases of the span were left out, because there are too many to compare at once. scales: alpha by
    the title of each scale that such answers have; fleiss: over the cases with exactly `raters`
    answers; measures: how far two people's answers are apart, by the task type's measures; parts:
    agreement on each part of an answer that has several."""

    cases: int
    judgements: int
    complete: bool
    percent: Estimate
    alpha: Estimate
    fleiss: Estimate
    raters: int
    scales: dict[str, Estimate]
    measures: dict[str, Estimate]
    parts: dict[str, Estimate]
    weeks: list[Week]
    labels: list[LabelAgreement]
    people: list[tuple[User, Estimate]]
    pairs: list[PairAgreement]


@dataclass(slots=True)
class _Said:
    """Per case who said what, as places in the list of different answers; the newest cases first.
    `complete` is False if those are not all."""

    cases: dict[UUID, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    created: dict[UUID, datetime] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    complete: bool = True

    def values(self) -> dict[int, object]:
        """What each place stands for; None for an input that cannot be judged."""
        return {i: value for i, (_, value) in enumerate(self.answers)}


def agreement(workflow: Workflow, *, since: datetime, until: datetime) -> Compared:
    """How far people agree, each on their own, on the cases that came in from `since` to before
    `until`; in two reads. Known answers and withdrawn judgements are left out; who cannot decide
    has given no answer, while "bad input" is an answer like any other."""
    rules = revision(workflow.pk, workflow.revision_no)
    said = _said(workflow, since, until)
    agrees, distance = _alike(rules, said.answers), _distance(rules, said.answers)
    rng = np.random.default_rng(SEED)
    found = measure(said.cases.values(), rng, agrees=agrees, distance=distance)
    users = {user.pk: user for user in User.objects.filter(pk__in=list(found.people))}
    mondays = ((_monday(said.created[case]), one) for case, one in reversed(said.cases.items()))
    weeks = by_period(mondays, rng, agrees=agrees, distance=distance)
    return Compared(
        cases=found.cases,
        judgements=found.judgements,
        complete=said.complete,
        percent=found.percent,
        alpha=found.alpha,
        fleiss=found.fleiss,
        raters=found.raters,
        scales=_scales(rules, said, rng),
        measures=_measures(rules, said),
        parts=_parts(rules, said),
        weeks=sorted((Week(*week) for week in weeks), key=lambda week: week.start),
        labels=[LabelAgreement(*said.answers[at], one) for at, one in found.labels.items()],
        people=_people(found, users),
        pairs=_pairs(found, users),
    )


def _monday(at: datetime) -> date:
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def _said(workflow: Workflow, since: datetime, until: datetime) -> _Said:
    """As many of the newest cases as can be compared, each of them whole."""
    given = Review.objects.filter(
        claim__case__workflow=workflow,
        claim__case__created__gte=since,
        claim__case__created__lt=until,
        claim__referral__needed__gt=1,
        withdrawal__isnull=True,
    ).exclude(Q(claim__referral__kind=Kind.GOLD) | Q(verdict=Verdict.CANNOT_DECIDE))
    rows: Any = given.order_by("-claim__case_id").values_list(
        "claim__case_id", "claim__case__created", "claim__reviewer_id", "verdict", "value"
    )
    said, places, letters = _Said(), dict[tuple[str, bytes], int](), 0
    for n, (case, created, person, verdict, value) in enumerate(rows[: MOST_REVIEWS + 1]):
        full = len(said.answers) >= MOST_LABELS or letters > MOST_LETTERS
        if n == MOST_REVIEWS or (full and case not in said.cases):
            said.cases.pop(case, None)  # whose other judgements would be missing
            said.complete = False
            break
        key = verdict, msgspec.json.encode(value, order="sorted")
        if key not in places:
            places[key] = len(said.answers)
            said.answers.append((verdict, value))
            letters += len(key[1])
        said.cases[case][person] = places[key]
        said.created[case] = created
    return said


def _alike(rules: InForce, answers: list[Answer]) -> Callable[[int, int], bool]:
    def agrees(one: int, other: int) -> bool:
        (verdict, left), (second, right) = answers[one], answers[other]
        if one == other or verdict != second:
            return one == other
        return verdict == Verdict.BAD_INPUT or rules.agrees(left, right)

    return agrees


def _distance(rules: InForce, answers: list[Answer]) -> Callable[[int, int], float]:
    def distance(one: int, other: int) -> float:
        (verdict, left), (second, right) = answers[one], answers[other]
        if verdict != second:
            return 1.0
        return rules.task_type.distance(rules.answer, left, right)

    return distance


def _scales(rules: InForce, said: _Said, rng: np.random.Generator) -> dict[str, Estimate]:
    values = said.values()
    placed = [(scale, scale.places(rules.answer, values)) for scale in SCALES.entries()]
    return {
        scale.title: on_scale(said.cases.values(), rng, scale, places)
        for scale, places in placed
        if places is not None and said.cases
    }


def _answered(said: _Said) -> list[dict[int, int]]:
    """The cases without those who say that nobody could judge the input."""
    unusable = {i for i, (verdict, _) in enumerate(said.answers) if verdict != Verdict.ANSWER}
    return [
        {person: label for person, label in case.items() if label not in unusable}
        for case in said.cases.values()
    ]


def _measures(rules: InForce, said: _Said) -> dict[str, Estimate]:
    task_type, values = rules.task_type, said.values()
    known: dict[tuple[int, int], Mapping[str, float]] = {}

    def between(one: int, other: int) -> Mapping[str, float]:
        if (one, other) not in known:
            found = task_type.measures(rules.answer, values[one], values[other])
            known[one, other] = found
        return known[one, other]

    means = mean_between(_answered(said), between)
    return {name: mean_estimate(*mean) for name, mean in means.items()}


def _parts(rules: InForce, said: _Said) -> dict[str, Estimate]:
    """Where an answer has several parts: on which of them people write the same."""
    columns = rules.task_type.columns(rules.answer)
    if len(columns) < 2:
        return {}
    cells = {
        i: rules.task_type.row(rules.answer, value)
        for i, (verdict, value) in enumerate(said.answers)
        if verdict == Verdict.ANSWER
    }

    def same(one: int, other: int) -> Mapping[str, float]:
        return {c: float(cells[one].get(c) == cells[other].get(c)) for c in columns}

    means = mean_between(_answered(said), same)
    return {name: share_estimate(*mean) for name, mean in means.items()}


def _people(found: Agreement, users: Mapping[int, User]) -> list[tuple[User, Estimate]]:
    people = [(users[who], estimate) for who, estimate in found.people.items()]
    return sorted(people, key=lambda one: one[0].get_username())


def _pairs(found: Agreement, users: Mapping[int, User]) -> list[PairAgreement]:
    return [
        PairAgreement((users[a], users[b]), pair.percent, pair.kappa)
        for pair in found.pairs
        for a, b in [pair.people]
    ]
