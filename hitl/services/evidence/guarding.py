"""Guarding: what the guard sees becomes more audits, or the way back to people."""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from hitl.domain.evidence.audits import boosted, decayed
from hitl.domain.evidence.guard import ROLL_BACK, Guard, Temperature
from hitl.domain.levels import LEVELS, SHADOW
from hitl.domain.policy import Policy, Target, parse_policy
from hitl.domain.routing import LEAST_AUDITS
from hitl.models import Epoch
from hitl.services import workflows
from hitl.services.evidence import telling
from hitl.services.evidence.automated import automated
from hitl.services.evidence.comparing import WATCHED, close, guard_of, proof_limit, watched
from hitl.services.revisions import policy_in_force
from hitl.services.rollouts.ending import taken_back
from hitl.services.workflows import Terms

log = logging.getLogger(__name__)
WARM = "Audits find more errors than the target allows; more of them make sure."
CALM = "Audits look well: as many are done as is due by what was automated so far."


@transaction.atomic
def act(epoch_id: UUID, now: datetime | None = None) -> Temperature:
    """Brings audits and level in line with what the guard has seen. Where nobody has stated a
    target it takes nothing back."""
    now = now or datetime.now(UTC)
    epoch = (
        Epoch.objects.select_for_update(of=("self",)).select_related("workflow").get(pk=epoch_id)
    )
    guard = guard_of(epoch)
    if epoch.closed:
        return guard.temperature
    policy = policy_in_force(epoch.workflow_id)
    target = watched(policy)
    is_watched = target is not None and epoch.guard.get(WATCHED) == target
    if is_watched and guard.temperature == Temperature.HOT:
        _roll_back(epoch, guard, policy, now)
    else:
        _audit(epoch, is_warm=is_watched and guard.temperature == Temperature.WARM, now=now)
    return guard.temperature


def _audit(epoch: Epoch, *, is_warm: bool, now: datetime) -> None:
    """The share that is due now: by what was automated since the epoch's first certificate,
    tenfold while it is warm, and never less than the policy's."""
    is_proven = epoch.certificates.exists()
    due = decayed(automated(epoch, now)) if is_proven else 0.0

    def audited(terms: Terms) -> Terms:
        policy = parse_policy(terms.policy)
        usual = max(LEAST_AUDITS, policy.audit_share)
        share = boosted(max(due, usual)) if is_warm else due
        is_more = isinstance(policy.threshold, Target) and share > usual
        return replace(terms, more_audits=share if is_more else 0.0)

    reason = WARM if is_warm else CALM
    workflows.append(epoch.workflow, audited, by=None, reason=reason, cause="guard")


def _roll_back(epoch: Epoch, guard: Guard, policy: Policy, now: datetime) -> None:
    """Back to people: the version's threshold and evidence are gone, an override as well, and
    people are told. A challenger goes alone, and the champion
    stays. A level at which people decide everything stays as it is."""
    version = str(epoch.version_id)

    said = (
        f"Audits show more errors than the target allows ({_measured(guard, policy)}, after "
        f"{guard.seen:,} audits)"
    )
    if taken_back(epoch.workflow_id, epoch.version_id, f"{said}.", now):
        _uncertify(epoch, said)
        close(epoch, now)
        return

    def back(terms: Terms) -> Terms:
        left = {key: value for key, value in terms.thresholds.items() if key != version}
        automates = LEVELS[terms.level].automates != "none"
        level = SHADOW.name if automates else terms.level
        return replace(terms, level=level, thresholds=left, more_audits=0.0, override=False)

    reason = f"{said}: people decide every case again."
    made = workflows.append(epoch.workflow, back, by=None, reason=reason, cause="guard")
    close(epoch, now)
    if made.level == SHADOW.name:
        telling.tell(epoch.workflow, telling.ROLLED_BACK, {"audits": guard.seen}, now)
    log.warning("rolled back workflow=%s version=%s", epoch.workflow.slug, version)


def _uncertify(epoch: Epoch, said: str) -> None:
    """A challenger's threshold is gone; the champion's stays."""
    version = str(epoch.version_id)

    def drop(terms: Terms) -> Terms:
        left = {key: value for key, value in terms.thresholds.items() if key != version}
        return replace(terms, thresholds=left)

    reason = f"{said}: the challenger's certificate is void."
    workflows.append(epoch.workflow, drop, by=None, reason=reason, cause="guard")


def _measured(guard: Guard, policy: Policy) -> str:
    """What has reached its limit."""
    limit = proof_limit(policy)
    if limit is None:
        return f"evidence {guard.strength:,.0f}, limit {ROLL_BACK:,.0f}"
    return f"proof {guard.proof:,.0f}, limit {limit:,.0f}"
