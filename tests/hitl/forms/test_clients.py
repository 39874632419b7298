"""A key belongs to a client, limited to workflows, or to a person."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from hitl.forms import KeyForm
from hitl.models import Client, Workflow
from hitl.services import clients

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(spam: Workflow, bob: User) -> dict[str, Any]:
    shop = Client.objects.create(name="shop")
    clients.issue_key(name="taken", client=shop, workflows=[spam])
    return {"client": shop.pk, "user": bob.pk, "workflows": [spam.pk]}


@pytest.mark.parametrize(
    ("filled", "name", "wrong"),
    [
        pytest.param(("client", "workflows"), "new", [], id="a client's"),
        pytest.param(("user",), "new", [], id="a person's"),
        pytest.param((), "new", ["client"], id="nobody's"),
        pytest.param(("client", "user", "workflows"), "new", ["user"], id="of both"),
        pytest.param(("client",), "new", ["workflows"], id="a client's for nothing"),
        pytest.param(("user", "workflows"), "new", ["workflows"], id="a person's, limited"),
        pytest.param(("client", "workflows"), "taken", ["name"], id="the name is in use"),
    ],
)
def test_whose_it_is(
    known: dict[str, Any], filled: tuple[str, ...], name: str, wrong: list[str]
) -> None:
    form = KeyForm({part: known[part] for part in filled} | {"name": name})
    assert list(form.errors) == wrong
