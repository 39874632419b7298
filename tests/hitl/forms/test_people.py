"""A role with its skills."""

import pytest
from django.contrib.auth.models import User

from hitl.forms import MembershipForm
from hitl.models import Workflow

pytestmark = pytest.mark.django_db


def test_skills_become_a_list_of_names(spam: Workflow, bob: User) -> None:
    given = {"user": bob.pk, "workflow": spam.pk, "role": "auditor", "skill_names": "b, a"}
    made = MembershipForm(given).save()
    made.refresh_from_db()
    assert made.skills == ["b", "a"]
    assert MembershipForm(instance=made)["skill_names"].value() == "b, a"
