"""The revision in force, parsed once per process: rows never change, so nothing gets stale."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from hitl.domain.deliveries import Listener
from hitl.domain.files import file_properties
from hitl.domain.policy import Policy, parse_policy
from hitl.domain.rollouts.arms import Arm, arm_of
from hitl.domain.rollouts.strategies import STRATEGIES
from hitl.domain.routing import Rules
from hitl.models import Revision, Rollout, Workflow
from models_registry import serving
from models_registry.domain.schemas import InputSchema
from models_registry.domain.task_types import TASK_TYPES, TaskType
from models_registry.runtimes import RUNTIMES

log = logging.getLogger(__name__)


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
    challenger: UUID | None
    share: float
    asks: bool
    files: Mapping[str, str]
    """The properties of an input that may hold a file, with how it is shown."""

    @property
    def policy(self) -> Policy:
        return self.rules.policy

    def arm(self, *, subject: str, case_id: UUID) -> Arm:
        """Whose answer counts for a case: a few are the challenger's while a rollout says so."""
        if self.challenger is None:
            return "champion"
        return arm_of(self.rules.key, self.challenger, self.share, subject=subject, case_id=case_id)

    def version(self, arm: Arm) -> UUID | None:
        """The version that answers in this arm."""
        return self.challenger if arm == "challenger" else self.champion

    def normalise(self, value: object, pointer: str) -> object:
        """An answer as it is stored; Invalid at `pointer` if it is none."""
        return self.task_type.normalise(self.answer, value, pointer)

    def agrees(self, left: object, right: object) -> bool:
        """Whether two stored answers count as the same."""
        return self.task_type.agrees(self.answer, left, right)


@lru_cache(maxsize=512)
def revision(workflow_id: UUID, no: int) -> InForce:
    """Revision `no` of the workflow."""
    row = Revision.objects.select_related("workflow", "champion", "challenger").get(
        workflow_id=workflow_id, no=no
    )
    _warm(row)
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
        challenger=row.challenger_id,
        share=row.share,
        asks=row.champion is not None and RUNTIMES[row.champion.runtime].answers,
        files=file_properties(row.schema),
    )


def _warm(row: Revision) -> None:
    """Loads what a rollout is about to need before the first case needs it. One that cannot be
    loaded fails where it is asked, as any model that fails."""
    if row.challenger is None or row.challenger_id is None:
        return
    if not RUNTIMES[row.challenger.runtime].answers:
        return
    live = Rollout.objects.filter(workflow=row.workflow_id, challenger=row.challenger_id)
    strategy = live.filter(closed__isnull=True).values_list("strategy", flat=True).first()
    if strategy is not None and STRATEGIES[strategy].warm:
        try:
            serving.warm(row.challenger_id)
        except Exception as error:  # whatever loading somebody's model raises
            log.warning("not warm version=%s error=%s", row.challenger_id, type(error).__name__)


def in_force(workflow_id: UUID) -> InForce:
    """The revision in force now."""
    no = Workflow.objects.values_list("revision_no", flat=True).get(pk=workflow_id)
    return revision(workflow_id, no)


def policy_in_force(workflow_id: UUID) -> Policy:
    """The policy by which people judge now, whatever was in force when a case came in."""
    return in_force(workflow_id).policy
