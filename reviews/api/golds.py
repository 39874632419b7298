"""Known answers over HTTP, for who runs a workflow. Who may only judge may not read them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hitl.api.cases import PredictionIn
from hitl.api.tables import CSV, TableParser
from hitl.domain.roles import Verb
from hitl.services import workflows
from hitl.services.arriving import Brought
from models_registry.api.bodies import person, query, read
from models_registry.api.openapi import described
from reviews.domain.standing import Tally
from reviews.models import Gold
from reviews.services import gold_tables, golds

Note = Annotated[str, msgspec.Meta(max_length=500, pattern=r"^[^\x00]*$")]


class GoldIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A known answer: an input as cases have it, and the answer that is right. `prediction`: what a
    client's own model says about it, as cases bring it; others leave it out."""

    input: Any
    answer: Any
    note: Note = ""
    prediction: PredictionIn | None = None


class RightOut(msgspec.Struct, frozen=True):
    """Of `n` known answers given so many were right; low and high: 95 % interval of the share.
    Null where none was given."""

    n: int
    right: int
    value: float | None
    low: float | None
    high: float | None


class GoldOut(msgspec.Struct, frozen=True):
    """A known answer and what people said about it. `id` is that of its case."""

    id: UUID
    input: Any
    answer: Any
    note: str
    by: str | None
    created_at: datetime
    retired_at: datetime | None
    said: RightOut


class GoldQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`after` is the last id of the page before."""

    after: UUID | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class GoldsOut(msgspec.Struct, frozen=True):
    """A page of known answers, the newest first; `next` is the address of the following page."""

    golds: list[GoldOut]
    next: str | None


class Golds(APIView):
    """The known answers of a workflow."""

    verbs = {"GET": Verb.OPERATE, "POST": Verb.OPERATE}

    @described("List known answers", query=GoldQuery, answer=GoldsOut, errors=[400])
    def get(self, request: Request, slug: str) -> Response:
        asked = query(request, GoldQuery)
        found = golds.listing(workflows.find(slug), after=asked.after, limit=asked.limit)
        following = None
        if len(found) == asked.limit:
            parameters = request.query_params.copy()
            parameters["after"] = str(found[-1].gold.pk)
            following = request.build_absolute_uri(f"{request.path}?{parameters.urlencode()}")
        return Response(GoldsOut([_gold(one) for one in found], following))

    @described("Add a known answer", body=GoldIn, answer=GoldOut, status=201)
    def post(self, request: Request, slug: str) -> Response:
        asked, workflow = read(request, GoldIn), workflows.find(slug)
        said = asked.prediction
        gold = golds.create(
            workflow,
            input=asked.input,
            answer=asked.answer,
            note=asked.note,
            prediction=Brought(said.value, said.confidence, said.confidences) if said else None,
            by=person(request),
        )
        return Response(_new(gold), status=201)


class GoldsImported(msgspec.Struct, frozen=True):
    """The known answers that a table became, in its order."""

    ids: list[UUID]


class Import(APIView):
    """Known answers from a table."""

    verbs = {"POST": Verb.OPERATE}
    parser_classes = (TableParser,)

    @described(
        "Import known answers from CSV",
        body={"type": "string"},
        body_type=CSV,
        answer=GoldsImported,
        status=201,
    )
    def post(self, request: Request, slug: str) -> Response:
        body: Any = request.data  # no bytes where there is no body
        table = body if isinstance(body, bytes) else b""
        made = gold_tables.load(workflows.find(slug), table, by=person(request))
        return Response(GoldsImported([gold.pk for gold in made]), status=201)


class Retire(APIView):
    """Ends the service of a known answer; what was said about it still counts."""

    verbs = {"POST": Verb.OPERATE}

    @described("Retire a known answer", status=204)
    def post(self, request: Request, slug: str, gold_id: UUID) -> Response:
        golds.retire(golds.find(workflows.find(slug), gold_id))
        return Response(status=204)


class CaseGold(APIView):
    """Makes a known answer of a case that a person decided."""

    verbs = {"POST": Verb.OPERATE}

    @described("Make a known answer of a case", answer=GoldOut, status=201, errors=[400, 409])
    def post(self, request: Request, case_id: UUID) -> Response:
        by = person(request)
        gold = golds.from_case(golds.find_case(case_id, by), by=by)
        return Response(_new(gold), status=201)


def right(tally: Tally) -> RightOut:
    low, high = tally.interval or (None, None)
    return RightOut(tally.given, tally.right, tally.accuracy, low, high)


def _new(gold: Gold) -> GoldOut:
    return _gold(golds.Known(gold, gold.case.payload.input, Tally(0, 0)))


def _gold(known: golds.Known) -> GoldOut:
    gold = known.gold
    return GoldOut(
        id=gold.pk,
        input=known.input,
        answer=gold.answer,
        note=gold.note,
        by=gold.by.get_username() if gold.by else None,
        created_at=gold.created,
        retired_at=gold.retired,
        said=right(known.tally),
    )
