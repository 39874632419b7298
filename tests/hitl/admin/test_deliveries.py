"""The log of deliveries in the panel."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from hitl.models import Attempt, Client, Delivery, Endpoint, Workflow
from hitl.services import deliveries
from tests.hitl.admin.conftest import Enter

pytestmark = pytest.mark.django_db

LIST = reverse("admin:hitl_delivery_changelist")
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    client = Client.objects.create(name="shop")
    return deliveries.create_endpoint(client, "https://93.184.215.14/hooks", ["case.decided"])[0]


@pytest.fixture
def delivery(endpoint: Endpoint) -> Delivery:
    return Delivery.objects.create(
        endpoint=endpoint, type="hitl.test", at=AT, next_at=AT, state="failed", tries=2
    )


def page(delivery: Delivery) -> str:
    return reverse("admin:hitl_delivery_change", args=[delivery.pk])


def test_every_attempt_is_shown(delivery: Delivery, adam: User, enter: Enter) -> None:
    browser = enter(adam)
    assert "none yet" in browser.get(page(delivery)).content.decode()
    Attempt.objects.create(
        delivery=delivery, no=1, at=AT, error="No answer within 15 s.", seconds=15.0
    )
    Attempt.objects.create(
        delivery=delivery, no=2, at=AT, status=418, answer="<b>teapot</b>", seconds=0.25
    )
    text = browser.get(page(delivery)).content.decode()
    for part in ("No answer within 15 s.", "418", "&lt;b&gt;teapot&lt;/b&gt;", "0.25 s"):
        assert part in text
    for part in ("hitl.test", "failed", "https://93.184.215.14/hooks"):
        assert part in browser.get(LIST).content.decode()


def test_nothing_is_edited_added_or_deleted(delivery: Delivery, adam: User, enter: Enter) -> None:
    browser = enter(adam)
    assert browser.post(page(delivery), {"state": "done"}).status_code == 403
    assert browser.get(reverse("admin:hitl_delivery_add")).status_code == 403
    gone = reverse("admin:hitl_delivery_delete", args=[delivery.pk])
    assert browser.post(gone, {"post": "yes"}).status_code == 403
    assert Delivery.objects.get().state == "failed"


def test_the_selected_are_sent_again(
    endpoint: Endpoint, delivery: Delivery, adam: User, enter: Enter
) -> None:
    browser = enter(adam)
    asked = {"action": "send_again", "_selected_action": [delivery.pk]}
    text = browser.post(LIST, asked, follow=True).content.decode()
    assert "1 is on its way again" in text
    delivery.refresh_from_db()
    assert delivery.state == "pending"
    assert "pending, next attempt" in browser.get(LIST).content.decode()
    deliveries.disable(endpoint)
    assert "Enable it first" in browser.post(LIST, asked, follow=True).content.decode()
    delivery.refresh_from_db()
    assert delivery.state == "failed"


def test_the_log_is_filtered_by_endpoint(
    endpoint: Endpoint, delivery: Delivery, adam: User, enter: Enter
) -> None:
    browser = enter(adam)
    other = deliveries.create_endpoint(
        endpoint.client, "https://93.184.215.15/other", ["case.decided"]
    )[0]
    deliveries.test(other)
    for one in (endpoint, other):
        answer = browser.get(f"{LIST}?endpoint__id__exact={one.pk}")
        assert [row.endpoint for row in answer.context["cl"].result_list] == [one]


def test_who_does_not_administer_sees_nothing(
    spam: Workflow, delivery: Delivery, alice: User, audrey: User, enter: Enter
) -> None:
    asked = {"action": "send_again", "_selected_action": [delivery.pk]}
    for person in (alice, audrey):
        browser = enter(person)
        for place in (LIST, page(delivery)):
            assert browser.get(place).status_code == 403
        assert browser.post(LIST, asked).status_code == 403
        again = reverse("admin:hitl_delivery_again", args=[delivery.pk])
        assert browser.post(again).status_code == 403
    delivery.refresh_from_db()
    assert delivery.state == "failed"


def test_one_is_sent_again_from_its_own_page(
    endpoint: Endpoint, delivery: Delivery, adam: User, enter: Enter
) -> None:
    browser = enter(adam)
    again = reverse("admin:hitl_delivery_again", args=[delivery.pk])
    assert again in browser.get(page(delivery)).content.decode()
    assert browser.get(again).status_code == 405
    assert "1 is on its way again" in browser.post(again, follow=True).content.decode()
    delivery.refresh_from_db()
    assert delivery.state == "pending"
    deliveries.disable(endpoint)
    text = browser.post(again, follow=True).content.decode()
    assert "Enable it first" in text
    assert "way again" not in text
    gone = reverse("admin:hitl_delivery_again", args=[endpoint.pk])
    assert browser.post(gone).status_code == 404


def test_times_have_24_hours_and_their_zone(delivery: Delivery, adam: User, enter: Enter) -> None:
    text = enter(adam).get(LIST).content.decode()
    assert "1 Mar 2026, 12:00 UTC" in text
    assert "noon" not in text
