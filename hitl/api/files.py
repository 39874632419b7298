"""Files over HTTP: sent alone or along with a case, and given out to who may see the case."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import OpenApiParameter
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hitl.api import parts
from hitl.api.access import reader
from hitl.domain.files import IMAGES, MOST_FILES, SOUNDS, pointer
from hitl.domain.files.spans import span
from hitl.domain.roles import Verb
from hitl.models import File
from hitl.services import cases, files, idempotency
from hitl.services.clients import Caller
from models_registry.api.bodies import raw
from models_registry.api.openapi import described
from models_registry.domain.errors import Forbidden, Invalid, TooLarge

KEPT = "private, max-age=600"  # what was fetched ahead shows at once; a shared cache keeps nothing
NOTHING = "sandbox; default-src 'none'"  # a file opened by itself can do nothing at all

RANGE = OpenApiParameter(
    "Range",
    {"type": "string"},
    OpenApiParameter.HEADER,
    description="One span of bytes, such as `bytes=0-999`; answered with 206.",
)
ENDINGS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "audio/wav": ".wav",
    "audio/flac": ".flac",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
}
WITH_FILES = {
    "type": "object",
    "required": ["case"],
    "properties": {"case": {"type": "string", "description": "JSON of one case"}},
    "additionalProperties": {
        "type": "string",
        "format": "binary",
        "description": "A file of the input, named after its property",
    },
}


class FileOut(msgspec.Struct, frozen=True):
    """A file that was taken in. Inputs name it as `{"file": "<its hash>"}`."""

    file: str
    size: int
    content_type: str


class Parts(MultiPartParser):
    """multipart/form-data, refused unread where it is longer than a case with its files can be."""

    def parse(self, stream: IO[Any], *args: Any, **kwargs: Any) -> Any:
        most = settings.HITL_BODY_LIMIT + MOST_FILES * settings.HITL_FILE_BYTES
        length = getattr(stream, "META", {}).get("CONTENT_LENGTH") or 0
        if int(length) > most:
            raise TooLarge(f"The body has more than {most:,} bytes; send the files one by one.")
        return parts.parse(super().parse, stream, *args, **kwargs)


class Bytes(BaseParser):
    """A file's bytes, whatever type its sender calls them."""

    media_type = "*/*"

    def parse(  # type: ignore[override]  # bytes go where DRF expects decoded data
        self, stream: IO[Any], *args: Any, **kwargs: Any
    ) -> bytes:
        # One byte more than is taken in, so that the service sees that it is too much.
        content: bytes = stream.read(settings.HITL_FILE_BYTES + 1)
        return content


@dataclass(frozen=True, slots=True)
class Posted:
    """A POST of cases: its JSON, and the files that came along, by property of the input."""

    body: bytes
    files: Mapping[str, "UploadedFile[Any]"] = field(default_factory=dict)

    def fingerprint(self, slug: str) -> str:
        """What makes two requests the same: all parts, by name."""
        hashes = [part for name in sorted(self.files) for part in self._part(name)]
        return idempotency.fingerprint(slug.encode(), self.body, *hashes)

    def _part(self, name: str) -> tuple[bytes, bytes]:
        found = hashlib.sha256()
        for chunk in self.files[name].chunks():
            found.update(chunk)
        return name.encode(), found.digest()

    def parts(self) -> Iterator[tuple[str, bytes]]:
        """One file at a time; of one that is too large so much that its size is seen."""
        for name, part in self.files.items():
            part.seek(0)
            yield name, part.read(settings.HITL_FILE_BYTES + 1)


def posted(request: Request) -> Posted:
    """JSON alone, or multipart with one part `case` and files named after their properties."""
    if not _in_parts(request):
        return Posted(raw(request))
    attached = _files(request)
    case = attached.pop("case", None)
    bodies = [text.encode() for text in request.POST.getlist("case")]
    bodies += [case.read(settings.HITL_BODY_LIMIT + 1)] if case else []
    if len(bodies) != 1 or not bodies[0]:
        raise Invalid.at("/case", "Send one part `case`: the JSON of the case.")
    if len(bodies[0]) > settings.HITL_BODY_LIMIT:
        raise TooLarge(f"The part `case` has more than {settings.HITL_BODY_LIMIT:,} bytes.")
    return Posted(bodies[0], attached)


def _in_parts(request: Request) -> bool:
    return str(request.content_type).lower().startswith("multipart/form-data")


def _files(request: Request) -> dict[str, "UploadedFile[Any]"]:
    """The parts that are files, each name once."""
    attached = {}
    for name, given in request.FILES.lists():
        if len(given) > 1:
            raise Invalid.at(pointer(name), "Send this file once.")
        attached[name] = given[0]
    for name in request.POST:
        if name != "case":
            raise Invalid.at(pointer(name), "Send this part as a file, with a file name.")
    return attached


class Files(APIView):
    """Files that cases may refer to."""

    clients = frozenset({"POST"})
    parser_classes = (Parts, Bytes)

    @described(
        "Send a file, for cases to refer to",
        multipart={
            "type": "object",
            "required": ["file"],
            "properties": {"file": {"type": "string", "format": "binary"}},
        },
        raw=True,
        answer=FileOut,
        status=201,
        errors=[400, 413],
    )
    def post(self, request: Request) -> Response:
        caller = request.auth
        if not isinstance(caller, Caller) or caller.client_id is None:
            raise Forbidden("Files are sent with the key of a client system.")
        kept = files.store(_one(request), client_id=caller.client_id)
        return Response(FileOut(kept.pk, kept.size, kept.content_type), 201)


def _one(request: Request) -> bytes:
    """The bytes of the one file that is sent."""
    if not _in_parts(request):
        return raw(request)
    given = request.FILES.getlist("file")
    if set(request.FILES) != {"file"} or len(given) != 1 or request.POST:
        raise Invalid.at("/file", "Send one part `file`, with a file name, and no other.")
    content: bytes = given[0].read(settings.HITL_FILE_BYTES + 1)
    return content


class CaseFile(APIView):
    """One file of one case."""

    clients = frozenset({"GET"})
    verbs = {"GET": Verb.SEE_CASES}

    @described("Read a file of a case", headers=[RANGE], also={206: "A part.", 304: "As before."})
    def get(self, request: Request, case_id: UUID, sha256: str) -> HttpResponseBase:
        case = cases.one(case_id, reader(request))
        return given_out(request._request, files.of_case(case.pk, sha256))


def given_out(request: HttpRequest, file: File) -> HttpResponseBase:
    """A file, or the part of it that is asked for; nothing that a browser would run."""
    known = get_conditional_response(request, etag=_etag(file))
    if known is not None:
        return _guarded(known, file)
    content = files.content(file)
    wanted = span(request.headers.get("Range", ""), len(content))
    if wanted is not None and request.headers.get("If-Range", _etag(file)) == _etag(file):
        response = HttpResponse(content[wanted.start : wanted.stop], status=206)
        if not wanted:
            response = HttpResponse(status=416)
        of = f"{wanted.start}-{wanted.stop - 1}" if wanted else "*"
        response["Content-Range"] = f"bytes {of}/{len(content)}"
    else:
        response = HttpResponse(content)
    return _guarded(response, file)


def _etag(file: File) -> str:
    return f'"{file.pk}"'


def _guarded(response: HttpResponseBase, file: File) -> HttpResponseBase:
    inline = file.content_type in (*IMAGES, *SOUNDS)
    response["Content-Type"] = file.content_type
    response["Content-Disposition"] = (
        f'{"inline" if inline else "attachment"}; filename="{file}{ENDINGS[file.content_type]}"'
    )
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = _etag(file)
    return confined(response)


def confined(response: HttpResponseBase) -> HttpResponseBase:
    """Marks what was made of a file: kept by this browser alone, and unable to do anything."""
    response["Cache-Control"] = KEPT
    response["Content-Security-Policy"] = NOTHING
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
