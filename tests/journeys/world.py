"""A script: makes a workflow with a scripted model, a client's key, people's tokens; prints them.

Its one argument is JSON: slug, level, script, policy, reviewers (how many)."""

import json
import sys
from typing import Any


def make(
    *,
    slug: str,
    level: str,
    script: dict[str, Any],
    policy: dict[str, Any] | None = None,
    reviewers: int = 0,
) -> dict[str, Any]:
    from hitl.domain.roles import Role
    from hitl.services import clients
    from tests import factories

    factories.version(slug, **script)
    schema = {"type": "object", "required": ["text"]}
    workflow = factories.workflow(slug, model=slug, level=level, policy=policy, schema=schema)
    people = {f"{slug}-operator": Role.OPERATOR}
    people |= {f"{slug}-reviewer-{i}": Role.REVIEWER for i in range(reviewers)}
    tokens = {
        name: clients.issue_key(name="token", user=factories.person(name, role, workflow=workflow))[
            1
        ]
        for name, role in people.items()
    }
    key, secret = factories.key(workflow, client=slug)
    assert key.client_id is not None
    return {
        "key": secret,
        "client": str(key.client_id),
        "operator": tokens.pop(f"{slug}-operator"),
        "reviewers": list(tokens.values()),
    }


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(make(**json.loads(sys.argv[1]))))
