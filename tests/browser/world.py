"""Puts what a browser test needs into the running product's database, and reports it as JSON.

Run inside the product's environment: `python -m tests.browser.world <verb> <arguments as JSON>`.
Cases are not made here: they come in through the REST API, as a client's do.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402

from hitl.domain.roles import Role  # noqa: E402
from hitl.models import Workflow  # noqa: E402
from hitl.services import access, workflows  # noqa: E402
from models_registry import services as registry  # noqa: E402
from reviews.models import Claim, Review  # noqa: E402
from reviews.services import claims  # noqa: E402
from tests import factories  # noqa: E402


def workflow(
    slug: str, *, title: str, level: str, schema: dict[str, Any], answer: dict[str, Any]
) -> dict[str, Any]:
    """A workflow whose clients bring the predictions, with a client's key."""
    registry.register_model(name=slug, runtime="client")
    classes = [c["value"] if isinstance(c, dict) else c for c in answer["classes"]]
    registry.register_version(model=slug, schema=schema, classes=classes)
    made = workflows.create(
        slug=slug,
        title=title,
        task_type="classification",
        schema=schema,
        answer=answer,
        level=level,
        policy={"blind_share": 0.0},
        model=slug,
    )
    return {"key": factories.key(made)[1]}


def person(name: str, *, roles: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """A person with roles per workflow."""
    user = User.objects.create_user(name, password=f"{name}-pass-word", is_staff=bool(roles))
    for slug, some in (roles or {}).items():
        access.join(user, [Role(role) for role in some], Workflow.objects.get(slug=slug))
    return {"name": name, "password": f"{name}-pass-word"}


def expire(name: str) -> dict[str, Any]:
    """The leases of a person's cases run out, as if the time had passed."""
    held = Claim.objects.filter(reviewer__username=name, state="held")
    held.update(expires=datetime.now(UTC) - timedelta(seconds=1))
    return {"expired": claims.expire_due()}


def judged(name: str) -> dict[str, Any]:
    """What a person has said so far, in order, and what they skipped."""
    reviews = Review.objects.filter(claim__reviewer__username=name).order_by("at")
    skipped = Claim.objects.filter(reviewer__username=name, state="skipped")
    return {
        "reviews": [{"value": r.value, "comment": r.comment} for r in reviews],
        "skipped": [c.skip_reason for c in skipped],
    }


VERBS: dict[str, Callable[..., dict[str, Any]]] = {
    verb.__name__: verb for verb in (workflow, person, expire, judged)
}

if __name__ == "__main__":
    arguments = json.loads(sys.argv[2])
    sys.stdout.write(json.dumps(VERBS[sys.argv[1]](*arguments["args"], **arguments["kwargs"])))
