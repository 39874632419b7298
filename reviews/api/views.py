"""Reviewing over HTTP, for signed-in people and their tokens.

The services look at rights themselves (a claim is taken from the person's own pools, and a held
one is checked with the lock), so no view here declares a verb: it would ask the same twice.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from models_registry.api.bodies import Line, Said, person, read
from models_registry.api.openapi import described
from models_registry.domain.errors import Forbidden
from reviews.domain.queueing import QueueState
from reviews.services import claims, judging

Token = Annotated[int, msgspec.Meta(ge=1)]


class ClaimIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which workflow; left out: from any that you may review."""

    workflow: Line = ""


class SuggestionOut(msgspec.Struct, frozen=True):
    value: Any
    confidence: float | None


class ClaimOut(msgspec.Struct, frozen=True):
    """A case reserved for you until `expires_at`. `suggestion` is null where you judge
    blind; nothing else may differ then (a due time would tell audits apart)."""

    id: UUID
    token: int
    expires_at: datetime
    input: Any
    form: dict[str, Any]
    suggestion: SuggestionOut | None


class ReviewIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Your judgement, with the token that the claim gave you."""

    token: Token
    value: Any
    comment: Said = ""


class ReviewOut(msgspec.Struct, frozen=True):
    """decided, settling (decides when the undo time is over) or more (others are to judge)."""

    state: str


class TokenIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: Token


class SkipIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why you pass it on."""

    token: Token
    reason: Annotated[
        str, msgspec.Meta(min_length=1, max_length=500, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")
    ]


QUEUE_STATE = OpenApiParameter(
    "Queue-State",
    str,
    OpenApiParameter.HEADER,
    response=[204],
    description="`empty`, or `held; count=3; until=2026-11-23T12:00:00+00:00`.",
)


class Claims(APIView):
    """Takes the next case."""

    @described(
        "Claim the next case",
        body=ClaimIn,
        answer=ClaimOut,
        headers=[QUEUE_STATE],
        also={204: "Nothing to claim now; the Queue-State header says why."},
    )
    def post(self, request: Request) -> Response:
        asked = read(request, ClaimIn) if request.data else ClaimIn()
        pools = claims.pools_of(person(request), asked.workflow)
        if not pools:
            where = f"workflow {asked.workflow!r}" if asked.workflow else "any workflow"
            raise Forbidden(f"You may not review {where}; that needs the role of a reviewer.")
        taken = claims.claim(person(request), pools)
        if taken is None:
            state = claims.queue_state(person(request), pools)
            return Response(status=204, headers={"Queue-State": _queue_state(state)})
        return Response(_out(taken))


class Reviews(APIView):
    """Submits a judgement."""

    @described("Submit your judgement", body=ReviewIn, answer=ReviewOut, status=201, errors=[409])
    def post(self, request: Request, referral_id: UUID) -> Response:
        given = read(request, ReviewIn)
        done = judging.submit(
            person(request), referral_id, given.token, given.value, comment=given.comment
        )
        return Response(ReviewOut(**asdict(done)), status=201)


class Skip(APIView):
    """Passes a case on to somebody else."""

    @described("Skip a case", body=SkipIn, status=204, errors=[409])
    def post(self, request: Request, referral_id: UUID) -> Response:
        asked = read(request, SkipIn)
        claims.skip(person(request), referral_id, asked.token, asked.reason)
        return Response(status=204)


class Release(APIView):
    """Gives a case back."""

    @described("Release a case", body=TokenIn, status=204, errors=[409])
    def post(self, request: Request, referral_id: UUID) -> Response:
        asked = read(request, TokenIn)
        claims.release(person(request), referral_id, asked.token)
        return Response(status=204)


def _queue_state(state: QueueState) -> str:
    if state.next_free is None:
        return "empty"
    return f"held; count={state.held}; until={state.next_free.isoformat()}"


def _out(desk: claims.OnDesk) -> ClaimOut:
    shown = desk.suggestion is not None
    return ClaimOut(
        id=desk.referral_id,
        token=desk.token,
        expires_at=desk.expires,
        input=desk.input,
        form=dict(desk.form),
        suggestion=SuggestionOut(desk.suggestion, desk.confidence) if shown else None,
    )
