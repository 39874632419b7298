"""Telling people that evidence took automation away: conditions that stand while that is so."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from hitl.domain.levels import SHADOW
from hitl.domain.policy import Target
from hitl.models import Condition, Workflow
from hitl.services.revisions import in_force

ROLLED_BACK = "rolled_back"
"""The guard has lowered the level; over when a person chooses another one, or when evidence is
earned anew."""
LAPSED = "lapsed"
"""A certificate has lapsed; over when evidence is earned anew, or nothing is to be certified."""


def tell(workflow: Workflow, name: str, numbers: Mapping[str, float], now: datetime) -> None:
    Condition.objects.update_or_create(
        workflow=workflow, name=name, defaults={"numbers": dict(numbers), "since": now}
    )


def earned(workflow: Workflow) -> None:
    """A new certificate ends both."""
    Condition.objects.filter(workflow=workflow, name__in=(ROLLED_BACK, LAPSED)).delete()


def look(workflow_id: UUID) -> None:
    """Ends what is over because a person has acted."""
    rules, over = in_force(workflow_id).rules, []
    if rules.level != SHADOW.name:
        over.append(ROLLED_BACK)
    if not isinstance(rules.policy.threshold, Target):
        over.append(LAPSED)
    if over:
        Condition.objects.filter(workflow=workflow_id, name__in=over).delete()
