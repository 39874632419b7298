"""Who may: verbs by person."""

import pytest
from django.contrib.auth.models import AnonymousUser, User

from hitl.domain.roles import GRANTS, Role, Verb
from hitl.models import Membership, Workflow
from hitl.services import access
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def ham(db: None) -> Workflow:
    return factories.workflow("ham")


@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize("role", list(Role))
def test_a_role_on_one_workflow_carries_its_verbs_there_only(
    spam: Workflow, ham: Workflow, role: Role, verb: Verb
) -> None:
    person = factories.person("dora", role, workflow=spam)
    granted = verb in GRANTS[role]
    assert access.may(person, verb, spam.pk) is granted
    assert not access.may(person, verb, ham.pk)
    assert not access.may(person, verb)
    assert access.may_anywhere(person, verb) is granted
    assert list(access.workflows_for(person, verb)) == ([spam] if granted else [])


@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize("role", list(Role))
def test_a_role_on_all_workflows_carries_its_verbs_everywhere(
    spam: Workflow, ham: Workflow, role: Role, verb: Verb
) -> None:
    person = factories.person("dora", role)
    granted = verb in GRANTS[role]
    assert access.may(person, verb, spam.pk) is granted
    assert access.may(person, verb, ham.pk) is granted
    assert access.may(person, verb) is granted
    assert access.may_anywhere(person, verb) is granted
    assert list(access.workflows_for(person, verb)) == ([ham, spam] if granted else [])


def _charlie() -> User:
    return factories.person("charlie")


def _left() -> User:
    person = factories.person("dora", *Role)
    person.is_active = False
    person.save()
    return person


@pytest.mark.parametrize("who", [_charlie, _left, AnonymousUser])
def test_outsiders_may_nothing(spam: Workflow, who: type) -> None:
    person = who()
    for verb in Verb:
        assert not access.may(person, verb, spam.pk)
        assert not access.may(person, verb)
        assert not access.may_anywhere(person, verb)
        assert not access.workflows_for(person, verb).exists()


def test_a_superuser_may_everything(spam: Workflow, ham: Workflow) -> None:
    root = User.objects.create_superuser("root")
    for verb in Verb:
        assert access.may(root, verb, spam.pk)
        assert access.may(root, verb)
        assert access.may_anywhere(root, verb)
        assert list(access.workflows_for(root, verb)) == [ham, spam]


def test_joining_twice_is_joining_once(spam: Workflow, charlie: User) -> None:
    for _ in range(2):
        access.join(charlie, [Role.REVIEWER, Role.AUDITOR], spam)
        access.join(charlie, [Role.REVIEWER])
    assert Membership.objects.count() == 3
