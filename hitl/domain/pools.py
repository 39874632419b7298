"""Pools: who a referral waits for, as ids that follow from names."""

from collections.abc import Collection, Iterator
from uuid import UUID, uuid5

from hitl.domain.policy import Policy, PoolRule


def pool_id(workflow_id: UUID, name: str = "") -> UUID:
    """The id of a workflow's pool; '' is the pool of everybody who reviews it, whose id is the
    workflow's own."""
    return uuid5(workflow_id, name) if name else workflow_id


def gold_pool(workflow_id: UUID) -> UUID:
    """Where a workflow's known answers wait; no policy can name it."""
    return uuid5(workflow_id, "*gold")


def rule_of(policy: Policy, workflow_id: UUID, pool: UUID) -> PoolRule | None:
    """The rule that names the pool; None for the workflow's own."""
    found = (rule for rule in policy.pools if pool_id(workflow_id, rule.name) == pool)
    return next(found, None)


def open_to(policy: Policy, workflow_id: UUID, skills: Collection[str] | None) -> Iterator[UUID]:
    """The pools that somebody with these skills serves; None stands for every skill."""
    yield pool_id(workflow_id)
    for rule in policy.pools:
        if skills is None or set(rule.skills) <= set(skills):
            yield pool_id(workflow_id, rule.name)
