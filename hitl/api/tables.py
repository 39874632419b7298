"""Tables over HTTP: answers out as CSV, and how CSV comes in."""

import csv
import io
from collections.abc import Iterable, Iterator

import msgspec
from django.http import StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.views import APIView

from hitl.api.access import reader
from hitl.api.times import Time, utc
from hitl.domain.roles import Verb
from hitl.services import tables
from models_registry.api.bodies import Parser, Renderer, query
from models_registry.api.openapi import described

CSV = "text/csv"


class TableParser(Parser):
    """A table as it comes, in bytes."""

    media_type = CSV


class TableRenderer(Renderer):
    """Lets a caller ask for CSV; only refusals, which are JSON, are rendered by it."""

    media_type = CSV
    format = "csv"


class AnswersQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cases that arrived after and before these moments."""

    created_after: Time | None = None
    created_before: Time | None = None


class Answers(APIView):
    """What was decided, as a table."""

    clients = frozenset({"GET"})
    verbs = {"GET": Verb.SEE_CASES}
    renderer_classes = (TableRenderer,)

    @described(
        "Download answers as CSV",
        query=AnswersQuery,
        answer={"type": "string"},
        answer_type=CSV,
        errors=[400],
    )
    def get(self, request: Request, slug: str) -> StreamingHttpResponse:
        asked = query(request, AnswersQuery)
        lines = tables.answers(
            slug,
            reader(request),
            created_after=asked.created_after and utc(asked.created_after),
            created_before=asked.created_before and utc(asked.created_before),
        )
        name = f'attachment; filename="{slug}-answers.csv"'
        return StreamingHttpResponse(
            _written(lines), content_type=CSV, headers={"Content-Disposition": name}
        )


def _written(some: Iterable[list[list[str]]]) -> Iterator[str]:
    """Each list of lines as CSV."""
    for lines in some:
        text = io.StringIO()
        csv.writer(text).writerows(lines)
        yield text.getvalue()
