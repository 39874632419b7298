"""The page of one's preferences."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reviews.domain.keys import ACTIONS
from reviews.services import preferences
from reviews.services.preferences import Own

USUAL = {f"key-{name}": action.key for name, action in ACTIONS.items() if name != "submit"}


@pytest.fixture
def bobs(client: Client, bob: User) -> Client:
    client.force_login(bob)
    return client


def test_it_shows_every_action_with_its_key_and_leaves_the_rest_to_the_workflow(
    bobs: Client,
) -> None:
    page = bobs.get("/preferences").content.decode()
    for action in ACTIONS.values():
        assert action.title in page
    assert 'name="key-skip" value="S"' in page
    assert 'name="key-submit"' not in page
    assert page.count('value="" checked') == 3


def test_what_is_chosen_is_saved_and_shown(bobs: Client, bob: User) -> None:
    chosen = USUAL | {"key-skip": "X", "blur": "yes", "mute": "no", "break_minutes": "50"}
    page = bobs.post("/preferences", chosen, follow=True)
    assert preferences.own(bob) == Own({"skip": "x"}, blur=True, mute=False, break_minutes=50)
    assert "Saved." in page.content.decode()
    shown = bobs.get("/preferences").content.decode()
    assert 'name="key-skip" value="X"' in shown
    assert 'name="blur" value="yes" checked' in shown
    assert 'name="break_minutes" inputmode="numeric" value="50"' in shown
    assert "Saved." not in shown


def test_an_empty_key_is_the_usual_one_and_one_button_brings_all_back(
    bobs: Client, bob: User
) -> None:
    preferences.save(bob, Own({"skip": "x", "undo": "z"}))
    bobs.post("/preferences", USUAL | {"key-skip": "", "key-undo": "z"})
    assert preferences.own(bob) == Own({"undo": "z"})
    bobs.post("/preferences", USUAL | {"key-skip": "1", "reset": "1", "blur": "no"})
    assert preferences.own(bob) == Own(blur=False)


@pytest.mark.parametrize(
    ("given", "where", "said"),
    [
        ({"key-skip": "1"}, "wrong-skip", "Digits choose answers"),
        ({"key-skip": "xy"}, "wrong-skip", "one letter or sign"),
        ({"key-skip": "M"}, "wrong-skip", "used for"),
        ({"break_minutes": "soon"}, "wrong-break", "Give minutes from 0"),
        ({"break_minutes": "9" * 5000}, "wrong-break", "Give minutes from 0"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(
    bobs: Client, bob: User, given: dict[str, Any], where: str, said: str
) -> None:
    answer = bobs.post("/preferences", USUAL | {"blur": "yes"} | given)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert f'id="{where}">' in page
    assert said in page.partition(f'id="{where}">')[2][:200]
    assert 'name="blur" value="yes" checked' in page
    assert preferences.own(bob) == Own()


def test_nonsense_in_a_dial_leaves_it_to_the_workflow(bobs: Client, bob: User) -> None:
    bobs.post("/preferences", {"blur": "perhaps"})
    assert preferences.own(bob) == Own()


def test_everybody_has_only_their_own(client: Client, bob: User, charlie: User) -> None:
    preferences.save(bob, Own({"skip": "x"}))
    client.force_login(charlie)
    assert 'name="key-skip" value="S"' in client.get("/preferences").content.decode()


def test_nobody_is_sent_to_sign_in_and_the_header_leads_here(client: Client, bob: User) -> None:
    assert client.get("/preferences")["Location"] == "/sign-in?next=/preferences"
    client.force_login(bob)
    assert 'href="/preferences"' in client.get("/").content.decode()
