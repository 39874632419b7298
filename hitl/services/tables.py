"""Answers as a table, one line per decided case: for spreadsheets and notebooks."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.db.models import Q, QuerySet

from hitl.domain.cases import Status
from hitl.domain.cells import heads, safe
from hitl.domain.receipts import CaseOut, DecisionOut
from hitl.models import Case, Workflow
from hitl.services import cases
from hitl.services.cases import Reader
from hitl.services.revisions import InForce, in_force
from models_registry.domain.errors import Missing

BATCH = 1000  # cases that are read, and held, at a time
HEAD = ["case", "reference", "decided_at", "source", "unusable"]


def answers(
    slug: str,
    reader: Reader,
    *,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    batch: int = BATCH,
    now: datetime | None = None,
) -> Iterator[list[list[str]]]:
    """The table's lines in order of time, some at a time, its head first; up to the moment in which
    it was asked for. The columns of the answer are those of the definition in force. A case that
    this reader may be asked to judge is left out while it waits: a line would say that it is
    decided."""
    workflow = Workflow.objects.filter(slug=slug, pk__in=reader.workflows).first()
    if workflow is None:
        raise Missing(f"There is no workflow {slug!r} for you.")
    found = cases.readable(reader).exclude(cases.hidden(reader))
    found = found.filter(workflow=workflow, status=Status.DECIDED)
    found = found.filter(created__lt=created_before or now or datetime.now(UTC))
    if created_after:
        found = found.filter(created__gt=created_after)
    return _lines(found.order_by("created", "pk"), in_force(workflow.pk), reader, batch)


def _lines(
    found: QuerySet[Case], rules: InForce, reader: Reader, batch: int
) -> Iterator[list[list[str]]]:
    yield [HEAD + heads(rules.task_type.columns(rules.answer))]
    some = list(found[:batch])
    while some:
        yield [_line(case, rules) for case in cases.tell(some, reader) if case.decision]
        last = some[-1]
        later = Q(created__gt=last.created) | Q(pk__gt=last.pk)
        some = list(found.filter(later, created__gte=last.created)[:batch])


def _line(case: CaseOut, rules: InForce) -> list[str]:
    decision = case.decision
    columns = rules.task_type.columns(rules.answer)
    cells: dict[str, str] = {}
    if decision is not None and decision.value is not None:
        cells = rules.task_type.row(rules.answer, decision.value)
    line = [str(case.id), case.reference, *_said(decision), *(cells.get(c, "") for c in columns)]
    return [safe(cell) for cell in line]


def _said(decision: DecisionOut | None) -> list[str]:
    """When, by whom, and whether the input could be judged; blank for who may not know yet."""
    if decision is None:
        return ["", "", ""]
    unusable = "yes" if decision.unusable else "no"
    return [decision.decided_at.isoformat(), decision.source, unusable]
