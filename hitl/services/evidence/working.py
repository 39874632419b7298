"""What the workers do with evidence, over all workflows: compare, certify, act, climb."""

import logging
from datetime import datetime
from uuid import UUID

from hitl.domain.levels import LEVELS
from hitl.models import Revision, Workflow
from hitl.services import workflows
from hitl.services.evidence import lapsing, slices, telling
from hitl.services.evidence.certifying import certify
from hitl.services.evidence.climbing import climb
from hitl.services.evidence.comparing import consume, epoch_of
from hitl.services.evidence.guarding import act

log = logging.getLogger(__name__)
RUNS = 100  # of one epoch at a time; the next round is seconds away


def earn(now: datetime | None = None) -> int:
    """Brings the evidence of every answering version up to now; how many cases that passed. One
    workflow that fails holds up no other."""
    passed = 0
    for rules in workflows.all_in_force(Workflow.objects.values_list("pk", flat=True)):
        try:
            passed += bring(rules, now)
        except Exception:
            log.exception("evidence failed workflow=%s", rules.workflow.slug)
    return passed


def bring(rules: Revision, now: datetime | None = None) -> int:
    """The same for one workflow. Certificates lapse at every level, and of every version that has
    one: whoever raises the level finds no stale one."""
    telling.look(rules.workflow_id)
    passed = 0
    if rules.champion_id is not None and LEVELS[rules.level].asks_model:
        passed = work(rules.workflow_id, rules.champion_id, now)
        if rules.challenger_id is not None:
            passed += work(rules.workflow_id, rules.challenger_id, now)
    for version in workflows.in_force(rules.workflow).thresholds:
        lapsing.keep(rules.workflow_id, UUID(version), now)
    climb(rules.workflow_id, now)
    return passed


def work(workflow_id: UUID, version_id: UUID, now: datetime | None = None) -> int:
    """The same for one version: how many cases its evidence went on by."""
    epoch = epoch_of(workflow_id, version_id)
    passed = 0
    for _ in range(RUNS):
        some = consume(epoch.pk, now)
        certify(epoch.pk, now)
        for part in slices.count(epoch.pk):
            certify(part, now)
        act(epoch.pk, now)
        passed += some
        if not some:
            break
    return passed
