"""The cases of a span as they are replayed: what the version in force said, and what people found
who had not seen it. Bounded reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import FilteredRelation, Q

from hitl.domain.cases import GOLD
from hitl.domain.evidence.counters import Observation, Sampling
from hitl.domain.evidence.thinning import Answer, Past
from hitl.domain.evidence.truth import Counted
from hitl.domain.routing import Signal
from hitl.models import Case, Comparison
from hitl.services.evidence.comparing import observations
from models_registry.domain.scoring import is_usable

MOST = 20_000  # cases, the newest: shares are known to less than 1 % then


@dataclass(frozen=True, slots=True)
class Span:
    """cases: all that were read, in order of time; answered: those of them about which the version
    in force has spoken. start: what was asked for, or the first case read if there are more;
    first: when the first case came, or the start."""

    start: datetime
    first: datetime
    cases: Sequence[Past]
    answered: Sequence[Past]
    complete: bool


def span(workflow_id: UUID, version: UUID | None, start: datetime, end: datetime) -> Span:
    """The newest cases of a workflow between two moments. Two reads."""
    live = FilteredRelation("predictions", condition=Q(predictions__role="live"))
    cases = Case.objects.filter(workflow=workflow_id, created__gte=start, created__lte=end)
    rows: Any = cases.exclude(reason=GOLD).annotate(live=live).order_by("-created")
    read = list(
        rows.values_list(
            *("pk", "created", "action", "blind", "audit", "pi"),
            *("live__version_id", "live__confidence", "live__error"),
        )[: MOST + 1]
    )
    complete, read = len(read) <= MOST, read[:MOST][::-1]
    answers = _answers(version, workflow_id) if version else {}
    past = [(row, _past(row, version, answers)) for row in read]
    found = [one for _, one in past]
    answered = [one for row, one in past if version is not None and row[6] == version]
    first = found[0].at if found else start
    return Span(start if complete else first, first, found, answered, complete)


def _past(row: Any, version: UUID | None, answers: Mapping[UUID, Answer]) -> Past:
    case_id, at, action, blind, audit, pi, spoke, confidence, error = row
    if version is None or spoke != version:
        return Past(case_id, at, Signal())
    usable = confidence if is_usable(confidence) else None
    signal = Signal(version=str(spoke), has_value=not error, confidence=usable)
    drawn = audit or (action == "refer" and blind and pi > 0)
    return Past(case_id, at, signal, pi, drawn, answers.get(case_id))


def _answers(version: UUID, workflow_id: UUID) -> dict[UUID, Answer]:
    """What people found about this version's predictions, the newest."""
    rows = Comparison.objects.filter(version=version, epoch__workflow=workflow_id, role="live")
    found = rows.order_by("-case_id").values_list(
        *("case_id", "case__action", "counted", "pi", "sampling", "at", "epoch__closed", "distance")
    )[:MOST]
    return {
        case_id: Answer(
            counted=Counted(counted),
            pi=pi,
            sampling=Sampling(*sampling),
            purpose="audit" if action == "automate" else "blind",
            known=at,
            counts=closed is None,
            loss=1.0 if distance is None else distance,
        )
        for case_id, action, counted, pi, sampling, at, closed, distance in found
    }


def before(epoch_id: UUID, found: Span) -> list[tuple[datetime, Observation]]:
    """Evidence of an epoch about cases that are not replayed, the newest, in order of time."""
    replayed = {one.case_id for one in found.answered}
    rows = Comparison.objects.filter(epoch=epoch_id).order_by("-case_id")[:MOST]
    others = [row for row in reversed(rows) if row.case_id not in replayed]
    return [(row.at, one) for row in others for one in observations([row])]
