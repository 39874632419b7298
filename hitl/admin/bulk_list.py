"""The list of open cases from which many are decided: its rows, its pages, what is ticked."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest
from django.utils.timesince import timesince, timeuntil

from hitl.domain.cases import Kind
from hitl.domain.policy import parse_policy
from hitl.domain.pools import pool_id
from hitl.models import Referral, Revision, Workflow
from hitl.services import bulk
from hitl.services.bulk import MOST, Filter

LONG = 120  # letters of an input that a row shows


@dataclass(frozen=True, slots=True)
class Row:
    """An open case in the list, without anything that the model said. `answered`: how many people
    have said something about it."""

    case_id: UUID
    reference: str
    pool: str
    opened: datetime
    due: datetime
    late: bool
    priority: int
    input: str
    answered: str

    @property
    def name(self) -> str:
        return _name(self.case_id, self.reference)

    @property
    def waiting(self) -> str:
        return timesince(self.opened, depth=1)

    @property
    def left(self) -> str:
        """The time until it is due, or since it was."""
        return (timesince if self.late else timeuntil)(self.due, depth=1)


def _name(case_id: UUID, reference: str) -> str:
    """The client's reference, else the end of the id, in which ids of one moment differ."""
    return reference or f"…{str(case_id)[-8:]}"


def short(value: object, most: int = LONG) -> str:
    """An input in one line: texts as they are, long ones cut, arrays by their size."""
    said = _short(value)
    return said if len(said) <= most else f"{said[: most - 1]}…"


def _short(value: object) -> str:
    if isinstance(value, Mapping):
        some = ", ".join(f"{key}: {_short(part)}" for key, part in islice(value.items(), 20))
        return some or "empty"
    if isinstance(value, list) and value and isinstance(value[0], list):
        return f"{len(value)} × {len(value[0])} values"
    if isinstance(value, list):
        return f"{len(value)} values" if len(value) > 3 else ", ".join(map(_short, value))
    if value is None:
        return "nothing"
    return str(value)[: LONG * 2]


def after_of(request: HttpRequest) -> UUID | None:
    """The case after which the page begins: a button's, else that of the page that was sent."""
    given = request.POST.get("more") or request.POST.get("after") or request.GET.get("after")
    return _ids([given])[0] if given and _ids([given]) else None


def _ids(given: Sequence[str]) -> list[UUID]:
    """Those of these texts that are ids."""
    found = []
    for text in given:
        with suppress(ValueError):
            found.append(UUID(text))
    return found


def ticks(request: HttpRequest, workflow: Workflow, shown: Sequence[Row]) -> dict[str, Any]:
    """What is ticked: here, and on the pages before, which is carried along as long as it waits."""
    ticked = _ids(request.POST.getlist("case")[:MOST])
    elsewhere = list(set(ticked) - {row.case_id for row in shown})
    waiting = bulk.listing(workflow, Filter(cases=elsewhere), limit=MOST) if elsewhere else []
    kept = [(one.case_id, _name(one.case_id, one.case.reference)) for one in waiting]
    return {
        "chosen": {str(one) for one in ticked},
        "kept": kept,
        "gone": len(elsewhere) - len(kept),
    }


def rows(
    workflow: Workflow,
    current: Revision,
    wanted: Filter,
    *,
    after: UUID | None,
    limit: int,
    by: User,
) -> list[Row]:
    names = {pool_id(workflow.pk): "the workflow's own"}
    names |= {pool_id(workflow.pk, r.name): r.name for r in parse_policy(current.policy).pools}
    found = bulk.listing(workflow, wanted, after=after, limit=limit, with_input=True, by=by)
    now = datetime.now(UTC)
    return [
        Row(
            referral.case_id,
            referral.case.reference,
            names.get(referral.pool, "another"),
            referral.opened,
            referral.due,
            referral.due <= now,
            referral.priority,
            _input(referral),
            _answered(referral),
        )
        for referral in found
    ]


def _answered(referral: Referral) -> str:
    if referral.kind == Kind.ADJUDICATE:
        return "in adjudication"
    return f"{referral.done} of {referral.needed}"


def _input(referral: Referral) -> str:
    try:
        return short(referral.case.payload.input)
    except ObjectDoesNotExist:
        return "erased"
