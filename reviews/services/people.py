"""The people of a workflow: what they hold and did today, where they stand, how far they agree."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from django.contrib.auth.models import User
from django.db.models import Count, Exists, Min, OuterRef, Q
from django.db.models.functions import Now

from hitl.domain.cases import Kind
from hitl.domain.roles import Role
from hitl.models import Membership, Workflow
from hitl.services.monitoring import DAY, floor
from hitl.services.revisions import InForce, in_force, policy_in_force
from reviews.domain.agreement import Agreement, Estimate, measure
from reviews.domain.claims import ClaimState
from reviews.domain.consensus import Verdict
from reviews.models import Claim, Review, Standing
from reviews.services import standing
from reviews.services.standing import Position

MOST_REVIEWS = 10_000  # the newest that are compared; measuring takes about a second then
MOST_LABELS = 400  # different answers whose distances are computed, each with each
SEED = 20261123  # any fixed number: the same reviews give the same interval on every visit


@dataclass(frozen=True, slots=True)
class Load:
    """One person's work in a workflow. held: cases in their hands now, those reserved ahead too;
    held_since: when they opened the oldest of them; answered, skipped: since midnight UTC."""

    user: User
    held: int
    held_since: datetime | None
    answered: int
    skipped: int
    position: Position


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
class Compared:
    """How far people agree on cases that several of them judged. `complete` is False if older
    cases of the span were left out, because there are too many to compare at once."""

    cases: int
    judgements: int
    complete: bool
    percent: Estimate
    alpha: Estimate
    labels: list[LabelAgreement]
    people: list[tuple[User, Estimate]]
    pairs: list[PairAgreement]


def load(workflow: Workflow, now: datetime) -> list[Load]:
    """Everybody who reviews here, or did, by name; seven reads however many they are."""
    midnight = floor(now, DAY)
    held = {person: (n, since) for person, n, since in _held(workflow)}
    answered = dict(_answered(workflow, midnight))
    skipped = dict(_skipped(workflow, midnight))
    users = _reviewers(workflow, {*held, *answered, *skipped})
    policy = policy_in_force(workflow.pk)
    stand = standing.positions(workflow.pk, policy, [user.pk for user in users])
    return [
        Load(
            user,
            *held.get(user.pk, (0, None)),
            answered.get(user.pk, 0),
            skipped.get(user.pk, 0),
            stand[user.pk],
        )
        for user in users
    ]


def _reviewers(workflow: Workflow, busy: Collection[int]) -> list[User]:
    """Who has the role of a reviewer here, who did something today, and who was ever paused or
    tested. Operators may review too; they stand here once they do."""
    roles = Membership.objects.filter(
        Q(workflow=workflow) | Q(workflow__isnull=True), user=OuterRef("pk"), role=Role.REVIEWER
    )
    stands = Standing.objects.filter(workflow=workflow, reviewer=OuterRef("pk"))
    known = User.objects.filter(
        Q(Exists(roles), is_active=True) | Q(Exists(stands)) | Q(pk__in=list(busy))
    )
    return list(known.order_by("username"))


def _held(workflow: Workflow) -> Iterable[Any]:
    held = Claim.objects.filter(case__workflow=workflow, state=ClaimState.HELD, expires__gt=Now())
    return held.values_list("reviewer_id").annotate(Count("pk"), Min("shown_at"))


def _answered(workflow: Workflow, since: datetime) -> Iterable[Any]:
    # Ids grow with time, so the key's index leads to today's reviews; an hour is for clocks.
    first = UUID(int=max(0, int(since.timestamp() * 1000) - 3_600_000) << 80)
    given = Review.objects.filter(
        pk__gte=first,
        at__gte=since,
        withdrawal__isnull=True,
        claim__case__workflow=workflow,
    )
    return given.values_list("claim__reviewer_id").annotate(Count("pk"))


def _skipped(workflow: Workflow, since: datetime) -> Iterable[Any]:
    """A skip has no time of its own; it counts on the day on which the case was opened."""
    passed_on = Claim.objects.filter(
        case__workflow=workflow, state=ClaimState.SKIPPED, shown_at__gte=since
    )
    return passed_on.values_list("reviewer_id").annotate(Count("pk"))


def agreement(workflow: Workflow, *, since: datetime, until: datetime) -> Compared:
    """How far people agree, each on their own, on the cases that came in from `since` to before
    `until`; in two reads. Known answers and withdrawn judgements are left out; who cannot decide
    has given no answer, while "bad input" is an answer like any other."""
    rules = in_force(workflow.pk)
    said, labels, complete = _said(workflow, since, until)
    found = measure(
        said.values(),
        np.random.default_rng(SEED),
        agrees=_alike(rules, labels),
        distance=_distance(rules, labels),
    )
    users = {user.pk: user for user in User.objects.filter(pk__in=list(found.people))}
    return _named(found, labels, users, complete=complete)


Answer = tuple[str, Any]
"""A verdict and its value."""


def _said(
    workflow: Workflow, since: datetime, until: datetime
) -> tuple[dict[UUID, dict[int, int]], list[Answer], bool]:
    """Per case who said what, as places in the list of different answers; the newest cases first,
    as many as can be compared; False if that is not all of them."""
    given = Review.objects.filter(
        claim__case__workflow=workflow,
        claim__case__created__gte=since,
        claim__case__created__lt=until,
        claim__referral__needed__gt=1,
        withdrawal__isnull=True,
    ).exclude(Q(claim__referral__kind=Kind.GOLD) | Q(verdict=Verdict.CANNOT_DECIDE))
    rows: Any = given.order_by("-claim__case_id").values_list(
        "claim__case_id", "claim__reviewer_id", "verdict", "value"
    )
    said: dict[UUID, dict[int, int]] = defaultdict(dict)
    labels: dict[tuple[str, bytes], int] = {}
    answers: list[Answer] = []
    for n, (case, person, verdict, value) in enumerate(rows[: MOST_REVIEWS + 1]):
        if n == MOST_REVIEWS or (len(answers) == MOST_LABELS and case not in said):
            said.pop(case, None)  # whose other judgements would be missing
            return said, answers, False
        key = verdict, msgspec.json.encode(value, order="sorted")
        if key not in labels:
            labels[key] = len(answers)
            answers.append((verdict, value))
        said[case][person] = labels[key]
    return said, answers, True


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


def _named(
    found: Agreement, answers: list[Answer], users: dict[int, User], *, complete: bool
) -> Compared:
    people = [(users[who], estimate) for who, estimate in found.people.items()]
    labels = [(answers[place], estimate) for place, estimate in found.labels.items()]
    return Compared(
        cases=found.cases,
        judgements=found.judgements,
        complete=complete,
        percent=found.percent,
        alpha=found.alpha,
        labels=[LabelAgreement(verdict, value, e) for (verdict, value), e in labels],
        people=sorted(people, key=lambda one: one[0].get_username()),
        pairs=[
            PairAgreement((users[a], users[b]), pair.percent, pair.kappa)
            for pair in found.pairs
            for a, b in [pair.people]
        ],
    )
