"""Rollouts over HTTP: start one, read how it stands, pause, step, promote, abort, and return."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hitl.api.ladder import LevelOut, Reason
from hitl.domain.roles import Verb
from hitl.services import workflows
from hitl.services.rollouts import ending, moving, reading, starting
from hitl.services.rollouts.reading import RolloutRead
from models_registry.api.bodies import person, read
from models_registry.api.openapi import described

Number = Annotated[int, msgspec.Meta(ge=1, le=2_147_483_647)]


class StartIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """version: the number of a version of the workflow's model. strategy: shadow, canary or
    blue_green. plan: its dials, the usual ones where left out. seen: the revision that the caller
    has read; refused if another is in force."""

    version: Number
    strategy: str
    reason: Reason
    plan: Mapping[str, Any] = msgspec.field(default_factory=dict)
    seen: int | None = None


class RolloutsOut(msgspec.Struct, frozen=True):
    """The newest rollouts first, at most 100."""

    rollouts: list[RolloutRead]


class ActIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """seen: the revision that the caller has read; refused if another is in force."""

    reason: Reason
    seen: int | None = None


class ReturnIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """version: one that has answered here before; the one before the present if left out."""

    reason: Reason
    version: Number | None = None
    seen: int | None = None


class Rollouts(APIView):
    """All rollouts of a workflow; one at most is under way."""

    verbs = {"GET": Verb.SEE_CASES, "POST": Verb.OPERATE}

    @described("List rollouts", answer=RolloutsOut)
    def get(self, request: Request, slug: str) -> Response:
        rows = reading.listing(workflows.find(slug))
        return Response(RolloutsOut([reading.told(row) for row in rows]))

    @described("Start a rollout", body=StartIn, answer=RolloutRead, errors=[409, 503], status=201)
    def post(self, request: Request, slug: str) -> Response:
        asked = read(request, StartIn)
        made = starting.start(
            workflows.find(slug),
            version=asked.version,
            strategy=asked.strategy,
            plan=asked.plan,
            by=person(request),
            reason=asked.reason,
            seen=asked.seen,
        )
        return Response(reading.told(made), status=201)


class OneRollout(APIView):
    """One rollout with its evidence as it is now."""

    verbs = {"GET": Verb.SEE_CASES}

    @described("Read a rollout", answer=RolloutRead)
    def get(self, request: Request, slug: str, rollout_id: UUID) -> Response:
        return Response(reading.told(ending.find(workflows.find(slug), rollout_id)))


class Step(APIView):
    """The next step at once; from the last one all traffic moves."""

    verbs = {"POST": Verb.OPERATE}

    @described("Move a rollout on", body=ActIn, answer=RolloutRead, errors=[409, 503])
    def post(self, request: Request, slug: str, rollout_id: UUID) -> Response:
        asked, row = read(request, ActIn), ending.find(workflows.find(slug), rollout_id)
        by = person(request)
        done = moving.step(row.pk, by=by, reason=asked.reason, seen=asked.seen)
        return Response(reading.told(done))


class Promote(APIView):
    """All traffic to the challenger, whatever the evidence says."""

    verbs = {"POST": Verb.OPERATE}

    @described("Promote the challenger", body=ActIn, answer=RolloutRead, errors=[409, 503])
    def post(self, request: Request, slug: str, rollout_id: UUID) -> Response:
        asked, row = read(request, ActIn), ending.find(workflows.find(slug), rollout_id)
        by = person(request)
        done = ending.promote(row.pk, by=by, reason=asked.reason, seen=asked.seen)
        return Response(reading.told(done))


class Abort(APIView):
    """All traffic back to the champion. No `seen` holds it up: it only ever takes back."""

    verbs = {"POST": Verb.OPERATE}

    @described("Abort a rollout", body=ActIn, answer=RolloutRead, errors=[409, 503])
    def post(self, request: Request, slug: str, rollout_id: UUID) -> Response:
        asked, row = read(request, ActIn), ending.find(workflows.find(slug), rollout_id)
        done = ending.abort(row.pk, by=person(request), reason=asked.reason)
        return Response(reading.told(done))


class Pause(APIView):
    """No more steps by themselves; what is shown to be worse is taken back all the same."""

    verbs = {"POST": Verb.OPERATE}

    @described("Pause a rollout", answer=RolloutRead, errors=[409])
    def post(self, request: Request, slug: str, rollout_id: UUID) -> Response:
        row = ending.find(workflows.find(slug), rollout_id)
        return Response(reading.told(moving.pause(row.pk)))


class Resume(APIView):
    verbs = {"POST": Verb.OPERATE}

    @described("Resume a rollout", answer=RolloutRead, errors=[409])
    def post(self, request: Request, slug: str, rollout_id: UUID) -> Response:
        row = ending.find(workflows.find(slug), rollout_id)
        return Response(reading.told(moving.resume(row.pk)))


class Return(APIView):
    """Back to the version that answered before, at any time."""

    verbs = {"POST": Verb.OPERATE}

    @described("Return to a version", body=ReturnIn, answer=LevelOut, errors=[409, 503])
    def post(self, request: Request, slug: str) -> Response:
        asked = read(request, ReturnIn)
        made = ending.back(
            workflows.find(slug),
            by=person(request),
            reason=asked.reason,
            version=asked.version,
            seen=asked.seen,
        )
        return Response(LevelOut(made.no, made.level, made.override))
