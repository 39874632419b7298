"""The judgements of a span with all that they are measured against: the bounded read behind every
number about people."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import FilteredRelation, Q, QuerySet

from hitl.domain.cases import Kind, ReferralState
from hitl.models import Referral, Workflow
from hitl.services.revisions import InForce
from reviews.domain.consensus import Verdict
from reviews.models import Review

MOST = 10_000  # the newest that are looked at
LIVE = "claim__case__predictions"


class Judged(NamedTuple):
    """One judgement. suggestion: what the live model said, None if it said nothing that can be
    used. answer, unusable: of its referral, once that is closed."""

    case_id: UUID
    person: int
    at: datetime
    seconds: float
    verdict: str
    value: Any
    first: Any
    blind: bool
    kind: str
    contested: bool
    needed: int
    state: str
    answer: Any
    unusable: bool
    case_blind: bool
    pi: float
    action: str
    suggestion: Any

    @property
    def in_sight(self) -> bool:
        """Whether the suggestion was on the screen from the beginning; of known answers too."""
        return not self.blind and self.first is None and self.suggestion is not None

    @property
    def was_shown(self) -> bool:
        """The same for a case on which the model is measured."""
        return self._decides and not self.case_blind and self.in_sight

    @property
    def was_hidden(self) -> bool:
        """Whether there was a suggestion that was not in sight, because the case is of the blind
        share; where answers are given twice, when the first one was."""
        return self._decides and self.case_blind and (self.blind or self.first is not None)

    @property
    def _decides(self) -> bool:
        """An answer that a client waits for, about a case on which the model spoke: no known
        answer, audit, adjudication, second look, or case that somebody objects to."""
        asked = self.kind == Kind.DECIDE and not self.contested and self.action == "refer"
        return asked and self.suggestion is not None

    @property
    def unaided(self) -> Any:
        """The answer without the suggestion; None if there was none."""
        return self.value if self.first is None else self.first


FIELDS = (
    "claim__case_id",
    "claim__reviewer_id",
    "at",
    "seconds",
    "verdict",
    "value",
    "first_value",
    "blind",
    "claim__referral__kind",
    "claim__referral__contested",
    "claim__referral__needed",
    "claim__referral__state",
    "claim__referral__answer",
    "claim__referral__unusable",
    "claim__case__blind",
    "claim__case__pi",
    "claim__case__action",
    "live__value",
)


@dataclass(frozen=True, slots=True)
class Settled:
    """What a case came to be: an answer, or that nobody can judge its input."""

    value: Any
    unusable: bool


def standing_reviews(workflow: Workflow, since: datetime) -> QuerySet[Review]:
    """Those of a workflow that were not withdrawn, the newest first."""
    # Ids grow with time, so the key's index leads to the newest; an hour is for clocks.
    first = UUID(int=max(0, int(since.timestamp() * 1000) - 3_600_000) << 80)
    given = Review.objects.filter(
        pk__gte=first, at__gte=since, withdrawal__isnull=True, claim__case__workflow=workflow
    )
    return given.order_by("-pk")


def read(
    workflow: Workflow, since: datetime, *, person: User | None = None
) -> tuple[list[Judged], bool]:
    """The newest judgements since then, of one person or all, the newest first; False if there are
    more. One read."""
    given = standing_reviews(workflow, since)
    if person is not None:
        given = given.filter(claim__reviewer=person)
    spoke = Q(**{f"{LIVE}__role": "live", f"{LIVE}__error": ""})
    given = given.annotate(live=FilteredRelation(LIVE, condition=spoke))
    rows: Iterable[Any] = given.values_list(*FIELDS)[: MOST + 1]
    found = [Judged(*row) for row in rows]
    return found[:MOST], len(found) <= MOST


def adjudicated(case_ids: Iterable[UUID]) -> dict[UUID, Settled]:
    """What adjudicators made of these cases, by the newest of their answers. One read."""
    closed = Referral.objects.filter(
        Q(answer__isnull=False) | Q(unusable=True),
        case_id__in=set(case_ids),
        kind=Kind.ADJUDICATE,
        state=ReferralState.CLOSED,
    )
    rows: Iterable[Any] = closed.order_by("closed").values_list("case_id", "answer", "unusable")
    return {case: Settled(value, unusable) for case, value, unusable in rows}


def says(rules: InForce, one: Judged, settled: Settled) -> bool:
    """Whether a judgement is what the case came to be."""
    if settled.unusable or one.verdict != Verdict.ANSWER:
        return settled.unusable and one.verdict == Verdict.BAD_INPUT
    return rules.agrees(one.value, settled.value)


def follows(rules: InForce, one: Judged) -> bool:
    """Whether the answer is the model's. Whoever gives no answer does not follow."""
    return one.verdict == Verdict.ANSWER and rules.agrees(one.value, one.suggestion)
