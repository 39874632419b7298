"""A second version, cases judged in time, and evidence put in place, for tests of rollouts."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from hitl.models import Rollout, Workflow
from hitl.services import revisions, workflows
from hitl.services.rollouts import answering, counting, moving, starting
from models_registry import services as registry
from models_registry.models import ModelVersion
from tests.factories import SCHEMA
from tests.runtimes import Script

EASY = {"steps": [{"share": 0.5, "soak_minutes": 0, "judged": 0}, {"share": 1.0}]}


def second(workflow: Workflow, **script: Any) -> ModelVersion:
    """The next version of the workflow's model."""
    assert workflow.model is not None
    artifact = msgspec.json.encode(Script(**script))
    return registry.register_version(model=workflow.model.name, artifact=artifact, schema=SCHEMA)


def begin(workflow: Workflow, strategy: str = "canary", **plan: Any) -> Rollout:
    """A rollout of version 2."""
    return starting.start(
        workflow, version=2, strategy=strategy, plan=EASY | plan, by=None, reason="test"
    )


def soon(**by: float) -> datetime:
    return datetime.now(UTC) + timedelta(**(by or {"minutes": 5}))


def answer() -> int:
    return answering.answer_silently(soon())


def count(row: Rollout) -> int:
    return counting.count(row.pk, soon())


def show(row: Rollout, **evidence: Any) -> None:
    """Puts evidence in place."""
    row.refresh_from_db()
    row.evidence = msgspec.to_builtins(replace(counting.evidence_of(row), **evidence))
    row.save()


def act(row: Rollout) -> str:
    done = moving.act(row.pk, soon())
    row.refresh_from_db()
    return done


def live(workflow: Workflow) -> tuple[int, int | None, float]:
    """The champion's number, the challenger's, and its share."""
    now = workflows.in_force(workflow)
    assert now.champion is not None
    return now.champion.number, now.challenger.number if now.challenger else None, now.share


def goes_to(workflow: Workflow, arm: str) -> str:
    """A subject of this arm."""
    rules, nothing = revisions.in_force(workflow.pk), UUID(int=0)
    names = (f"subject {i}" for i in range(1000))
    return next(name for name in names if rules.arm(subject=name, case_id=nothing) == arm)
