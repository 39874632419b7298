"""What people have settled about cases, read from their referrals."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from hitl.domain.cases import Kind, ReferralState
from hitl.domain.evidence.truth import Look, Truth, settled
from hitl.models import Case, Referral
from hitl.services.revisions import revision


def looks_at(case_ids: Sequence[UUID]) -> Mapping[UUID, list[Look]]:
    """Every look at these cases, in the order in which they were opened."""
    rows = Referral.objects.filter(case_id__in=case_ids).order_by("case_id", "opened", "pk")
    found = rows.values_list("case_id", "kind", "state", "contested", "blind_answer")
    return {
        case: [
            Look(Kind(kind), state == ReferralState.CLOSED, contested, blind)
            for _, kind, state, contested, blind in group
        ]
        for case, group in groupby(found, key=lambda row: row[0])
    }


def found_of(case: Case, looks: Sequence[Look], now: datetime) -> Truth:
    """What stands about a case; after the evidence deadline, what is open is missing."""
    policy = revision(case.workflow_id, case.revision_no).policy
    hours = max(policy.due_hours, policy.audit_due_hours)
    return settled(looks, overdue=now - case.created > timedelta(hours=hours))
