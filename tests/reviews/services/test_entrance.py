"""What a person finds at the front door."""

from django.contrib.auth.models import User

from hitl.domain.roles import Role
from hitl.models import Workflow
from hitl.services import access
from reviews.services import entrance
from tests import factories


def test_a_person_sees_their_workflows_in_order_of_title(bob: User, spam: Workflow) -> None:
    factories.workflow("not-mine")
    early = factories.workflow("early")
    access.join(bob, [Role.AUDITOR], early)
    found = entrance.my_workflows(bob)
    assert [entry.workflow for entry in found] == [early, spam]
    assert [entry.may_review for entry in found] == [False, True]


def test_only_staff_who_may_operate_are_led_to_the_control_room(alice: User) -> None:
    assert [entry.may_operate for entry in entrance.my_workflows(alice)] == [True]
    alice.is_staff = False
    assert [entry.may_operate for entry in entrance.my_workflows(alice)] == [False]


def test_charlie_finds_nothing(charlie: User, spam: Workflow) -> None:
    assert entrance.my_workflows(charlie) == []
