"""Evidence and certificates over HTTP: for those who may see cases, as it tells how often the model
is right."""

from typing import Annotated
from uuid import UUID

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hitl.api.deliveries import following
from hitl.domain.roles import Verb
from hitl.services import workflows
from hitl.services.evidence import certificates, reading
from hitl.services.evidence.certificates import Certified
from models_registry.api.bodies import query
from models_registry.api.openapi import described


class CertificateQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`after` is the last id of the page before."""

    after: UUID | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class CertificatesOut(msgspec.Struct, frozen=True):
    """A page of certificates, the newest first; `next` is null on the last page."""

    certificates: list[Certified]
    next: str | None


class Evidence(APIView):
    """What the answering version has shown so far, and what the next step needs."""

    verbs = {"GET": Verb.SEE_CASES}

    @described("Read the evidence", answer=reading.Evidence)
    def get(self, request: Request, slug: str) -> Response:
        return Response(reading.evidence(workflows.find(slug)))


class Certificates(APIView):
    """Every certificate, also those that no longer hold."""

    verbs = {"GET": Verb.SEE_CASES}

    @described("List certificates", query=CertificateQuery, answer=CertificatesOut, errors=[400])
    def get(self, request: Request, slug: str) -> Response:
        asked = query(request, CertificateQuery)
        found = certificates.listing(workflows.find(slug), after=asked.after, limit=asked.limit)
        more = following(request, found[-1].id) if len(found) == asked.limit else None
        return Response(CertificatesOut(found, more))
