"""Who may do what: one table of verbs per role, read by every door through `may`."""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    ADMIN = "admin"
    OPERATOR = "operator"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"


class Verb(StrEnum):
    """review: judge cases; see: workflows, metrics, revisions; see_cases: cases with their
    decisions (not for reviewers: an answer seen before judging is no independent judgement);
    operate: level, stop, policy; configure: create workflows; register: model versions;
    administer: people, clients and keys."""

    REVIEW = "review"
    SEE = "see"
    SEE_CASES = "see_cases"
    OPERATE = "operate"
    CONFIGURE = "configure"
    REGISTER = "register"
    ADMINISTER = "administer"


GRANTS: dict[Role, frozenset[Verb]] = {
    Role.ADMIN: frozenset(Verb),
    Role.OPERATOR: frozenset(Verb) - {Verb.ADMINISTER},
    Role.REVIEWER: frozenset({Verb.REVIEW, Verb.SEE}),
    Role.AUDITOR: frozenset({Verb.SEE, Verb.SEE_CASES}),
}


def grants(roles: Iterable[Role], verb: Verb) -> bool:
    """Whether any of the roles carries the verb."""
    return any(verb in GRANTS[role] for role in roles)


def roles_with(verb: Verb) -> tuple[Role, ...]:
    """The roles that carry the verb."""
    return tuple(role for role, verbs in GRANTS.items() if verb in verbs)
