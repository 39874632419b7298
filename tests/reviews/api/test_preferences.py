"""A person's preferences over HTTP."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from reviews.domain.keys import resolved
from tests.conftest import Api, token
from tests.problems import refused

PATH = "me/preferences"
NOTHING = {"blur": None, "greyscale": None, "mute": None, "break_minutes": None}


def test_before_any_choice_the_keys_are_the_usual_ones(bob: User) -> None:
    assert token(bob).send("GET", PATH).json() == {"keys": resolved({}), **NOTHING}


def test_what_is_put_is_all_there_is_and_what_is_read_may_be_put_back(bob: User) -> None:
    api = token(bob)
    chosen = {"keys": {"skip": "X"}, "blur": True, "mute": False, "break_minutes": 0}
    stored = api.send("PUT", PATH, chosen).json()
    assert stored["keys"]["skip"] == "x"
    assert api.send("PUT", PATH, stored).json() == api.send("GET", PATH).json() == stored
    assert api.send("PUT", PATH, {}).json() == {"keys": resolved({}), **NOTHING}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param({"keys": {"skip": "1"}}, "/keys/skip", id="a digit"),
        pytest.param({"keys": {"fly": "x"}}, "/keys/fly", id="no action"),
        pytest.param({"keys": {"skip": "m"}}, "/keys/skip", id="used twice"),
        pytest.param({"keys": {"a/b~": "m"}}, "/keys/a~1b~0", id="a name with signs"),
        pytest.param({"keys": {"skip": 1}}, "/keys", id="no text"),
        pytest.param({"break_minutes": 481}, "/break_minutes", id="too long"),
        pytest.param({"blur": "yes"}, "/blur", id="no boolean"),
        pytest.param({"colour": True}, "/colour", id="unknown"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    bob: User, body: dict[str, Any], pointer: str
) -> None:
    api = token(bob)
    refused(api.send("PUT", PATH, body), 400, "invalid", pointer)
    assert api.send("GET", PATH).json() == {"keys": resolved({}), **NOTHING}


def test_they_are_a_persons_and_their_own(bob: User, charlie: User, shop: Api) -> None:
    token(bob).send("PUT", PATH, {"blur": True})
    assert token(charlie).send("GET", PATH).json()["blur"] is None
    for method, body in (("GET", None), ("PUT", {})):
        refused(shop.send(method, PATH, body), 403, "forbidden")
        refused(Api().send(method, PATH, body), 401, "not-authenticated")
