"""The start page's question: where am I, what waits, what may I do next?"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User

from hitl.domain.levels import LEVELS, AutomationLevel
from hitl.domain.policy import Policy
from hitl.domain.roles import Verb
from hitl.models import Workflow
from hitl.services import monitoring
from hitl.services.access import workflows_for
from hitl.services.revisions import revision
from reviews.domain.queueing import Waiting
from reviews.domain.standing import uses_golds


@dataclass(frozen=True, slots=True)
class Entry:
    """One workflow as a person may know it; `level` is None, and `stopped` False, where the
    person may not see how it is run. `may_see`: its control room. `waiting` is counted up to
    monitoring.MOST_SHOWN."""

    workflow: Workflow
    level: AutomationLevel | None
    stopped: bool
    waiting: Waiting
    may_review: bool
    may_see: bool
    may_operate: bool


def waiting_in(policy: Policy, pools: Collection[UUID]) -> Waiting:
    """How many cases wait in these pools, as a reviewer may know it."""
    return Waiting(monitoring.waiting(pools), exact=not uses_golds(policy))


def my_workflows(user: User) -> list[Entry]:
    """The workflows this person belongs to in any role, in order of their titles."""
    see, review, room, operate = (
        set(workflows_for(user, verb).values_list("pk", flat=True))
        for verb in (Verb.SEE, Verb.REVIEW, Verb.SEE_CASES, Verb.OPERATE)
    )
    entries = []
    for workflow in Workflow.objects.filter(pk__in=see | review | operate).order_by("title"):
        rules = revision(workflow.pk, workflow.revision_no).rules
        seen = workflow.pk in see
        entries.append(
            Entry(
                workflow=workflow,
                level=LEVELS[rules.level] if seen else None,
                stopped=rules.stopped and seen,
                waiting=waiting_in(rules.policy, monitoring.all_pools(workflow)),
                may_review=workflow.pk in review,
                may_see=workflow.pk in room and user.is_staff,
                may_operate=workflow.pk in operate and user.is_staff,
            )
        )
    return entries
