"""Clients and keys in the panel: issued once, shown once, revoked."""

import re

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from hitl.models import ApiKey, Client, Workflow
from hitl.services import clients
from tests import factories
from tests.conftest import Api
from tests.hitl.admin.conftest import Enter

pytestmark = pytest.mark.django_db

LIST = reverse("admin:hitl_apikey_changelist")
ADD = reverse("admin:hitl_apikey_add")


def test_a_key_is_shown_once_and_works(spam: Workflow, adam: User, enter: Enter) -> None:
    shop = Client.objects.create(name="shop")
    browser = enter(adam)
    answer = browser.post(ADD, {"client": shop.pk, "name": "server", "workflows": [spam.pk]})
    found = re.search(r"hitl_[\w-]{43}", answer.content.decode())
    assert found is not None
    row = ApiKey.objects.get()
    assert (row.client, row.name, list(row.workflows.all())) == (shop, "server", [spam])
    sent = Api(found[0]).send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})
    assert sent.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    for page in (LIST, reverse("admin:hitl_apikey_change", args=[row.pk])):
        text = browser.get(page).content.decode()
        assert found[0] not in text
        assert row.digest not in text
        assert row.prefix in text


def test_a_key_without_a_workflow_is_refused(adam: User, enter: Enter) -> None:
    shop = Client.objects.create(name="shop")
    answer = enter(adam).post(ADD, {"client": shop.pk, "name": "server"})
    assert list(answer.context["form"].errors) == ["workflows"]
    assert not ApiKey.objects.exists()


def test_a_revoked_key_opens_nothing(spam: Workflow, adam: User, enter: Enter) -> None:
    row, secret = factories.key(spam)
    browser = enter(adam)
    asked = {"action": "revoke", "_selected_action": [row.pk]}
    assert "Revoked test (" in browser.post(LIST, asked, follow=True).content.decode()
    assert clients.recognise(secret, "spam") is None
    assert "revoked" in browser.get(LIST).content.decode()
    row.refresh_from_db()
    before = row.revoked
    browser.post(LIST, asked)
    row.refresh_from_db()
    assert row.revoked == before


def test_an_operator_revokes_nothing(spam: Workflow, alice: User, enter: Enter) -> None:
    row, _ = factories.key(spam)
    asked = {"action": "revoke", "_selected_action": [row.pk]}
    assert enter(alice).post(LIST, asked).status_code == 403
    row.refresh_from_db()
    assert row.revoked is None


def test_a_keys_page_takes_no_change(spam: Workflow, adam: User, enter: Enter) -> None:
    row, _ = factories.key(spam)
    page = reverse("admin:hitl_apikey_change", args=[row.pk])
    assert enter(adam).post(page, {"name": "mine"}).status_code == 403


def test_a_persons_token_is_listed_as_theirs(adam: User, enter: Enter) -> None:
    clients.issue_key(name="script", user=adam)
    page = enter(adam).get(LIST).content.decode()
    assert "person adam" in page
    assert "what the person may" in page


def test_clients_are_added_and_show_their_keys(spam: Workflow, adam: User, enter: Enter) -> None:
    browser = enter(adam)
    browser.post(reverse("admin:hitl_client_add"), {"name": "warehouse"})
    factories.key(spam, client="warehouse")
    answer = browser.get(reverse("admin:hitl_client_changelist"))
    assert answer.context["cl"].result_list[0].used == 1
    assert "warehouse" in answer.content.decode()
