"""Evidence made of a few cases that somebody judged, for tests that read it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from hitl.models import Comparison, Epoch, Workflow
from hitl.services import workflows
from hitl.services.evidence import comparing
from models_registry.models import ModelVersion
from tests.reviews.desks import judge, send

SCORES = [i / 500 for i in range(500)]


def known_scores(workflow: Workflow) -> Workflow:
    """The model's reference scores are known, so that all its cases count."""
    rows: Any = ModelVersion._base_manager
    rows.filter(model=workflow.model).update(profile={"scores": SCORES})
    return workflow


def open_epoch(workflow: Workflow) -> Epoch:
    version = workflows.in_force(workflow).champion_id
    assert version is not None
    return comparing.epoch_of(workflow.pk, version)


def compared(workflow: Workflow, reviewer: User, *answers: str) -> Epoch:
    """One case per answer, judged blind and compared; the model says yes to each."""
    known_scores(workflow)
    for i, answer in enumerate(answers):
        send(workflow, f"text {i}")
        judge(reviewer, answer)
    epoch = open_epoch(workflow)
    comparing.consume(epoch.pk, datetime.now(UTC) + timedelta(minutes=5))
    epoch.refresh_from_db()
    return epoch


def on_day(day: str, n: int, *, rest: bool = False) -> None:
    """Dates comparisons: the first n of all, or the last n."""
    rows = list(Comparison.objects.order_by("-case_id" if rest else "case_id")[:n])
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    Comparison._base_manager.filter(pk__in=[row.pk for row in rows]).update(at=at)
