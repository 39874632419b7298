"""Tables of deciding: workflows and revisions, cases, clients, deliveries,
measurements."""

from hitl.models.cases import (
    BulkDecision,
    Case,
    Decision,
    Feedback,
    Idempotency,
    Payload,
    Prediction,
    Referral,
)
from hitl.models.clients import ApiKey, Client
from hitl.models.deliveries import Attempt, Delivery, Endpoint, EndpointSecret
from hitl.models.monitoring import Condition, Cursor, Measurement, Series
from hitl.models.workflows import Membership, Revision, Workflow

__all__ = [
    "ApiKey",
    "Attempt",
    "BulkDecision",
    "Case",
    "Client",
    "Condition",
    "Cursor",
    "Decision",
    "Delivery",
    "Endpoint",
    "EndpointSecret",
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
