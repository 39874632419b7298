"""People and roles in the panel."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from hitl.domain.roles import Verb
from hitl.models import Membership, Workflow
from hitl.services import access
from tests.hitl.admin.conftest import Enter

pytestmark = pytest.mark.django_db

MEMBER = reverse("admin:hitl_membership_add")


def test_an_admin_adds_a_person_who_can_sign_in(adam: User, enter: Enter) -> None:
    given = {
        "username": "dora",
        "usable_password": "true",
        "password1": "a-long-enough-one",
        "password2": "a-long-enough-one",
        "is_staff": "on",
    }
    enter(adam).post(reverse("admin:auth_user_add"), given)
    dora = User.objects.get(username="dora")
    assert dora.check_password("a-long-enough-one")
    assert dora.is_staff
    assert not dora.is_superuser


def test_a_persons_page_holds_their_roles_and_no_permissions(
    alice: User, adam: User, enter: Enter
) -> None:
    page = enter(adam).get(reverse("admin:auth_user_change", args=[alice.pk])).content.decode()
    assert "All workflows" in page
    for word in ("is_superuser", "user_permissions", "groups"):
        assert f'name="{word}"' not in page


def test_a_forged_field_makes_nobody_a_superuser(adam: User, enter: Enter) -> None:
    given = {"username": "adam", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    formset = {f"hitl_memberships-{key}": "0" for key in ("TOTAL_FORMS", "INITIAL_FORMS")}
    page = reverse("admin:auth_user_change", args=[adam.pk])
    assert enter(adam).post(page, given | formset).status_code == 302
    adam.refresh_from_db()
    assert not adam.is_superuser


def test_a_role_is_given_on_one_workflow_or_on_all(
    spam: Workflow, charlie: User, adam: User, enter: Enter
) -> None:
    browser = enter(adam)
    browser.post(MEMBER, {"user": charlie.pk, "workflow": spam.pk, "role": "operator"})
    assert access.may(charlie, Verb.OPERATE, spam.pk)
    assert not access.may(charlie, Verb.OPERATE)
    browser.post(MEMBER, {"user": charlie.pk, "workflow": "", "role": "auditor"})
    assert access.may(charlie, Verb.SEE_CASES)
    page = browser.get(reverse("admin:hitl_membership_changelist")).content.decode()
    assert "all workflows" in page


def test_the_same_role_twice_is_refused(
    spam: Workflow, charlie: User, adam: User, enter: Enter
) -> None:
    given = {"user": charlie.pk, "workflow": "", "role": "auditor"}
    enter(adam).post(MEMBER, given)
    assert enter(adam).post(MEMBER, given).status_code == 200
    assert Membership.objects.filter(user=charlie).count() == 1


def test_an_operator_gives_no_roles(spam: Workflow, alice: User, enter: Enter) -> None:
    given = {"user": alice.pk, "workflow": "", "role": "admin"}
    assert enter(alice).post(MEMBER, given).status_code == 403
    assert not access.may(alice, Verb.ADMINISTER)


def test_a_password_is_changed_by_admins_alone(alice: User, adam: User, enter: Enter) -> None:
    page = reverse("admin:auth_user_password_change", args=[alice.pk])
    given = {
        "usable_password": "true",
        "password1": "another-long-one",
        "password2": "another-long-one",
    }
    assert enter(alice).post(page, given).status_code == 403
    enter(adam).post(page, given)
    alice.refresh_from_db()
    assert alice.check_password("another-long-one")


def test_skills_are_given_with_a_role_and_shown_in_the_list(
    spam: Workflow, charlie: User, adam: User, enter: Enter
) -> None:
    browser = enter(adam)
    given = {"user": charlie.pk, "workflow": spam.pk, "role": "reviewer"}
    browser.post(MEMBER, given | {"skill_names": "french, legal,french "})
    row = Membership.objects.get(user=charlie)
    assert row.skills == ["french", "legal"]
    page = browser.get(reverse("admin:hitl_membership_changelist")).content.decode()
    assert "french, legal" in page
    change = reverse("admin:hitl_membership_change", args=[row.pk])
    assert 'value="french, legal"' in browser.get(change).content.decode()
    browser.post(change, given | {"skill_names": ""})
    row.refresh_from_db()
    assert row.skills == []


@pytest.mark.parametrize("typed", ["French", "two words", "x" * 41])
def test_a_skill_that_is_no_name_is_refused_beside_its_field(
    charlie: User, adam: User, enter: Enter, typed: str
) -> None:
    given = {"user": charlie.pk, "workflow": "", "role": "reviewer", "skill_names": typed}
    answer = enter(adam).post(MEMBER, given)
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == ["skill_names"]
    assert not Membership.objects.filter(user=charlie).exists()


def test_skills_are_changed_on_the_persons_page_too(
    spam: Workflow, bob: User, adam: User, enter: Enter
) -> None:
    row = Membership.objects.get(user=bob)
    given = {
        "username": "bob",
        "is_active": "on",
        "is_staff": "on",
        "hitl_memberships-TOTAL_FORMS": "2",
        "hitl_memberships-INITIAL_FORMS": "1",
        "hitl_memberships-0-id": row.pk,
        "hitl_memberships-0-user": bob.pk,
        "hitl_memberships-0-workflow": spam.pk,
        "hitl_memberships-0-role": "reviewer",
        "hitl_memberships-0-skill_names": "law",
        "hitl_memberships-1-user": bob.pk,
        "hitl_memberships-1-workflow": "",
        "hitl_memberships-1-role": "auditor",
        "hitl_memberships-1-skill_names": "",
    }
    answer = enter(adam).post(reverse("admin:auth_user_change", args=[bob.pk]), given)
    assert answer.status_code == 302, answer.context["errors"]
    found = Membership.objects.filter(user=bob).order_by("pk").values_list("role", "skills")
    assert list(found) == [("reviewer", ["law"]), ("auditor", [])]
