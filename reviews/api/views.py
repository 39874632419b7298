"""Reviewing over HTTP, for signed-in people and their tokens.

The services look at rights themselves (a claim is taken from the person's own pools, and a held
one is checked with the lock), so no view here declares a verb: it would ask the same twice.
"""

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
from models_registry.domain.errors import Conflict, Forbidden
from reviews.domain import consensus
from reviews.domain.claims import SkipKind
from reviews.domain.queueing import QueueState
from reviews.services import claims, desk, judging

Token = Annotated[int, msgspec.Meta(ge=1)]


class ClaimIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which workflow; left out: from any that you may review. `ahead`: reserves the case
    for later without it counting as seen; say so with `show` when you look at it."""

    workflow: Line = ""
    ahead: bool = False


class SuggestionOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the model says; `confidences` of its parts, where it has parts."""

    value: Any
    confidence: float | None
    confidences: dict[str, float] | None = None


class OpinionOut(msgspec.Struct, frozen=True):
    """What somebody said about the case that you settle; no names, and never the model's."""

    verdict: str
    value: Any
    comment: str


class ClaimOut(msgspec.Struct, frozen=True):
    """A case reserved for you until `expires_at`. `suggestion` is null where you judge
    blind; nothing else may differ then (a due time would tell audits apart). `first` is what you
    answered before you were shown it; `why` says why people are asked. `draft` is what you had
    kept; `opinions` what you are to settle; `statement` what somebody who objects says."""

    id: UUID
    token: int
    expires_at: datetime
    input: Any
    form: dict[str, Any]
    suggestion: SuggestionOut | None
    first: Any
    why: str
    draft: Any
    opinions: list[OpinionOut]
    statement: str | None


class ReviewIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Your judgement, with the token that the claim gave you."""

    token: Token
    value: Any
    comment: Said = ""


class ReviewOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A stored judgement: withdraw it by its id within so many seconds. Without an id it was your
    first answer, kept for good: look at the suggestion, then submit your final one by `token`."""

    id: UUID | None
    undo_seconds: int
    suggestion: SuggestionOut | None = None
    token: int | None = None

    @classmethod
    def of(cls, done: judging.Submitted | judging.Suggested) -> "ReviewOut":
        if isinstance(done, judging.Submitted):
            return cls(done.review_id, done.undo_seconds)
        parts = dict(done.confidences) if done.confidences else None
        said = SuggestionOut(done.value, done.confidence, parts)
        return cls(None, 0, suggestion=said, token=done.token)


class TokenIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: Token


class LeaseOut(msgspec.Struct, frozen=True):
    expires_at: datetime


class DraftIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whatever you want to find again with this case."""

    token: Token
    draft: dict[str, Any]


class DraftOut(msgspec.Struct, frozen=True):
    saved_at: datetime


class SkipIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why you give no answer. not_for_me: another person gets the case; cannot_decide: you cannot
    tell; bad_input: nobody could."""

    token: Token
    kind: SkipKind
    reason: Annotated[
        str, msgspec.Meta(min_length=1, max_length=500, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")
    ]


QUEUE_STATE = OpenApiParameter(
    "Queue-State",
    str,
    OpenApiParameter.HEADER,
    response=[204],
    description="`empty`; `held; count=3; until=2026-11-23T12:00:00+00:00`; or `met; count=2`: "
    "cases wait that you have met.",
)


class Claims(APIView):
    """Takes the next case."""

    @described(
        "Claim the next case",
        body=ClaimIn,
        answer=ClaimOut,
        headers=[QUEUE_STATE],
        errors=[409],
        also={204: "Nothing to claim now; the Queue-State header says why."},
    )
    def post(self, request: Request) -> Response:
        asked = read(request, ClaimIn) if request.data else ClaimIn()
        seats = _seats(request, asked.workflow)
        taken = desk.claim(person(request), seats, seen=not asked.ahead)
        if taken is None:
            state = desk.queue_state(person(request), seats)
            desk.refuse_hoarding(state)
            return Response(status=204, headers={"Queue-State": _queue_state(state)})
        return Response(_out(taken))


class Leave(APIView):
    """Gives back what is reserved ahead."""

    @described("Give back what you reserved ahead", body=ClaimIn, status=204)
    def post(self, request: Request) -> Response:
        asked = read(request, ClaimIn) if request.data else ClaimIn()
        desk.leave(person(request), _seats(request, asked.workflow))
        return Response(status=204)


class Reviews(APIView):
    """Submits a judgement."""

    @described("Submit your judgement", body=ReviewIn, answer=ReviewOut, status=201, errors=[409])
    def post(self, request: Request, referral_id: UUID) -> Response:
        given = read(request, ReviewIn)
        said = consensus.Said(consensus.Verdict.ANSWER, given.value)
        done = judging.submit(
            person(request), referral_id, given.token, said, comment=given.comment
        )
        return Response(ReviewOut.of(done), status=201)


class Withdraw(APIView):
    """Takes a judgement back while its time to undo runs."""

    @described("Withdraw your judgement", answer=ClaimOut, errors=[409])
    def post(self, request: Request, review_id: UUID) -> Response:
        referral_id = judging.withdraw(person(request), review_id)
        again = desk.claim_again(person(request), referral_id)
        if again is None:
            raise Conflict("The case went on meanwhile.")
        return Response(_out(again))


class Skip(APIView):
    """Gives no answer, and says why."""

    @described(
        "Skip a case",
        body=SkipIn,
        answer=ReviewOut,
        status=201,
        errors=[409],
        also={204: "Not for you: another person gets the case."},
    )
    def post(self, request: Request, referral_id: UUID) -> Response:
        asked = read(request, SkipIn)
        done = judging.skip(person(request), referral_id, asked.token, asked.kind, asked.reason)
        if done is None:
            return Response(status=204)
        return Response(ReviewOut.of(done), status=201)


class Draft(APIView):
    """Keeps what you have so far."""

    @described("Keep your draft", body=DraftIn, answer=DraftOut, errors=[409])
    def put(self, request: Request, referral_id: UUID) -> Response:
        given = read(request, DraftIn)
        at = claims.save_draft(person(request), referral_id, given.token, given.draft)
        return Response(DraftOut(at))


class Renew(APIView):
    """Keeps a case reserved."""

    @described("Renew the lease of a case", body=TokenIn, answer=LeaseOut, errors=[409])
    def post(self, request: Request, referral_id: UUID) -> Response:
        asked = read(request, TokenIn)
        return Response(LeaseOut(claims.renew(person(request), referral_id, asked.token)))


class Show(APIView):
    """You look at a case that you reserved ahead."""

    @described("Say that you see a case", body=TokenIn, status=204, errors=[409])
    def post(self, request: Request, referral_id: UUID) -> Response:
        asked = read(request, TokenIn)
        desk.show(person(request), referral_id, asked.token)
        return Response(status=204)


class Release(APIView):
    """Gives a case back."""

    @described("Release a case", body=TokenIn, status=204, errors=[409])
    def post(self, request: Request, referral_id: UUID) -> Response:
        asked = read(request, TokenIn)
        claims.release(person(request), referral_id, asked.token)
        return Response(status=204)


def _seats(request: Request, slug: str) -> list[desk.Seat]:
    seats = desk.seats_of(person(request), slug)
    if not seats:
        where = f"workflow {slug!r}" if slug else "any workflow"
        raise Forbidden(f"You may not review {where}; that needs the role of a reviewer.")
    return seats


def _queue_state(state: QueueState) -> str:
    if state.next_free is not None:
        return f"held; count={state.held}; until={state.next_free.isoformat()}"
    return f"met; count={state.for_others}" if state.for_others else "empty"


def _suggestion(case: desk.OnDesk) -> SuggestionOut:
    parts = case.confidences
    return SuggestionOut(case.suggestion, case.confidence, dict(parts) if parts else None)


def _out(case: desk.OnDesk) -> ClaimOut:
    shown = case.suggestion is not None
    return ClaimOut(
        id=case.referral_id,
        token=case.token,
        expires_at=case.expires,
        input=case.input,
        form=dict(case.form),
        suggestion=_suggestion(case) if shown else None,
        first=case.first,
        why=case.why,
        draft=case.draft,
        opinions=[OpinionOut(o.said.verdict, o.said.value, o.comment) for o in case.opinions],
        statement=case.statement,
    )
