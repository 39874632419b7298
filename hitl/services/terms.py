"""What a revision says, and what may come into force of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from hitl.domain.bounds import is_proven_alike, may_override, refuse_above_cap
from hitl.domain.policy import parse_policy
from hitl.domain.roles import Verb
from hitl.models import Revision
from hitl.services import access
from models_registry.domain.errors import Forbidden
from models_registry.domain.task_types import meaning


@dataclass(frozen=True, slots=True)
class Terms:
    """What a revision says, apart from who, why and when."""

    level: str
    stopped: bool
    policy: Mapping[str, Any]
    schema: Mapping[str, Any]
    answer: Mapping[str, Any]
    champion: UUID | None
    challenger: UUID | None
    share: float
    thresholds: Mapping[str, float]
    more_audits: float = 0.0
    override: bool = False


def terms(revision: Revision) -> Terms:
    return Terms(
        level=revision.level,
        stopped=revision.stopped,
        policy=revision.policy,
        schema=revision.schema,
        answer=revision.answer,
        champion=revision.champion_id,
        challenger=revision.challenger_id,
        share=revision.share,
        thresholds=revision.thresholds,
        more_audits=revision.more_audits,
        override=revision.override,
    )


def bounded(before: Terms, after: Terms) -> Terms:
    """What may come into force of a change: no level above the cap of the risk class, no override
    where it says nothing, so that none comes back unseen, and no live threshold that was proven
    for another target or for other answers: it is certified anew if it is proven for these too."""
    policy = parse_policy(after.policy)
    if (after.level, after.policy) != (before.level, before.policy):
        refuse_above_cap(before.level, after.level, policy)
    alike = after.policy == before.policy or is_proven_alike(parse_policy(before.policy), policy)
    alike = alike and not redefines(before, after)
    return replace(
        after,
        override=after.override and may_override(after.level, policy),
        thresholds=after.thresholds if alike else {},
    )


def redefines(before: Terms, after: Terms) -> bool:
    """Whether answers that agreed may differ now, or the other way round."""
    return before.answer != after.answer and meaning(before.answer) != meaning(after.answer)


def refuse_alone(before: Mapping[str, Any], moved: Mapping[str, Any], by: User | None) -> None:
    """Four eyes that one operator could close would be none: an administrator ends them."""
    ends = before.get("promote") == "two" and moved.get("promote", "two") != "two"
    if ends and by is not None and not access.may(by, Verb.ADMINISTER):
        raise Forbidden(
            '`promote` is "two": only an administrator may let one person change the level again.'
        )
