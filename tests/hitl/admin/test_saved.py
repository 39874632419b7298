"""Quick and saved filters of the list of waiting cases."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser

from hitl.models import SavedFilter, Workflow
from hitl.services import filters
from tests.conftest import Api
from tests.hitl.admin.conftest import Enter, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(spam: Workflow, shop: Api, alice: User, enter: Enter) -> Browser:
    shop.send("POST", "workflows/spam/cases", {"input": {"text": "hi"}})
    return enter(alice)


def keep(browser: Browser, workflow: Workflow, **given: Any) -> Any:
    return browser.post(at(workflow, "filters"), given, follow=True)


def test_what_presses_is_one_click_away_with_its_count(spam: Workflow, browser: Browser) -> None:
    quick = browser.get(at(spam, "bulk")).context["quick"]
    assert [(way.title, way.count, way.chosen) for way in quick] == [
        ("All that wait", "", True),
        ("Overdue", "0", False),
        ("Due within 4 hours", "0", False),
    ]
    quick = browser.get(quick[1].href).context["quick"]
    assert [way.chosen for way in quick] == [False, True, False]


def test_filters_are_saved_under_a_name_and_offered_as_a_link(
    spam: Workflow, browser: Browser, alice: User
) -> None:
    page = keep(browser, spam, name="hams", suggestion="no", due="soon", due_before="2026-01-01")
    assert "saved as &#x27;hams&#x27;" in page.content.decode()
    row = SavedFilter.objects.get()
    assert (row.user, row.filters) == (alice, {"suggestion": "no", "due": "soon"})
    (way,) = page.context["saved"]
    assert way.chosen
    assert parse_qs(urlsplit(way.href).query) == {"suggestion": ["no"], "due": ["soon"]}
    assert browser.get(way.href).context["count"] == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"name": "", "due": "soon"}, "Give the filters a name", id="no name"),
        pytest.param({"name": "all"}, "No filter is set", id="nothing set"),
        pytest.param({"name": "x", "due": "never"}, "cannot be read", id="no such filter"),
        pytest.param({"delete": "x"}, "no such filters of yours", id="no id"),
    ],
)
def test_what_cannot_be_done_is_said(
    spam: Workflow, browser: Browser, given: dict[str, str], said: str
) -> None:
    assert said in keep(browser, spam, **given).content.decode()
    assert not SavedFilter.objects.exists()


def test_filters_are_deleted_by_their_owner_alone(
    spam: Workflow, browser: Browser, bob: User, alice: User
) -> None:
    theirs = filters.save(bob, spam, "theirs", {"due": "soon"})
    mine = filters.save(alice, spam, "mine", {"due": "soon"})
    assert "no such filters" in keep(browser, spam, delete=theirs.pk).content.decode()
    page = keep(browser, spam, delete=mine.pk, due="overdue")
    assert "The filters &#x27;mine&#x27; are deleted." in page.content.decode()
    assert page.request["QUERY_STRING"] == "due=overdue"
    assert list(SavedFilter.objects.all()) == [theirs]


def test_only_operators_save_filters(
    spam: Workflow, audrey: User, charlie: User, enter: Enter
) -> None:
    sent = {"name": "x", "due": "soon"}
    assert enter(audrey).post(at(spam, "filters"), sent).status_code == 403
    assert enter(charlie).post(at(spam, "filters"), sent).status_code in {302, 403}
    assert not SavedFilter.objects.exists()


def test_a_link_without_a_form_leads_to_the_list(spam: Workflow, browser: Browser) -> None:
    assert browser.get(at(spam, "filters")).headers["Location"] == at(spam, "bulk")
