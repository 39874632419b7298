"""A workflow with a scripted model, a client's key, and people's tokens, for one journey."""

from collections.abc import Sequence
from typing import Any


def make(
    *,
    slug: str,
    level: str,
    script: dict[str, Any],
    policy: dict[str, Any] | None = None,
    reviewers: int = 0,
    operators: int = 1,
    hooks: Sequence[str] = (),
) -> dict[str, Any]:
    """`reviewers`, `operators`: how many. At `hooks`, URLs, the client listens to everything."""
    from hitl.domain.deliveries import SUBSCRIBABLE
    from hitl.domain.roles import Role
    from hitl.services import clients, deliveries
    from tests import factories

    factories.version(slug, **script)
    schema = {"type": "object", "required": ["text"]}
    workflow = factories.workflow(slug, model=slug, level=level, policy=policy, schema=schema)
    people = {f"{slug}-operator-{i}": Role.OPERATOR for i in range(operators)}
    people |= {f"{slug}-reviewer-{i}": Role.REVIEWER for i in range(reviewers)}
    tokens = {
        name: clients.issue_key(name="token", user=factories.person(name, role, workflow=workflow))[
            1
        ]
        for name, role in people.items()
    }
    key, secret = factories.key(workflow, client=slug)
    assert key.client is not None
    endpoints = [deliveries.create_endpoint(key.client, url, SUBSCRIBABLE) for url in hooks]
    return {
        "key": secret,
        "client": str(key.client.pk),
        "operator": tokens[f"{slug}-operator-0"],
        "operators": [tokens.pop(f"{slug}-operator-{i}") for i in range(operators)],
        "reviewers": list(tokens.values()),
        "hooks": [[str(endpoint.pk), signs] for endpoint, signs in endpoints],
    }
