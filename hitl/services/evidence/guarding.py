"""Guarding: what the guard sees becomes more audits, or the way back to people."""

import logging
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from hitl.domain.evidence.audits import ENOUGH, boosted, decayed
from hitl.domain.evidence.guard import ROLL_BACK, Guard, Temperature
from hitl.domain.levels import LEVELS, SHADOW
from hitl.models import Epoch
from hitl.services import workflows
from hitl.services.evidence import telling
from hitl.services.evidence.comparing import close, guard_of
from hitl.services.evidence.lapsing import automated_since
from hitl.services.revisions import in_force
from hitl.services.workflows import Terms

log = logging.getLogger(__name__)
WARM = "Audits find more errors than the target allows; more of them make sure."
FRESH = "The certificate is new: more audits show soon whether it holds."
CALM = "Audits look well, and enough of them are done: fewer will do."


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
    """The share that is due now: by what was automated since the epoch's first certificate,
    tenfold while it is warm, and never less than the policy's."""
    usual = replace(in_force(epoch.workflow_id).rules, more_audits=0.0).audit_share
    due, is_warm = _decayed(epoch), temperature == Temperature.WARM
    if is_warm:
        due = boosted(max(due, usual))
    more = due if due > usual else 0.0
    is_less = more < workflows.in_force(epoch.workflow).more_audits
    workflows.append(
        epoch.workflow,
        lambda t: replace(t, more_audits=more),
        by=None,
        reason=WARM if is_warm else CALM if is_less else FRESH,
        cause="guard",
    )


def _decayed(epoch: Epoch) -> float:
    """The share that a certificate asks for by its age; 0 without one."""
    first = epoch.certificates.order_by("at").values_list("at", flat=True).first()
    if first is None:
        return 0.0
    return decayed(automated_since(epoch.workflow_id, first, ENOUGH))


def _roll_back(epoch: Epoch, guard: Guard, now: datetime) -> None:
    """Back to people: the version's threshold and evidence are gone, an override as well, and
    people are told. A level at which people decide everything stays as it is."""
    version = str(epoch.version_id)

    def back(terms: Terms) -> Terms:
        left = {key: value for key, value in terms.thresholds.items() if key != version}
        automates = LEVELS[terms.level].automates != "none"
        level = SHADOW.name if automates else terms.level
        return replace(terms, level=level, thresholds=left, more_audits=0.0, override=False)

    said = (
        f"Audits show more errors than the target allows (evidence {guard.strength:,.0f}, limit "
        f"{ROLL_BACK:,.0f}, after {guard.seen:,} audits): people decide every case again."
    )
    made = workflows.append(epoch.workflow, back, by=None, reason=said, cause="guard")
    close(epoch, now)
    if made.level == SHADOW.name:
        telling.tell(epoch.workflow, telling.ROLLED_BACK, {"audits": guard.seen}, now)
    log.warning("rolled back workflow=%s version=%s", epoch.workflow.slug, version)
