"""Many open cases over HTTP: which wait, and one answer for those that match."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hitl.api.times import Time, utc
from hitl.domain.pools import pool_id
from hitl.domain.roles import Verb
from hitl.models import Workflow
from hitl.services import bulk, workflows
from hitl.services.bulk import MOST, Filter
from hitl.services.revisions import policy_in_force
from models_registry.api.bodies import Line, Said, person, query, read
from models_registry.api.openapi import described
from models_registry.domain.errors import Invalid, Missing

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class OpenQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Filters of the list. `pool`: a name, empty for the workflow's own; `suggestion`: what the
    model said (the list never shows it), as JSON if it is no text; `overdue`: only what is past
    its due time; `after`: the last id of the page before."""

    reference: Line = ""
    pool: Line | None = None
    suggestion: Line | None = None
    confidence_from: Share | None = None
    opened_before: Time | None = None
    overdue: bool = False
    after: UUID | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class FilterIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which open cases; what is left out matches all. `overdue`: past their due time; `cases`:
    only these."""

    reference: Line = ""
    pool: Line | None = None
    suggestion: Any = None
    confidence_from: Share | None = None
    opened_before: Time | None = None
    overdue: bool = False
    cases: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=MOST)] | None = None


class DecideIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer for all open cases that match, the first 1,000 of them at once."""

    filter: FilterIn
    value: Any
    reason: Said


class OpenCaseOut(msgspec.Struct, frozen=True):
    """A case that waits for people's answer; its input is read where it was sent from. `needed`:
    answers asked for; `answered`: given already."""

    id: UUID
    reference: str
    pool: str
    opened_at: datetime
    due_at: datetime
    priority: int
    needed: int
    answered: int


class OpenOut(msgspec.Struct, frozen=True):
    """A page of open cases; `next` is the address of the following page, null on the last."""

    cases: list[OpenCaseOut]
    next: str | None


class DoneOut(msgspec.Struct, frozen=True):
    """decided: with a new decision; unchanged: their decision said so already; left: match and
    were not taken (more than 1,000, answered meanwhile, or asked with other answers); counted up
    to 10,000."""

    decided: int
    unchanged: int
    left: int


class OpenCases(APIView):
    """What waits for people, without what the model said about it."""

    verbs = {"GET": Verb.SEE_CASES}

    @described("List open cases", query=OpenQuery, answer=OpenOut, errors=[400])
    def get(self, request: Request, slug: str) -> Response:
        asked, workflow = query(request, OpenQuery), workflows.find(slug)
        try:
            rows = bulk.listing(
                workflow,
                _wanted(workflow, asked),
                after=asked.after,
                limit=asked.limit,
                by=person(request),
            )
        except Invalid as error:  # as for a workflow that the list of cases does not know
            raise Missing(error.detail) from error
        following = None
        if len(rows) == asked.limit:
            parameters = request.query_params.copy()
            parameters["after"] = str(rows[-1].case_id)
            following = request.build_absolute_uri(f"{request.path}?{parameters.urlencode()}")
        names = _pools(workflow)
        shown = [
            OpenCaseOut(
                id=row.case_id,
                reference=row.case.reference,
                pool=names.get(row.pool, ""),
                opened_at=row.opened,
                due_at=row.due,
                priority=row.priority,
                needed=row.needed,
                answered=row.done,
            )
            for row in rows
        ]
        return Response(OpenOut(shown, following))


class Decide(APIView):
    """One answer for many; never evidence about the model."""

    verbs = {"POST": Verb.OPERATE}

    @described("Decide open cases", body=DecideIn, answer=DoneOut, errors=[409])
    def post(self, request: Request, slug: str) -> Response:
        asked, workflow = read(request, DecideIn), workflows.find(slug)
        done = bulk.decide(
            workflow,
            _wanted(workflow, asked.filter),
            value=asked.value,
            reason=asked.reason,
            by=person(request),
        )
        return Response(DoneOut(done.decided, done.unchanged, done.left))


def _wanted(workflow: Workflow, asked: OpenQuery | FilterIn) -> Filter:
    listed = isinstance(asked, OpenQuery)
    said = asked.suggestion
    return Filter(
        reference=asked.reference,
        pool=asked.pool,
        suggestion=bulk.read_answer(workflow, said) if listed and said is not None else said,
        confidence_from=asked.confidence_from,
        opened_before=asked.opened_before and utc(asked.opened_before),
        due_before=datetime.now(UTC) if asked.overdue else None,
        cases=asked.cases or () if isinstance(asked, FilterIn) else (),
    )


def _pools(workflow: Workflow) -> dict[UUID, str]:
    rules = policy_in_force(workflow.pk).pools
    return {pool_id(workflow.pk, rule.name): rule.name for rule in rules}
