"""The log of webhooks over HTTP: every delivery, every attempt, and one more."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hitl.api.access import ClientUser
from hitl.domain.deliveries import DeliveryState
from hitl.domain.roles import Verb
from hitl.models import Attempt, Delivery
from hitl.services import access, deliveries
from hitl.services.clients import Caller
from models_registry.api.bodies import query
from models_registry.api.openapi import described
from models_registry.domain.errors import Forbidden


class DeliveryQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Filters of the log; `after` is the last id of the page before."""

    endpoint: UUID | None = None
    state: Literal["", "pending", "done", "failed"] = ""
    case: UUID | None = None
    after: UUID | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class DeliveryOut(msgspec.Struct, frozen=True):
    """One message. `id` is its webhook-id; `number` that of the decision, 0 for a test. attempts:
    those that began. next_attempt_at: null once it is done or failed."""

    id: UUID
    endpoint: UUID
    type: str
    case: UUID | None
    number: int
    state: Literal["pending", "done", "failed"]
    attempts: int
    occurred_at: datetime
    next_attempt_at: datetime | None


class DeliveriesOut(msgspec.Struct, frozen=True):
    """A page of deliveries, the newest first; `next` is null on the last page."""

    deliveries: list[DeliveryOut]
    next: str | None


class AttemptOut(msgspec.Struct, frozen=True):
    """One attempt. `status` is null where no answer came; then `error` says why."""

    number: int
    at: datetime
    status: int | None
    error: str
    answer: str | None
    seconds: float


class DeliveryLogOut(msgspec.Struct, frozen=True):
    """A delivery with every attempt."""

    delivery: DeliveryOut
    log: list[AttemptOut]


class Deliveries(APIView):
    """The log."""

    clients = frozenset({"GET"})
    verbs = {"GET": Verb.ADMINISTER}

    @described("List deliveries", query=DeliveryQuery, answer=DeliveriesOut, errors=[400])
    def get(self, request: Request) -> Response:
        asked = query(request, DeliveryQuery)
        found = deliveries.listing(
            client_id(request),
            endpoint=asked.endpoint,
            state=asked.state,
            case=asked.case,
            after=asked.after,
            limit=asked.limit,
        )
        more = following(request, found[-1].pk) if len(found) == asked.limit else None
        return Response(DeliveriesOut([delivery_told(one) for one in found], more))


class OneDelivery(APIView):
    """One delivery with every attempt."""

    clients = frozenset({"GET"})
    verbs = {"GET": Verb.ADMINISTER}

    @described("Read a delivery", answer=DeliveryLogOut)
    def get(self, request: Request, delivery_id: UUID) -> Response:
        one = deliveries.one(delivery_id, client_id(request))
        log = [_attempt_told(attempt) for attempt in deliveries.attempts(one)]
        return Response(DeliveryLogOut(delivery_told(one), log))


class ReplayOne(APIView):
    """One again."""

    clients = frozenset({"POST"})
    verbs = {"POST": Verb.ADMINISTER}

    @described("Send a delivery again", answer=DeliveryOut, status=202, errors=[409])
    def post(self, request: Request, delivery_id: UUID) -> Response:
        one = deliveries.one(delivery_id, client_id(request))
        deliveries.replay(one)
        return Response(delivery_told(one), status=202)


def client_id(request: Request) -> UUID | None:
    """The client whose key this is; None for people, who need the right for all clients."""
    if isinstance(request.user, ClientUser) and isinstance(request.auth, Caller):
        return request.auth.client_id
    if not access.may(request.user, Verb.ADMINISTER):
        raise Forbidden("Endpoints belong to clients: you need a role that may administer all.")
    return None


def following(request: Request, last: UUID) -> str:
    parameters = request.query_params.copy()
    parameters["after"] = str(last)
    return request.build_absolute_uri(f"{request.path}?{parameters.urlencode()}")


def delivery_told(row: Delivery) -> DeliveryOut:
    return DeliveryOut(
        id=row.pk,
        endpoint=row.endpoint_id,
        type=row.type,
        case=row.case_id,
        number=row.n,
        state=row.state,  # type: ignore[arg-type]  # one of the three, by the column's choices
        attempts=row.tries,
        occurred_at=row.at,
        next_attempt_at=row.next_at if row.state == DeliveryState.PENDING else None,
    )


def _attempt_told(row: Attempt) -> AttemptOut:
    return AttemptOut(row.no, row.at, row.status, row.error, row.answer, row.seconds)
