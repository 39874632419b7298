"""Tables of deciding: workflows and revisions, cases, clients, measurements."""

from hitl.models.cases import (
    Case,
    Decision,
    Feedback,
    Idempotency,
    Payload,
    Prediction,
    Referral,
)
from hitl.models.clients import ApiKey, Client
from hitl.models.monitoring import Cursor, Measurement, Series
from hitl.models.workflows import Membership, Revision, Workflow

__all__ = [
    "ApiKey",
    "Case",
    "Client",
    "Cursor",
    "Decision",
    "Feedback",
    "Idempotency",
    "Measurement",
    "Membership",
    "Payload",
    "Prediction",
    "Referral",
    "Revision",
    "Series",
    "Workflow",
]
