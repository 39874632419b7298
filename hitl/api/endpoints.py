"""Webhooks over HTTP: where client systems want to hear of their cases."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hitl.api.deliveries import DeliveryOut, client_id, delivery_told, following
from hitl.api.times import Time, utc
from hitl.domain.deliveries import SUBSCRIBABLE
from hitl.domain.roles import Verb
from hitl.models import Client, Endpoint
from hitl.services import clients, deliveries
from models_registry.api.bodies import Line, query, read
from models_registry.api.openapi import described
from models_registry.domain.errors import Invalid, Missing

EVERY = [kind.value for kind in SUBSCRIBABLE]
Url = Annotated[str, msgspec.Meta(max_length=2000, pattern=r"^[^\x00-\x20]*$(?!\n)")]
Types = Annotated[
    list[Annotated[str, msgspec.Meta(extra_json_schema={"enum": EVERY})]],
    msgspec.Meta(description="What the endpoint wants to hear of."),
]


class EndpointIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new endpoint. `client`: for people, whose endpoint it is; a client's key leaves it out."""

    url: Url
    types: Types = msgspec.field(default_factory=lambda: list(EVERY))
    description: Line = ""
    client: Line = ""


class EndpointChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change. `disabled`: what is pending counts as failed, and can be sent later."""

    url: Url | UnsetType = UNSET
    types: Types | UnsetType = UNSET
    description: Line | UnsetType = UNSET
    state: Literal["enabled", "disabled"] | UnsetType = UNSET


class EndpointOut(msgspec.Struct, frozen=True):
    """An endpoint. failing_since: the first failure after the last success."""

    id: UUID
    client: str
    url: str
    types: list[str]
    description: str
    state: Literal["enabled", "disabled"]
    disabled_reason: str
    paused_until: datetime | None
    failing_since: datetime | None
    created_at: datetime


class NewEndpointOut(msgspec.Struct, frozen=True):
    """The secret is told this once."""

    endpoint: EndpointOut
    secret: str


class SecretOut(msgspec.Struct, frozen=True):
    """The new secret, told this once. The old one signs too for 24 hours."""

    secret: str


class EndpointQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`after` is the last id of the page before."""

    after: UUID | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class EndpointsOut(msgspec.Struct, frozen=True):
    """A page of endpoints; `next` is the address of the following page, null on the last."""

    endpoints: list[EndpointOut]
    next: str | None


class ReplayIn(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}
):
    """Either all that failed, or whatever happened from `from` to before `to`."""

    failed: bool = False
    since: Time | None = None
    until: Time | None = None


class ReplayedOut(msgspec.Struct, frozen=True):
    """How many deliveries will be sent again."""

    replayed: int


class Endpoints(APIView):
    """Where clients want to hear of their cases."""

    clients = frozenset({"GET", "POST"})
    verbs = {"GET": Verb.ADMINISTER, "POST": Verb.ADMINISTER}

    @described(
        "Register an endpoint", body=EndpointIn, answer=NewEndpointOut, status=201, errors=[400]
    )
    def post(self, request: Request) -> Response:
        mine = client_id(request)
        asked = read(request, EndpointIn)
        owner = _owner(mine, asked.client)
        made, secret = deliveries.create_endpoint(owner, asked.url, asked.types, asked.description)
        return Response(NewEndpointOut(_endpoint_told(made), secret), status=201)

    @described("List endpoints", query=EndpointQuery, answer=EndpointsOut, errors=[400])
    def get(self, request: Request) -> Response:
        asked = query(request, EndpointQuery)
        found = deliveries.endpoints(client_id(request)).order_by("pk")
        if asked.after:
            found = found.filter(pk__gt=asked.after)
        page = list(found[: asked.limit])
        more = following(request, page[-1].pk) if len(page) == asked.limit else None
        return Response(EndpointsOut([_endpoint_told(one) for one in page], more))


class OneEndpoint(APIView):
    """One endpoint."""

    clients = frozenset({"GET", "PATCH", "DELETE"})
    verbs = dict.fromkeys(("GET", "PATCH", "DELETE"), Verb.ADMINISTER)

    @described("Read an endpoint", answer=EndpointOut)
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        return Response(_endpoint_told(_endpoint(request, endpoint_id)))

    @described("Change an endpoint", body=EndpointChange, answer=EndpointOut)
    def patch(self, request: Request, endpoint_id: UUID) -> Response:
        endpoint = _endpoint(request, endpoint_id)
        asked = read(request, EndpointChange)
        deliveries.change_endpoint(
            endpoint,
            url=None if asked.url is UNSET else asked.url,
            types=None if asked.types is UNSET else asked.types,
            description=None if asked.description is UNSET else asked.description,
        )
        if asked.state == "enabled" and endpoint.state != asked.state:
            deliveries.enable(endpoint)
        elif asked.state == "disabled":
            deliveries.disable(endpoint)
        return Response(_endpoint_told(endpoint))

    @described("Delete an endpoint", status=204)
    def delete(self, request: Request, endpoint_id: UUID) -> Response:
        deliveries.delete(_endpoint(request, endpoint_id))
        return Response(status=204)


class Rotate(APIView):
    """A new secret."""

    clients = frozenset({"POST"})
    verbs = {"POST": Verb.ADMINISTER}

    @described("Rotate an endpoint's secret", answer=SecretOut, status=201)
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        secret = deliveries.rotate(_endpoint(request, endpoint_id))
        return Response(SecretOut(secret), status=201)


class Trial(APIView):
    """A test message."""

    clients = frozenset({"POST"})
    verbs = {"POST": Verb.ADMINISTER}

    @described("Send a test message", answer=DeliveryOut, status=202, errors=[409])
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        made = deliveries.test(_endpoint(request, endpoint_id))
        return Response(delivery_told(made), status=202)


class Replay(APIView):
    """Many again."""

    clients = frozenset({"POST"})
    verbs = {"POST": Verb.ADMINISTER}

    @described("Send deliveries again", body=ReplayIn, answer=ReplayedOut, status=202, errors=[409])
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        endpoint = _endpoint(request, endpoint_id)
        asked = read(request, ReplayIn)
        if asked.failed and (asked.since or asked.until):
            raise Invalid.at("/failed", "Ask for all that failed or for a range, not for both.")
        if asked.failed:
            return Response(ReplayedOut(deliveries.replay_failed(endpoint)), status=202)
        if asked.since is None or asked.until is None:
            missing = "/from" if asked.since is None else "/to"
            raise Invalid.at(missing, 'Give {"failed": true}, or "from" and "to".')
        since, until = utc(asked.since), utc(asked.until)
        if since >= until:
            raise Invalid.at("/from", "`from` must be before `to`.")
        return Response(ReplayedOut(deliveries.replay_range(endpoint, since, until)), status=202)


def _owner(mine: UUID | None, name: str) -> Client:
    if mine is not None:
        if name:
            raise Invalid.at("/client", "A client's key makes its own endpoints; leave it out.")
        return Client.objects.get(pk=mine)
    found = clients.listed().filter(name=name).first()
    if found is None:
        raise Invalid.at("/client", f"There is no client {name!r}; name the one that will listen.")
    return found


def _endpoint(request: Request, endpoint_id: UUID) -> Endpoint:
    found = deliveries.endpoints(client_id(request)).filter(pk=endpoint_id).first()
    if found is None:
        raise Missing("There is no such endpoint.")
    return found


def _endpoint_told(row: Endpoint) -> EndpointOut:
    return EndpointOut(
        id=row.pk,
        client=row.client.name,
        url=row.url,
        types=row.types.split(","),
        description=row.description,
        state=row.state,  # type: ignore[arg-type]  # deleted ones are told to nobody
        disabled_reason=row.disabled_reason,
        paused_until=row.paused_until,
        failing_since=row.failing_since,
        created_at=row.created,
    )
