"""Preferences: a person's choice goes before the workflow's dials."""

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from hitl.domain.policy import Policy
from models_registry.domain.errors import Invalid
from reviews.domain.keys import resolved
from reviews.models import Preference
from reviews.services import preferences
from reviews.services.preferences import Own, Shown

DIALS = Policy(blur=True, greyscale=True, mute=True, break_minutes=50)


def test_without_a_choice_the_workflow_says_how_it_is(bob: User) -> None:
    assert preferences.of(bob, DIALS) == Shown(
        resolved({}), blur=True, greyscale=True, mute=True, break_minutes=50
    )


def test_a_choice_goes_before_the_workflow_also_a_no_and_never(bob: User) -> None:
    preferences.save(bob, Own({"skip": "x"}, blur=False, mute=False, break_minutes=0))
    shown = preferences.of(bob, DIALS)
    assert (shown.blur, shown.greyscale, shown.mute, shown.break_minutes) == (False, True, False, 0)
    assert shown.keys["skip"] == "x"


def test_saving_replaces_all_that_was_chosen(bob: User) -> None:
    preferences.save(bob, Own({"skip": "x"}, blur=True))
    assert preferences.save(bob, Own({"undo": "Z"})) == Own({"undo": "z"})
    assert preferences.own(bob) == Own({"undo": "z"})


def test_a_wrong_key_changes_nothing(bob: User) -> None:
    preferences.save(bob, Own({"skip": "x"}))
    with pytest.raises(Invalid) as refused:
        preferences.save(bob, Own({"skip": "1"}, blur=True))
    assert refused.value.problems[0].pointer == "/keys/skip"
    assert preferences.own(bob) == Own({"skip": "x"})


@pytest.mark.parametrize("minutes", [-1, 481])
def test_minutes_have_bounds(bob: User, minutes: int) -> None:
    with pytest.raises(Invalid) as refused:
        preferences.save(bob, Own(break_minutes=minutes))
    assert refused.value.problems[0].pointer == "/break_minutes"
    assert not Preference.objects.exists()


def test_the_desk_pays_one_read(
    bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        preferences.of(bob, DIALS)
