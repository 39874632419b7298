"""What is wrong with a workflow right now, over HTTP."""

from datetime import datetime

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hitl.domain.roles import Verb
from hitl.services import workflows
from models_registry.api.openapi import described


class ConditionOut(msgspec.Struct, frozen=True):
    """Something that was seen and is still so; `numbers` is what it was computed from.
    `audits_overdue`: more than 10 % of the audits that fell due in the last 7 days are open.
    `rolled_back`: `audits` audits showed more errors than the target allows, and the level was
    lowered. `lapsed`: the certificate from `threshold` on was not earned anew within `days` days or
    `cases` automated cases, and nothing is automated by it."""

    name: str
    since: datetime
    numbers: dict[str, float]


class Conditions(APIView):
    """The conditions of a workflow, the oldest first; none is an empty array."""

    verbs = {"GET": Verb.SEE}

    @described("List conditions", answer=list[ConditionOut])
    def get(self, request: Request, slug: str) -> Response:
        rows = workflows.find(slug).conditions.order_by("since", "name")
        return Response([ConditionOut(row.name, row.since, row.numbers) for row in rows])
