"""Tables of deciding: workflows and revisions, cases, clients, deliveries,
files, measurements, rollouts."""

from hitl.models.cases import (
    BulkDecision,
    Case,
    Decision,
    Feedback,
    Idempotency,
    Payload,
    Prediction,
    Referral,
    Sight,
)
from hitl.models.clients import ApiKey, Client
from hitl.models.deliveries import Attempt, Delivery, Endpoint, EndpointSecret
from hitl.models.evidence import Certificate, Comparison, Epoch, Proposal
from hitl.models.files import CaseFile, File, Upload
from hitl.models.monitoring import Condition, Cursor, Measurement, Series
from hitl.models.rollouts import Doubt, Rollout
from hitl.models.workflows import Guideline, Membership, Revision, SavedFilter, Workflow

__all__ = [
    "ApiKey",
    "Attempt",
    "BulkDecision",
    "Case",
    "CaseFile",
    "Certificate",
    "Client",
    "Comparison",
    "Condition",
    "Cursor",
    "Decision",
    "Delivery",
    "Doubt",
    "Endpoint",
    "EndpointSecret",
    "Epoch",
    "Feedback",
    "File",
    "Guideline",
    "Idempotency",
    "Measurement",
    "Membership",
    "Payload",
    "Prediction",
    "Proposal",
    "Referral",
    "Revision",
    "Rollout",
    "SavedFilter",
    "Series",
    "Sight",
    "Upload",
    "Workflow",
]
