"""Certifying: what is proven becomes a certificate and the live threshold, by a revision."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import transaction

from hitl.domain.evidence import counters as sums
from hitl.domain.evidence.certifier import certified, chains
from hitl.domain.policy import Target
from hitl.domain.routing import WHOLE_POPULATION
from hitl.models import Certificate, Epoch
from hitl.services import workflows
from hitl.services.evidence.comparing import counters_of, grid_of
from hitl.services.revisions import policy_in_force


@transaction.atomic
def certify(epoch_id: UUID, now: datetime | None = None) -> Certificate | None:
    """Widens the live threshold to the loosest one that is proven; None if that is no news. It
    never becomes stricter here: within an epoch what was proven stays proven."""
    epoch = (
        Epoch.objects.select_for_update(of=("self",)).select_related("workflow").get(pk=epoch_id)
    )
    rule = policy_in_force(epoch.workflow_id).threshold
    if epoch.closed or epoch.grid is None or not isinstance(rule, Target):
        return None
    grid, level = grid_of(epoch), 1.0 - rule.confidence
    index = certified(epoch.best, grid, level)
    if index is None or epoch.goal != {"max_error": rule.max_error}:
        return None
    whole = index == len(grid.thresholds)
    threshold = WHOLE_POPULATION if whole else grid.threshold(index)
    live = workflows.in_force(epoch.workflow).thresholds.get(str(epoch.version_id))
    if live is not None and threshold >= live:
        return None
    made = Certificate.objects.create(
        epoch=epoch,
        threshold=threshold,
        whole=whole,
        numbers=_numbers(epoch, rule, index),
        at=now or datetime.now(UTC),
    )
    version = str(epoch.version_id)
    workflows.append(
        epoch.workflow,
        lambda t: replace(t, thresholds={**t.thresholds, version: threshold}),
        by=None,
        reason=_sentence(made, rule),
        cause="certificate",
    )
    return made


def _numbers(epoch: Epoch, rule: Target, index: int) -> dict[str, Any]:
    """All that the certificate was computed from."""
    grid, counters = grid_of(epoch), counters_of(epoch)
    counts = sums.total(counters, grid.size)
    tests = chains(epoch.best, grid, 1.0 - rule.confidence)
    chain = next(c for c in tests if c.first <= index < c.end)
    return {
        "max_error": rule.max_error,
        "confidence": rule.confidence,
        "coverage": grid.coverages[index],
        "cases": int(counts.cases[index]),
        "errors": int(counts.errors[index]),
        "log_wealth": epoch.best[index],
        "needed": chain.needed,
        "groups": [
            [pi, least, int(some.cases[index]), int(some.errors[index])]
            for (pi, least), some in counters.items()
        ],
        "index": index,
        "of": grid.size,
    }


def _sentence(made: Certificate, rule: Target) -> str:
    numbers = made.numbers
    where = (
        "Whatever the confidence" if made.whole else f"From a confidence of {made.threshold:.4g}"
    )
    share = np.format_float_positional(100 * rule.max_error, trim="-")
    return (
        f"{where} at most {share} % of decisions are wrong, with {100 * rule.confidence:g} % "
        f"confidence: {numbers['cases']:,} blind answers, {numbers['errors']:,} count as errors."
    )
