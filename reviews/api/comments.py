"""Comments on cases over HTTP. The services look at rights themselves: whom a case is open to
follows from what they did with it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from models_registry.api.bodies import person, read
from models_registry.api.openapi import described
from reviews.services import casebook, comments, viewing
from reviews.services.comments import LONGEST, Remark


class CommentIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What you say; @name tells a person of the workflow."""

    text: Annotated[
        str,
        msgspec.Meta(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$"),
    ]


class CommentOut(msgspec.Struct, frozen=True):
    """A comment; `named` are the people whom it tells. An erased one has no text."""

    id: UUID
    author: str
    text: str
    at: datetime
    named: list[str]

    @classmethod
    def of(cls, said: Remark) -> "CommentOut":
        return cls(said.id, said.author, said.text, said.at, list(said.named))


class CommentsOut(msgspec.Struct, frozen=True):
    """The newest comments that you may read, the oldest of them first."""

    comments: list[CommentOut]


class Comments(APIView):
    """What people say about a case that you have judged or opened."""

    @described("Read the comments on a case", answer=CommentsOut, errors=[409])
    def get(self, request: Request, referral_id: UUID) -> Response:
        found = casebook.remarks(person(request), referral_id)
        return Response(CommentsOut([CommentOut.of(one) for one in found]))

    @described("Comment on a case", body=CommentIn, answer=CommentOut, status=201, errors=[409])
    def post(self, request: Request, referral_id: UUID) -> Response:
        user, given = person(request), read(request, CommentIn)
        return Response(CommentOut.of(comments.say(user, referral_id, given.text)), status=201)


class Open(APIView):
    """Opens a case that you have not judged: you will not be asked to judge it."""

    @described("Open a case instead of judging it", status=204, errors=[409])
    def post(self, request: Request, referral_id: UUID) -> Response:
        viewing.open_case(person(request), referral_id)
        return Response(status=204)
