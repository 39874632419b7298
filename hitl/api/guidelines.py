"""Guidelines over HTTP: what holds, and a new version."""

from datetime import datetime
from typing import Annotated

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hitl.domain.roles import Verb
from hitl.models import Guideline
from hitl.services import guidelines, workflows
from hitl.services.guidelines import LONGEST
from models_registry.api.bodies import person, read
from models_registry.api.openapi import described

Text = Annotated[str, msgspec.Meta(max_length=LONGEST, pattern=r"^[^\x00]*$")]


class GuidelinesIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new version, in Markdown; empty, and none are shown any more. `seen`: the number of the
    version that it was written over; if another one holds by now, nothing is written."""

    text: Text
    seen: Annotated[int, msgspec.Meta(ge=0)] | None = None


class GuidelinesOut(msgspec.Struct, frozen=True):
    """What reviewers read beside a case. `number` counts the versions, 0 before the first; `html`
    is what is shown of `text`: sanitised, empty where none are shown."""

    number: int
    text: str
    html: str
    by: str | None
    at: datetime | None


class Guidelines(APIView):
    """How to judge the cases of a workflow."""

    verbs = {"GET": Verb.SEE, "POST": Verb.OPERATE}

    @described("Read the guidelines", answer=GuidelinesOut)
    def get(self, request: Request, slug: str) -> Response:
        return Response(_out(guidelines.versions(workflows.find(slug)).first()))

    @described("Write the guidelines", body=GuidelinesIn, answer=GuidelinesOut, errors=[409])
    def post(self, request: Request, slug: str) -> Response:
        asked, workflow = read(request, GuidelinesIn), workflows.find(slug)
        by = person(request)
        return Response(_out(guidelines.write(workflow, asked.text, by, seen=asked.seen)))


def _out(row: Guideline | None) -> GuidelinesOut:
    if row is None:
        return GuidelinesOut(0, "", "", None, None)
    by = row.by.get_username() if row.by else None
    return GuidelinesOut(row.no, row.text, guidelines.sanitised(row.text), by, row.at)
