"""Evidence and certificates over HTTP: for those who may see cases, as it tells how often the model
is right."""

import csv
from typing import Annotated
from uuid import UUID

import msgspec
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hitl.api.deliveries import following
from hitl.api.tables import CSV, TableRenderer
from hitl.domain.roles import Verb
from hitl.services import workflows
from hitl.services.evidence import certificates, curve, reading
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


class Curve(APIView):
    """The counters behind the curve: from them every wealth can be computed again."""

    verbs = {"GET": Verb.SEE_CASES}
    renderer_classes = (TableRenderer,)

    @described("Download the curve's counters as CSV", answer={"type": "string"}, answer_type=CSV)
    def get(self, request: Request, slug: str) -> HttpResponse:
        response = HttpResponse(content_type=f"{CSV}; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{slug}-curve.csv"'
        csv.writer(response).writerows(curve.table(workflows.find(slug)))
        return response


class Certificates(APIView):
    """Every certificate, also those that no longer hold."""

    verbs = {"GET": Verb.SEE_CASES}

    @described("List certificates", query=CertificateQuery, answer=CertificatesOut, errors=[400])
    def get(self, request: Request, slug: str) -> Response:
        asked = query(request, CertificateQuery)
        found = certificates.listing(workflows.find(slug), after=asked.after, limit=asked.limit)
        more = following(request, found[-1].id) if len(found) == asked.limit else None
        return Response(CertificatesOut(found, more))
