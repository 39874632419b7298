"""Where metrics get their rows: facts recorded in a span of time, as the domain's rows.

A source gives (when, split, row); an app that owns facts registers a source over them here.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, FilteredRelation, Q, QuerySet

from hitl.domain.cases import GOLD, ReferralState, Source
from hitl.domain.metrics import Row
from hitl.models import Case, Decision, Feedback, Referral
from hitl.services.revisions import revision
from models_registry.domain.catalogue import Catalogue


class Split(NamedTuple):
    """What every measurement is split by; '' stands for none."""

    workflow_id: UUID
    version: str
    arm: str
    level: str
    slice: str = ""


Fact = tuple[datetime, Split, Row]
RowSource = Callable[[datetime, datetime], Iterator[Fact]]
SOURCES: Catalogue[RowSource] = Catalogue("metric source")

CASE = ("workflow_id", "revision_no")


def _with_live(rows: QuerySet[Any], path: str) -> QuerySet[Any]:
    """The live prediction of the row's case, if any, beside each row."""
    relation = f"{path}predictions"
    annotated: QuerySet[Any] = rows.annotate(
        live=FilteredRelation(relation, condition=Q(**{f"{relation}__role": "live"}))
    )
    return annotated


def _split(workflow_id: UUID, revision_no: int, version: UUID | None, arm: str | None) -> Split:
    level = revision(workflow_id, revision_no).rules.level
    return Split(workflow_id, str(version or ""), arm or "", level)


def arrived(start: datetime, end: datetime) -> Iterator[Fact]:
    """Cases taken in."""
    came = Case.objects.filter(created__gte=start, created__lt=end).exclude(reason=GOLD)
    rows = _with_live(came, "").values_list(
        "created", *CASE, "live__version_id", "live__arm", "action", "live__error"
    )
    for at, workflow_id, no, version, arm, action, error in rows.iterator(2000):
        null = bool(error) if version else None
        yield (
            at,
            _split(workflow_id, no, version, arm),
            Row("arrived", automated=action == "automate", null=null),
        )


def answered(start: datetime, end: datetime) -> Iterator[Fact]:
    """Referrals closed with an answer."""
    closed = Referral.objects.filter(
        state=ReferralState.CLOSED, closed__gte=start, closed__lt=end, answer__isnull=False
    )
    rows = _with_live(closed, "case__").values_list(
        "closed",
        *(f"case__{name}" for name in CASE),
        "live__version_id",
        "live__arm",
        "live__value",
        "live__error",
        "answer",
        "blind_answer",
    )
    for at, workflow_id, no, version, arm, value, error, answer, blind in rows.iterator(2000):
        comparable = version is not None and not error
        agrees = revision(workflow_id, no).agrees(value, answer) if comparable else None
        yield (
            at,
            _split(workflow_id, no, version, arm),
            Row("answered", agrees=agrees, blind=blind is not None),
        )


def decided(start: datetime, end: datetime) -> Iterator[Fact]:
    """Decisions told to clients."""
    made = Decision.objects.filter(at__gte=start, at__lt=end)
    yield from _about_cases(
        made, F("at"), lambda source: Row("decided", human=source == Source.HUMAN), F("source")
    )


def redone(start: datetime, end: datetime) -> Iterator[Fact]:
    """Redos that clients reported."""
    said = Feedback.objects.filter(kind="redo", at__gte=start, at__lt=end)
    yield from _about_cases(said, F("at"), lambda _: Row("redone"), F("kind"))


def _about_cases(rows: QuerySet[Any], at: F, row: Callable[[str], Row], what: F) -> Iterator[Fact]:
    found = _with_live(rows, "case__").values_list(
        at, *(f"case__{name}" for name in CASE), "live__version_id", "live__arm", what
    )
    for when, workflow_id, no, version, arm, said in found.iterator(2000):
        yield when, _split(workflow_id, no, version, arm), row(said)


for _source in (arrived, answered, decided, redone):
    SOURCES.register(_source.__name__, _source)
