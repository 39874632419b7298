"""Proof for a workflow's next step, and what people have made of it.

Run inside the product's environment: `python -m tests.browser.climbing <slug> [propose|override]`.
"""

import sys

import django

django.setup()

import msgspec  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402

from hitl.domain.evidence.grid import freeze  # noqa: E402
from hitl.models import Workflow  # noqa: E402
from hitl.services import workflows  # noqa: E402
from hitl.services.evidence import certifying, comparing, proposing  # noqa: E402

TARGET = {"rule": "target", "max_error": 0.02, "confidence": 0.95}
PROVEN = 20  # thresholds, from the strictest on


def prove(workflow: Workflow) -> None:
    """An epoch in which the stricter half of the thresholds is proven, and its certificate."""
    workflows.change(
        workflow, by=None, reason="a target", policy={"threshold": TARGET, "promote": "two"}
    )
    version = workflows.in_force(workflow).champion_id
    assert version is not None
    epoch = comparing.epoch_of(workflow.pk, version)
    grid = freeze([i / 500 for i in range(500)])
    epoch.grid, epoch.goal = msgspec.to_builtins(grid), {"max_error": 0.02}
    epoch.best = [9.0 if i <= PROVEN else 0.0 for i in range(grid.size)]
    cases = [300 if i <= PROVEN else 310 for i in range(grid.size)]
    epoch.counters = [[1.0, 1.0, cases, [0] * grid.size]]
    epoch.save()
    assert certifying.certify(epoch.pk) is not None


def main(slug: str, also: str = "") -> None:
    workflow = Workflow.objects.get(slug=slug)
    prove(workflow)
    by = User.objects.get(username=f"operator-{slug}")
    if also == "propose":
        proposing.promote(workflow, by=by, reason="three good weeks")
    if also == "override":
        workflows.set_level(workflow, "full_automation", by=by, reason="a fair", override=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
