"""Guarding: what the guard sees becomes more audits, or the way back to people."""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from hitl.domain.evidence.audits import boosted, decayed
from hitl.domain.evidence.guard import Guard, Temperature
from hitl.domain.levels import LEVELS, SHADOW
from hitl.models import Case, Certificate, Condition, Epoch
from hitl.services import workflows
from hitl.services.evidence.comparing import guard_of
from hitl.services.revisions import policy_in_force
from hitl.services.workflows import Terms

log = logging.getLogger(__name__)
ROLLED_BACK = "rolled_back"


@transaction.atomic
def act(epoch_id: UUID, now: datetime | None = None) -> Temperature:
    """Brings audits and level in line with what the guard has seen."""
    now = now or datetime.now(UTC)
    epoch = (
        Epoch.objects.select_for_update(of=("self",)).select_related("workflow").get(pk=epoch_id)
    )
    guard = guard_of(epoch)
    if epoch.closed:
        return guard.temperature
    if guard.temperature == Temperature.HOT:
        _roll_back(epoch, guard, now)
    else:
        _audit(epoch, guard.temperature)
    return guard.temperature


def _audit(epoch: Epoch, temperature: Temperature) -> None:
    """The share that is due now: by the age of the live threshold, tenfold while it is warm."""
    policy = policy_in_force(epoch.workflow_id)
    share = max(policy.audit_share, decayed(_automated(epoch))) if _is_proven(epoch) else 0.0
    if temperature == Temperature.WARM:
        share = boosted(max(share, policy.audit_share))
    more = share if share > policy.audit_share else 0.0
    warm = "Audits find more errors than the target allows; more of them make sure."
    calm = "The live threshold has been in force for longer, and audits look well."
    workflows.append(
        epoch.workflow,
        lambda t: replace(t, more_audits=more) if LEVELS[t.level].automates != "none" else t,
        by=None,
        reason=warm if temperature == Temperature.WARM else calm,
        cause="guard",
    )


def _is_proven(epoch: Epoch) -> bool:
    return Certificate.objects.filter(epoch=epoch).exists()


def _automated(epoch: Epoch) -> int:
    """Cases that were automated since the epoch's first certificate."""
    since = Certificate.objects.filter(epoch=epoch).order_by("at").values_list("at", flat=True)[0]
    mine = Case.objects.filter(workflow=epoch.workflow_id, created__gte=since, action="automate")
    return mine.count()


def _roll_back(epoch: Epoch, guard: Guard, now: datetime) -> None:
    """Back to people: the version's threshold and evidence are gone, people are told."""
    version = str(epoch.version_id)

    def back(terms: Terms) -> Terms:
        left = {key: value for key, value in terms.thresholds.items() if key != version}
        automates = LEVELS[terms.level].automates != "none"
        level = SHADOW.name if automates else terms.level
        return replace(terms, level=level, thresholds=left, more_audits=0.0)

    said = (
        f"Audits show more errors than the target allows (evidence {guard.strength:,.0f}, limit "
        f"100,000, after {guard.seen:,} audits): people decide every case again."
    )
    workflows.append(epoch.workflow, back, by=None, reason=said, cause="guard")
    Epoch.objects.filter(pk=epoch.pk).update(closed=now)
    Condition.objects.update_or_create(
        workflow=epoch.workflow,
        name=ROLLED_BACK,
        defaults={"numbers": {"audits": guard.seen}, "since": now},
    )
    log.warning("rolled back workflow=%s version=%s", epoch.workflow.slug, version)
