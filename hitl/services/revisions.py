"""The revision in force, parsed once per process: rows never change, so nothing gets stale."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from hitl.domain.deliveries import Listener
from hitl.domain.files import file_properties
from hitl.domain.policy import Policy, parse_policy
from hitl.domain.routing import Rules
from hitl.models import Revision, Workflow
from models_registry.domain.schemas import InputSchema
from models_registry.domain.task_types import TASK_TYPES, TaskType
from models_registry.runtimes import RUNTIMES


class Head(NamedTuple):
    """Which revision of which workflow is in force, and which endpoints want to hear of what the
    client's cases become."""

    workflow_id: UUID
    slug: str
    revision_no: int
    listeners: tuple[Listener, ...] = ()


@dataclass(frozen=True, slots=True)
class InForce:
    """A revision ready for use. `asks` is False when clients bring this model's predictions."""

    rules: Rules
    task_type: TaskType
    answer: Mapping[str, Any]
    schema: InputSchema
    input_schema: Mapping[str, Any]
    champion: UUID | None
    asks: bool
    files: Mapping[str, str]
    """The properties of an input that may hold a file, with how it is shown."""

    @property
    def policy(self) -> Policy:
        return self.rules.policy

    def normalise(self, value: object, pointer: str) -> object:
        """An answer as it is stored; Invalid at `pointer` if it is none."""
        return self.task_type.normalise(self.answer, value, pointer)

    def agrees(self, left: object, right: object) -> bool:
        """Whether two stored answers count as the same."""
        return self.task_type.agrees(self.answer, left, right)


@lru_cache(maxsize=512)
def revision(workflow_id: UUID, no: int) -> InForce:
    """Revision `no` of the workflow."""
    row = Revision.objects.select_related("workflow", "champion").get(
        workflow_id=workflow_id, no=no
    )
    return InForce(
        rules=Rules(
            level=row.level,
            stopped=row.stopped,
            policy=parse_policy(row.policy),
            thresholds=row.thresholds,
            more_audits=row.more_audits,
            override=row.override,
            key=bytes(row.workflow.sampling_key),
        ),
        task_type=TASK_TYPES[row.workflow.task_type],
        answer=row.answer,
        schema=InputSchema(row.schema),
        input_schema=row.schema,
        champion=row.champion_id,
        asks=row.champion is not None and RUNTIMES[row.champion.runtime].answers,
        files=file_properties(row.schema),
    )


def in_force(workflow_id: UUID) -> InForce:
    """The revision in force now."""
    no = Workflow.objects.values_list("revision_no", flat=True).get(pk=workflow_id)
    return revision(workflow_id, no)


def policy_in_force(workflow_id: UUID) -> Policy:
    """The policy by which people judge now, whatever was in force when a case came in."""
    return in_force(workflow_id).policy
