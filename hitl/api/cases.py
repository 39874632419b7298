"""Cases over HTTP: send one or many, read them back, say what became of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.db import IntegrityError
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hitl.api.access import ClientUser, head, reader
from hitl.api.files import WITH_FILES, Parts, Posted, posted
from hitl.api.preferring import PREFER, applied, wanted_wait
from hitl.api.times import Time, utc
from hitl.domain.receipts import CaseOut
from hitl.domain.roles import Verb
from hitl.services import cases, files, idempotency, waiting
from hitl.services.arriving import Brought, Submission
from hitl.services.clients import Caller
from hitl.services.idempotency import Attempt
from hitl.services.receiving import Answer, receive
from hitl.services.revisions import Head
from models_registry.api.bodies import Line, Parser, Said, decode, query, read
from models_registry.api.openapi import FieldProblem, any_of, array_of, described
from models_registry.api.problems import problem
from models_registry.domain.errors import Forbidden, Invalid
from models_registry.models import new_id

MOST = 1000  # cases in one array: one prediction, one transaction


class PredictionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the client's own model said. `confidences`: of each part, for answers that have parts
    (the fields of a document); the answer is then as sure as the least sure of all."""

    value: Any
    confidence: float | None = None
    confidences: dict[Line, float] = {}


class CaseIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One case to decide. `input` must fit the workflow's schema; `pool` is one that its policy
    names, for people with certain skills."""

    input: Any
    reference: Line = ""
    subject: Line = ""
    prediction: PredictionIn | None = None
    priority: Annotated[int, msgspec.Meta(ge=-1000, le=1000)] = 0
    due_at: Time | None = None
    pool: Line = ""

    def submission(self) -> Submission:
        said = self.prediction
        brought = Brought(said.value, said.confidence, said.confidences) if said else None
        due = self.due_at and utc(self.due_at)
        return Submission(
            self.input, self.reference, self.subject, brought, self.priority, due, self.pool
        )


class RefusedOut(msgspec.Struct, frozen=True):
    """A case of an array that was not taken in; the others were."""

    status: Literal["refused"]
    detail: str
    errors: list[FieldProblem]


class CaseQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Filters of the list; `after` is the last id of the page before."""

    workflow: Line = ""
    status: Literal["", "received", "referred", "decided", "cancelled"] = ""
    reference: Line = ""
    created_after: Time | None = None
    after: UUID | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class CasesOut(msgspec.Struct, frozen=True):
    """A page of cases; `next` is the address of the following page, null on the last."""

    cases: list[CaseOut]
    next: str | None


class FeedbackIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """redo: the user did it again; contest: somebody objects, another person judges it; outcome:
    the truth, learned later."""

    kind: Literal["redo", "contest", "outcome"]
    value: Any = None
    statement: Said = ""


class FeedbackOut(msgspec.Struct, frozen=True):
    id: UUID
    case: UUID
    kind: str
    at: datetime


KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"[^\s\"]"},
    OpenApiParameter.HEADER,
    description="Send the same key to repeat a request safely; kept for 48 hours by default.",
)


class WorkflowCases(APIView):
    """Cases sent to one workflow."""

    clients = frozenset({"POST"})
    parser_classes = (Parser, Parts)

    @described(
        "Send a case, or an array of up to 1,000",
        body=CaseIn | Annotated[list[CaseIn], msgspec.Meta(min_length=1, max_length=MOST)],
        multipart=WITH_FILES,
        answer=any_of(CaseOut, array_of(any_of(CaseOut, RefusedOut))),
        status=201,
        headers=[KEY, PREFER],
        errors=[400, 409, 422, 503],
    )
    def post(self, request: Request, slug: str) -> Response:
        caller = request.auth
        if not isinstance(caller, Caller) or caller.client_id is None:
            raise Forbidden("Cases are sent with the key of a client system.")
        target = head(caller, slug)
        sent = posted(request)
        key = _idempotency_key(request)
        if not key:
            answers = _receive(sent, target, caller.client_id, None)
            return _waited(request, _created(*_rendered(sent.body, answers)))
        return _waited(request, self._once(sent, key, target, caller.client_id))

    def _once(self, sent: Posted, key: str, target: Head, client_id: UUID) -> Response:
        """The same key, the same answer."""
        body, body_hash = sent.body, sent.fingerprint(target.slug)
        with idempotency.running(client_id, key) as first:
            known = idempotency.stored(client_id, key, body_hash)
            if known:
                return _created(known.status, known.body)
            if not first:
                raise idempotency.still_running()
            attempt = Attempt(client_id, key, body_hash, lambda some: _rendered(body, some))
            try:
                answers = _receive(sent, target, client_id, attempt)
            except IntegrityError:
                known = idempotency.stored(client_id, key, body_hash)
                if known is None:
                    raise
                return _created(known.status, known.body)
        return _created(*_rendered(body, answers))


class Cases(APIView):
    """All cases this caller may read."""

    clients = frozenset({"GET"})
    verbs = {"GET": Verb.SEE_CASES}

    @described("List cases", query=CaseQuery, answer=CasesOut, errors=[400])
    def get(self, request: Request) -> Response:
        asked = query(request, CaseQuery)
        eyes = reader(request)
        found = cases.listing(
            eyes,
            workflow=asked.workflow,
            status=asked.status,
            reference=asked.reference,
            created_after=asked.created_after and utc(asked.created_after),
            after=asked.after,
            limit=asked.limit,
        )
        following = None
        if len(found) == asked.limit:
            parameters = request.query_params.copy()
            parameters["after"] = str(found[-1].pk)
            following = request.build_absolute_uri(f"{request.path}?{parameters.urlencode()}")
        return Response(CasesOut(cases.tell(found, eyes), following))


class OneCase(APIView):
    """One case."""

    clients = frozenset({"GET"})
    verbs = {"GET": Verb.SEE_CASES}

    @described("Read a case", answer=CaseOut, headers=[PREFER])
    def get(self, request: Request, case_id: UUID) -> Response:
        eyes = reader(request)
        seconds = wanted_wait(request)
        if seconds and cases.withheld(cases.one(case_id, eyes), eyes):
            seconds = 0  # how long it takes would tell whether it is decided
        with waiting.place(seconds) as granted:
            if granted:
                waiting.for_decision(cases.one(case_id, eyes).pk, seconds)
        answer = Response(cases.details(case_id, eyes))
        return applied(answer, seconds if granted else 0)


class CaseFeedback(APIView):
    """What became of a case."""

    clients = frozenset({"POST"})

    @described(
        "Say what became of a case", body=FeedbackIn, answer=FeedbackOut, status=201, errors=[409]
    )
    def post(self, request: Request, case_id: UUID) -> Response:
        if not isinstance(request.user, ClientUser):
            raise Forbidden("Feedback is sent with the key of a client system.")
        said = read(request, FeedbackIn)
        case = cases.one(case_id, reader(request))
        row = cases.say(case, kind=said.kind, value=said.value, statement=said.statement)
        return Response(FeedbackOut(row.pk, case.pk, row.kind, row.at), status=201)


def _idempotency_key(request: Request) -> str:
    """The header's string, '' without one. RFC 8941's quotes are part of it, and optional here."""
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return ""
    key = given.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not 1 <= len(key) <= 200 or not key.isprintable():
        raise Invalid.at("Idempotency-Key", "A key is 1 to 200 printable characters.")
    return key


def _waited(request: Request, answer: Response) -> Response:
    """The answer to a POST of one case, once it is decided if the client wants to wait. What was
    taken in is taken in: whoever stops waiting reads it later."""
    seconds, told = wanted_wait(request), answer.data
    status = told.get("status") if isinstance(told, dict) else getattr(told, "status", "")
    if not seconds or status != "referred":
        return answer
    case_id = UUID(str(told["id"] if isinstance(told, dict) else told.id))
    with waiting.place(seconds) as granted:
        if granted and waiting.for_decision(case_id, seconds):
            eyes = reader(request)
            answer = Response(cases.told(cases.one(case_id, eyes), eyes), 201)
    return applied(answer, seconds if granted else 0)


def _is_array(body: bytes) -> bool:
    return body.lstrip()[:1] == b"["


def _receive(sent: Posted, target: Head, client_id: UUID, attempt: Attempt | None) -> list[Answer]:
    if not _is_array(sent.body):
        one = decode(sent.body, CaseIn).submission()
        if sent.files:
            one = files.attach(one, sent.parts(), head=target, client_id=client_id)
        return receive([one], head=target, client_id=client_id, attempt=attempt)
    if sent.files:
        raise Invalid.at("/case", "Files come along with a single case; an array names them.")
    items = decode(sent.body, list[msgspec.Raw])
    if not 1 <= len(items) <= MOST:
        raise Invalid.at("", f"An array has 1 to {MOST:,} cases; this one has {len(items):,}.")
    shaped = [_item(item) for item in items]
    return receive(shaped, head=target, client_id=client_id, attempt=attempt, batch=new_id())


def _item(item: msgspec.Raw) -> Submission | Invalid:
    """One entry of an array; a wrong one is refused alone."""
    try:
        return decode(item, CaseIn).submission()
    except Invalid as error:
        return error


def _rendered(body: bytes, answers: Sequence[Answer]) -> tuple[int, Any, UUID | None]:
    """Status, body, and the case's id where there is just one."""
    told = [_told(answer) for answer in answers]
    if _is_array(body):
        return 201, told, None
    (answer,) = answers
    return 201, told[0], answer.id if isinstance(answer, CaseOut) else None


def _told(answer: Answer) -> CaseOut | dict[str, Any]:
    if isinstance(answer, CaseOut):
        return answer
    return {"status": "refused", "detail": answer.detail, "errors": problem(answer)["errors"]}


def _created(status: int, body: Any, _: UUID | None = None) -> Response:
    return Response(body, status)
