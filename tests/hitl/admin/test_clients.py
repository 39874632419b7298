"""Clients and keys in the panel: issued once, shown once, revoked."""

import re

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
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


def test_a_persons_token_is_issued_and_works(spam: Workflow, adam: User, enter: Enter) -> None:
    answer = enter(adam).post(ADD, {"user": adam.pk, "name": "script"})
    found = re.search(r"hitl_[\w-]{43}", answer.content.decode())
    assert found is not None
    assert "Key script of person adam" in answer.content.decode()
    row = ApiKey.objects.get()
    assert (row.user, row.client, list(row.workflows.all())) == (adam, None, [])
    assert Api(found[0]).send("GET", "workflows/spam").status_code == 200


@pytest.mark.parametrize(
    ("owners", "wrong"),
    [
        pytest.param([], "client", id="nobody's"),
        pytest.param(["client", "user"], "user", id="of both"),
        pytest.param(["user", "workflows"], "workflows", id="a token with workflows"),
        pytest.param(["client"], "workflows", id="a client's without"),
    ],
)
def test_a_key_has_exactly_one_owner(
    spam: Workflow, adam: User, enter: Enter, owners: list[str], wrong: str
) -> None:
    shop = Client.objects.create(name="shop")
    choice = {"client": shop.pk, "user": adam.pk, "workflows": [spam.pk]}
    answer = enter(adam).post(ADD, {"name": "x", **{name: choice[name] for name in owners}})
    assert list(answer.context["form"].errors) == [wrong]
    assert not ApiKey.objects.exists()


def test_the_page_with_the_secret_reloaded_issues_no_second_key(
    spam: Workflow, adam: User, enter: Enter
) -> None:
    row, _ = factories.key(spam)
    assert row.client is not None
    asked = {"client": row.client.pk, "name": row.name, "workflows": [spam.pk]}
    browser = enter(adam)
    answer = browser.post(ADD, asked)
    assert list(answer.context["form"].errors) == ["name"]
    assert ApiKey.objects.count() == 1
    other = Client.objects.create(name="other")
    assert "secret" in browser.post(ADD, asked | {"client": other.pk}).context
    clients.revoke(row)
    assert "secret" in browser.post(ADD, asked).context


def test_issuing_and_revoking_are_logged(spam: Workflow, adam: User, enter: Enter) -> None:
    shop = Client.objects.create(name="shop")
    browser = enter(adam)
    answer = browser.post(ADD, {"client": shop.pk, "name": "server", "workflows": [spam.pk]})
    row = ApiKey.objects.get()
    asked = {"action": "revoke", "_selected_action": [row.pk]}
    browser.post(LIST, asked)
    browser.post(LIST, asked)
    issued, revoked = LogEntry.objects.order_by("pk")
    assert (issued.user, issued.action_flag, issued.object_id) == (adam, ADDITION, str(row.pk))
    assert issued.change_message == "Issued for client shop; workflows: spam."
    assert (revoked.user, revoked.action_flag) == (adam, CHANGE)
    assert revoked.change_message == "Revoked."
    assert answer.context["secret"] not in str(LogEntry.objects.values())


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


def test_the_services_own_senders_are_shown_nowhere(adam: User, enter: Enter) -> None:
    Client.objects.create(name="hitl: known answers")
    browser = enter(adam)
    for place in ("client_changelist", "apikey_add"):
        page = browser.get(reverse(f"admin:hitl_{place}")).content.decode()
        assert "hitl: known answers" not in page
    answer = browser.post(reverse("admin:hitl_client_add"), {"name": "hitl: mine"})
    assert "are reserved" in answer.content.decode()
    assert not Client.objects.filter(name="hitl: mine").exists()
