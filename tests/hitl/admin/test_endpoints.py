"""Endpoints in the panel."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.urls import reverse

from hitl.models import Client, Delivery, Endpoint, EndpointSecret, Workflow
from hitl.services import deliveries
from tests.hitl.admin.conftest import Enter

pytestmark = pytest.mark.django_db

LIST = reverse("admin:hitl_endpoint_changelist")
ADD = reverse("admin:hitl_endpoint_add")
URL = "https://93.184.215.14/hooks"
SECRET = r"whsec_[A-Za-z0-9+/=]+"


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    client = Client.objects.create(name="shop")
    return deliveries.create_endpoint(client, URL, ["case.decided"], "the server")[0]


def page(endpoint: Endpoint, name: str = "change") -> str:
    return reverse(f"admin:hitl_endpoint_{name}", args=[endpoint.pk])


def test_an_endpoint_is_added_and_its_secret_shown_once(adam: User, enter: Enter) -> None:
    shop = Client.objects.create(name="shop")
    browser = enter(adam)
    assert "Add the endpoint" in browser.get(ADD).content.decode()
    asked = {"client": shop.pk, "url": URL, "types": ["case.decided"], "description": "d"}
    answer = browser.post(ADD, asked)
    row, secret = Endpoint.objects.get(), EndpointSecret.objects.get().secret
    assert (row.client, row.url, row.types, row.description) == (shop, URL, "case.decided", "d")
    assert re.findall(SECRET, answer.content.decode()) == [secret]
    assert "no-store" in answer["Cache-Control"]
    for place in (LIST, page(row), page(row, "edit")):
        assert not re.search(SECRET, browser.get(place).content.decode())
    assert secret not in str(LogEntry.objects.values())
    assert LogEntry.objects.get().change_message == "Registered for client shop."


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"url": "http://127.0.0.1/"}, "url"),
        ({"url": "nonsense"}, "url"),
        ({"url": ""}, "url"),
        ({"types": []}, "types"),
        ({"types": ["hitl.test"]}, "types"),
        ({"client": ""}, "client"),
    ],
)
def test_a_wrong_field_is_named(
    adam: User, enter: Enter, wrong: dict[str, object], field: str
) -> None:
    shop = Client.objects.create(name="shop")
    asked: dict[str, object] = {"client": shop.pk, "url": URL, "types": ["case.decided"]}
    answer = enter(adam).post(ADD, asked | wrong)
    assert list(answer.context["form"].errors) == [field]
    assert not Endpoint.objects.exists()


def test_the_list_shows_how_each_is(endpoint: Endpoint, adam: User, enter: Enter) -> None:
    browser = enter(adam)
    text = browser.get(LIST).content.decode()
    for part in (URL, "shop", "case.decided", "enabled", "not failing", "nothing was owed"):
        assert part in text
    for state in ("done", "done", "failed"):
        row = deliveries.test(endpoint)
        Delivery.objects.filter(pk=row.pk).update(state=state)
    deliveries.disable(endpoint, "No success for three days.")
    text = browser.get(LIST).content.decode()
    assert "2 of 3 (66.7 %)" in text
    assert "disabled: No success for three days." in text
    assert "No success for three days." in browser.get(page(endpoint)).content.decode()


def test_states_are_told_in_words(endpoint: Endpoint, adam: User, enter: Enter) -> None:
    browser = enter(adam)
    Endpoint.objects.update(failing_since="2026-03-01T12:00:00Z")
    text = browser.get(LIST).content.decode()
    assert ">failing<" in text
    assert "2026-03-01 12:00 UTC" in text
    Endpoint.objects.update(paused_until="2999-03-01T12:00:00Z")
    assert "paused until 2999-03-01 12:00 UTC" in browser.get(LIST).content.decode()


def test_an_endpoint_is_changed(endpoint: Endpoint, adam: User, enter: Enter) -> None:
    browser = enter(adam)
    asked = {"url": f"{URL}/2", "types": ["case.superseded"], "description": ""}
    assert browser.post(page(endpoint, "edit"), asked).status_code == 302
    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.types, endpoint.description) == (
        f"{URL}/2",
        "case.superseded",
        "",
    )
    assert LogEntry.objects.get().change_message == "Changed: url, types, description."
    answer = browser.post(page(endpoint, "edit"), asked | {"url": "http://10.0.0.1/"})
    assert list(answer.context["form"].errors) == ["url"]


def test_each_button_does_what_it_says(endpoint: Endpoint, adam: User, enter: Enter) -> None:
    browser = enter(adam)

    def act(name: str) -> str:
        text: str = browser.post(page(endpoint), {"act": name}, follow=True).content.decode()
        endpoint.refresh_from_db()
        return text

    assert "A test message is on its way" in act("test")
    assert "Disabled." in act("disable")
    assert endpoint.state == "disabled"
    assert list(Delivery.objects.values_list("state", flat=True)) == ["failed"]
    assert "Enable it first" in act("replay")
    assert "Enabled." in act("enable")
    assert "1 failed delivery is sent again." in act("replay")
    assert "0 failed deliveries are sent again." in act("replay")
    assert list(Delivery.objects.values_list("state", flat=True)) == ["pending"]
    assert "Its log stays." in act("delete")
    assert endpoint.state == "deleted"
    assert LogEntry.objects.filter(user=adam).count() == 6
    assert browser.get(page(endpoint)).status_code in (302, 404)
    assert URL not in browser.get(LIST).content.decode()


def test_a_rotation_shows_the_new_secret_once(endpoint: Endpoint, adam: User, enter: Enter) -> None:
    browser = enter(adam)
    answer = browser.post(page(endpoint), {"act": "rotate"})
    newest = EndpointSecret.objects.latest("pk").secret
    assert re.findall(SECRET, answer.content.decode()) == [newest]
    assert EndpointSecret.objects.count() == 2
    assert not re.search(SECRET, browser.get(page(endpoint)).content.decode())
    assert newest not in str(LogEntry.objects.values())


def test_a_button_that_is_none_does_nothing(endpoint: Endpoint, adam: User, enter: Enter) -> None:
    assert enter(adam).post(page(endpoint), {"act": "explode"}).status_code == 403


def test_who_does_not_administer_sees_and_does_nothing(
    spam: Workflow, endpoint: Endpoint, alice: User, audrey: User, enter: Enter
) -> None:
    for person in (alice, audrey):
        browser = enter(person)
        for place in (LIST, ADD, page(endpoint), page(endpoint, "edit")):
            assert browser.get(place).status_code == 403
            assert browser.post(place, {"act": "disable"}).status_code == 403
    endpoint.refresh_from_db()
    assert endpoint.state == "enabled"
    assert not Delivery.objects.exists()


def test_there_is_no_other_way_to_delete(endpoint: Endpoint, adam: User, enter: Enter) -> None:
    assert enter(adam).post(page(endpoint, "delete"), {"post": "yes"}).status_code == 403


def test_the_services_own_senders_are_no_choice(adam: User, enter: Enter) -> None:
    own = Client.objects.create(name="hitl: known answers")
    browser = enter(adam)
    assert "known answers" not in browser.get(ADD).content.decode()
    asked = {"client": own.pk, "url": URL, "types": ["case.decided"]}
    assert list(browser.post(ADD, asked).context["form"].errors) == ["client"]
    assert not Endpoint.objects.exists()


def test_what_an_endpoint_can_be_told_stands_under_a_plain_heading(
    endpoint: Endpoint, adam: User, enter: Enter
) -> None:
    text = enter(adam).get(page(endpoint)).content.decode()
    assert "<h3>Actions</h3>" in text
