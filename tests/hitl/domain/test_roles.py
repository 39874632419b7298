"""Who may do what: the whole table."""

import itertools

import pytest

from hitl.domain.roles import GRANTS, Role, Verb, grants, roles_with

TABLE = {
    Role.ADMIN: "review see see_cases operate configure register administer",
    Role.OPERATOR: "review see see_cases operate configure register",
    Role.REVIEWER: "review see",
    Role.AUDITOR: "see see_cases",
}


@pytest.mark.parametrize(("role", "verb"), list(itertools.product(Role, Verb)))
def test_a_role_carries_the_verbs_of_the_table_and_no_others(role: Role, verb: Verb) -> None:
    expected = verb in TABLE[role].split()
    assert grants([role], verb) is expected
    assert (role in roles_with(verb)) is expected


def test_every_role_is_in_the_table() -> None:
    assert set(GRANTS) == set(Role) == set(TABLE)


@pytest.mark.parametrize("verb", list(Verb))
def test_an_admin_may_everything_and_nobody_nothing(verb: Verb) -> None:
    assert grants([Role.ADMIN], verb)
    assert not grants([], verb)


@pytest.mark.parametrize("verb", list(Verb))
def test_roles_add_up(verb: Verb) -> None:
    for one, other in itertools.combinations(Role, 2):
        assert grants([one, other], verb) is (grants([one], verb) or grants([other], verb))


def test_reviewers_cannot_look_answers_up() -> None:
    assert not grants([Role.REVIEWER], Verb.SEE_CASES)


def test_auditors_change_nothing() -> None:
    assert GRANTS[Role.AUDITOR] == {Verb.SEE, Verb.SEE_CASES}
