"""Every address of the panel, and who is let in."""

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse

from hitl.admin.rights import Rights
from hitl.domain.roles import Role
from hitl.models import ApiKey, Client, Membership, Workflow
from models_registry.models import ModelVersion, RegisteredModel
from tests import factories
from tests.hitl.admin.conftest import Enter, at

pytestmark = pytest.mark.django_db

ROOM = ("counts", "chart", "level", "stop", "policy", "bulk", "decided")
FOR_ADMINS = (User, Client, ApiKey, Membership)
ELSEWHERE = {"hitl.Endpoint", "hitl.Delivery", "reviews.Gold", "reviews.Standing"}
"""Models whose pages have tests of their own about who is let in."""


def addresses(*models: type) -> Iterator[str]:
    """All of Django's pages for these models, with a row that exists."""
    for model in models:
        row = model._default_manager.first()  # type: ignore[attr-defined]
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"  # type: ignore[attr-defined]
        yield reverse(f"{name}_changelist")
        yield reverse(f"{name}_add")
        for page in ("change", "delete", "history"):
            yield reverse(f"{name}_{page}", args=[row.pk])


@pytest.fixture
def everything(spam: Workflow, alice: User) -> list[str]:
    """Every address of ours in the panel, those of the control room included."""
    factories.key(spam)
    ours = [model for model in admin.site._registry if model._meta.label not in ELSEWHERE]
    return [*addresses(*ours), *(at(spam, page) for page in ROOM)]


def test_the_panel_has_a_page_for_each_of_our_models_and_no_more() -> None:
    others = {model for model in admin.site._registry if model._meta.label in ELSEWHERE}
    assert set(admin.site._registry) - others == {
        Workflow,
        RegisteredModel,
        ModelVersion,
        *FOR_ADMINS,
    }


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_reviewer_is_refused_everywhere(
    everything: list[str], bob: User, enter: Enter, method: str
) -> None:
    browser = enter(bob)
    assert {getattr(browser, method)(url).status_code for url in everything} == {403}


@pytest.mark.parametrize("method", ["get", "post"])
def test_charlie_is_sent_to_the_door_everywhere(
    everything: list[str], charlie: User, enter: Enter, method: str
) -> None:
    browser = enter(charlie)
    for url in everything:
        answer = getattr(browser, method)(url)
        assert answer.status_code == 302
        assert "/login" in answer["Location"] or "/sign-in" in answer["Location"]


def test_staff_without_a_role_is_refused_everywhere(
    everything: list[str], charlie: User, enter: Enter
) -> None:
    User.objects.filter(pk=charlie.pk).update(is_staff=True)
    browser = enter(charlie)
    assert {browser.get(url).status_code for url in everything} == {403}


def test_people_clients_and_keys_are_for_admins_alone(
    everything: list[str], alice: User, audrey: User, enter: Enter
) -> None:
    for person in (alice, audrey):
        browser = enter(person)
        assert {browser.get(url).status_code for url in addresses(*FOR_ADMINS)} == {403}


def test_a_row_of_no_workflow_needs_the_verb_on_any(alice: User) -> None:
    assert Rights().workflow_of(alice) is None


def test_an_admin_of_one_workflow_does_not_administer(spam: Workflow, enter: Enter) -> None:
    someone = factories.person("someone", Role.ADMIN, workflow=spam)
    assert enter(someone).get(reverse("admin:auth_user_changelist")).status_code == 403


@pytest.mark.parametrize("page", ["change", *ROOM])
def test_a_workflow_of_others_is_unknown_to_an_operator(
    other: Workflow, alice: User, enter: Enter, page: str
) -> None:
    browser = enter(alice)
    assert browser.get(at(other, page)).status_code == 404
    assert browser.post(at(other, page)).status_code == 404


@pytest.mark.parametrize("page", ["change", "level", "stop", "policy", "bulk", "decided"])
def test_an_auditor_is_refused_every_change(
    spam: Workflow, audrey: User, enter: Enter, page: str
) -> None:
    asked = {"level": "full_automation", "stopped": "1", "reason": "because", "seen": "1"}
    assert enter(audrey).post(at(spam, page), asked).status_code == 403
    assert spam.revisions.count() == 1


def test_nobody_deletes_what_the_history_names(
    everything: list[str], adam: User, enter: Enter
) -> None:
    browser = enter(adam)
    for model in (Workflow, User, Client, ApiKey, ModelVersion, RegisteredModel):
        page = next(url for url in addresses(model) if url.endswith("/delete/"))
        assert browser.post(page, {"post": "yes"}).status_code == 403


def test_an_admin_opens_every_page(everything: list[str], adam: User, enter: Enter) -> None:
    browser = enter(adam)
    refused = {url for url in everything if browser.get(url, follow=True).status_code != 200} - {
        url for url in everything if "/delete/" in url or url.endswith(("/history/", "/decided/"))
    }
    for url in refused:  # models are registered by command or API, not here
        assert "/models_registry/" in url
        assert url.endswith("/add/")
