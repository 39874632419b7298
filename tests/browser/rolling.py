"""A canary in the middle of its ramp, with what people have judged so far.

Run inside the product's environment: `python -m tests.browser.rolling <slug>`.
"""

import sys

import django

django.setup()

import msgspec  # noqa: E402

from hitl.domain.rollouts import counting  # noqa: E402
from hitl.domain.rollouts.judgement import Evidence  # noqa: E402
from hitl.domain.rollouts.plan import Plan  # noqa: E402
from hitl.models import Workflow  # noqa: E402
from hitl.services.rollouts import moving, starting  # noqa: E402
from models_registry import services as registry  # noqa: E402
from models_registry.models import ModelVersion  # noqa: E402


def under_way(slug: str) -> None:
    """A second version of the workflow's model, at the second step of a canary."""
    workflow = Workflow.objects.get(slug=slug)
    first = ModelVersion.objects.get(model=workflow.model, number=1)
    assert workflow.model is not None
    registry.register_version(model=workflow.model.name, schema=first.schema, classes=first.classes)
    row = starting.start(
        workflow, version=2, strategy="blue_green", by=None, reason="a newer model"
    )
    row.strategy = "canary"
    row.evidence = msgspec.to_builtins(_seen())
    row.save()
    moving.step(row.pk, by=None, reason="it looks well")


def _seen() -> Evidence:
    """400 audits of which the challenger had a fifth, and its 300 answers."""
    plan, seen = Plan(), Evidence()
    for i in range(400):
        seen = counting.audited(
            seen,
            is_challengers=i % 5 == 0,
            wrong=i % 31 == 0,
            share=0.2,
            unit=str(i),
            plan=plan,
        )
    return counting.answered(seen, answers=300, failed=1, late=0, plan=plan)


if __name__ == "__main__":
    under_way(sys.argv[1])
