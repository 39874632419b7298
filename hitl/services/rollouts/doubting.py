"""Doubting: where the challenger says something else about what the machine has decided, a share
of the cases is judged by a person as well, blind to both."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from hitl.domain.cases import Kind, ReferralState, Status
from hitl.domain.draws import is_drawn
from hitl.domain.rollouts.plan import Plan
from hitl.models import Case, Doubt, Prediction, Referral, Rollout
from hitl.services import deciding
from hitl.services.revisions import revision


def doubt(row: Rollout, plan: Plan, case_ids: Sequence[UUID], now: datetime) -> int:
    """Opens a look at the share of these cases that is drawn; how many. What is audited anyway
    needs none. Needs a transaction; locks the cases in order."""
    open_ones = Case.objects.filter(
        pk__in=case_ids, action="automate", audit=False, status=Status.DECIDED, doubt__isnull=True
    )
    cases = list(
        open_ones.select_for_update(of=("self",)).select_related("workflow").order_by("pk")
    )
    both = predictions(row, [case.pk for case in cases])
    made = 0
    for case in cases:
        if differ(case, both.get(case.pk, {})):
            drawn = is_drawn(bytes(case.workflow.sampling_key), "doubt", case.pk, plan.doubt_share)
            drawn = drawn and _look(case, now)
            Doubt.objects.create(case=case, rollout=row, pi=plan.doubt_share, drawn=drawn, at=now)
            made += drawn
    return made


def predictions(row: Rollout, case_ids: Sequence[UUID]) -> dict[UUID, dict[str, Prediction]]:
    """What both versions said about these cases, by role."""
    found: dict[UUID, dict[str, Prediction]] = {}
    rows = Prediction.objects.filter(case__in=case_ids)
    for one in rows.filter(role="live").union(
        rows.filter(role="silent", version=row.challenger_id)
    ):
        found.setdefault(one.case_id, {})[one.role] = one
    return found


def differ(case: Case, both: dict[str, Prediction]) -> bool:
    """Whether two versions said different things; one that failed said nothing."""
    live, silent = both.get("live"), both.get("silent")
    if live is None or silent is None:
        return False
    if live.error or silent.error:
        return bool(live.error) != bool(silent.error)
    return not revision(case.workflow_id, case.revision_no).agrees(live.value, silent.value)


def _look(case: Case, now: datetime) -> bool:
    """False where somebody looks at the case already, or has: nothing blind could come of it."""
    others = Referral.objects.filter(case=case)
    if others.exclude(state=ReferralState.CLOSED).exists() or others.exists():
        return False
    hours = revision(case.workflow_id, case.revision_no).policy.audit_due_hours
    due = now + timedelta(hours=hours)
    deciding.refer(case, Kind.AUDIT, pool=deciding.pool_of(case), due=due, now=now)
    return True
