"""Three weeks of a workflow that earns automation: what a model said, held against blind answers.

Run inside the product's environment: `python -m tests.browser.earning <slug>`.
"""

import random
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID

import django

django.setup()

import msgspec  # noqa: E402
import numpy as np  # noqa: E402

from hitl.domain.evidence.certifier import log_wealth  # noqa: E402
from hitl.domain.evidence.counters import count  # noqa: E402
from hitl.domain.evidence.grid import freeze  # noqa: E402
from hitl.domain.evidence.guard import Guard, watch  # noqa: E402
from hitl.models import Case, Comparison, Epoch, Workflow  # noqa: E402
from hitl.services import workflows  # noqa: E402
from hitl.services.evidence import certifying, comparing  # noqa: E402
from models_registry.models import new_id  # noqa: E402
from tests import factories  # noqa: E402

DAYS, A_DAY, AUDITS = 21, 90, 400
TARGET_ERROR = 0.02
TARGET = {"rule": "target", "max_error": TARGET_ERROR, "confidence": 0.95}


def compared(slug: str) -> None:
    """Comparisons, the certificate that they earn, and audits that find too many errors."""
    workflow = Workflow.objects.get(slug=slug)
    workflows.change(workflow, by=None, reason="a target", policy={"threshold": TARGET})
    version = workflows.in_force(workflow).champion_id
    assert version is not None
    chance = random.Random(slug)
    scores = [chance.betavariate(3, 0.6) for _ in range(DAYS * A_DAY)]
    epoch = comparing.epoch_of(workflow.pk, version)
    epoch.grid = msgspec.to_builtins(freeze(scores[:400]))
    client = factories.key(workflow, client="past")[0].client_id
    assert client is not None
    cases = [_case(workflow, client, i) for i in range(len(scores))]
    Case.objects.bulk_create(cases)
    rows = [
        Comparison(
            case=case,
            version_id=version,
            role="live",
            epoch=epoch,
            score=score,
            counted=_counted(chance, score),
            automated=i >= len(scores) - AUDITS and score > 0.7,
            pi=1.0,
            sampling=[None, 1.0, 1.0],
            at=case.created,
        )
        for i, (case, score) in enumerate(zip(cases, scores, strict=True))
    ]
    audited = [row for row in rows if row.automated and (row.score or 0) < 0.9]
    for row in audited[-3:]:
        row.counted = "error"
    Comparison.objects.bulk_create(rows)
    _count(epoch, rows)
    errors = [float(row.counted == "error") for row in rows if row.automated]
    guard = msgspec.to_builtins(watch(Guard(), errors, TARGET_ERROR))
    epoch.guard = {**guard, comparing.WATCHED: [TARGET_ERROR, "wrong"]}
    epoch.cursor = rows[-1].case_id
    epoch.save()
    assert certifying.certify(epoch.pk) is not None


def _count(epoch: Epoch, rows: list[Comparison]) -> None:
    """Counters and wealth, as a worker would have brought them up to these comparisons."""
    total = count(comparing.observations(rows), comparing.grid_of(epoch))
    epoch.counters = [
        [group.pi, group.least, counts.cases.tolist(), counts.errors.tolist()]
        for group, counts in total.items()
    ]
    epoch.goal, epoch.best = {"max_error": 0.02}, np.ravel(log_wealth(total, 0.02)).tolist()


def _counted(chance: random.Random, score: float) -> str:
    if chance.random() < 0.004:
        return "missing"
    return "error" if chance.random() < 0.3 * (1 - score) ** 1.5 else "correct"


def _case(workflow: Workflow, client: UUID, i: int) -> Case:
    return Case(
        id=new_id(),
        workflow=workflow,
        revision_no=1,
        client_id=client,
        input_hash=f"{i}",
        action="refer",
        reason="level",
        blind=True,
        audit=False,
        pi=1.0,
        status="decided",
        created=datetime.now(UTC) - timedelta(days=DAYS - i // A_DAY),
    )


if __name__ == "__main__":
    compared(sys.argv[1])
