"""Models and versions in the panel, to read."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from hitl.models import Workflow
from models_registry import services as registry
from models_registry.models import ModelVersion, RegisteredModel
from tests import factories
from tests.hitl.admin.conftest import Enter

pytestmark = pytest.mark.django_db

MODELS = reverse("admin:models_registry_registeredmodel_changelist")
VERSIONS = reverse("admin:models_registry_modelversion_changelist")


def version_page(version: ModelVersion) -> str:
    return reverse("admin:models_registry_modelversion_change", args=[version.pk])


@pytest.fixture
def described(db: None) -> ModelVersion:
    registry.register_model(name="described", runtime="client")
    return registry.register_version(
        model="described",
        schema=factories.SCHEMA,
        classes=["no", "yes"],
        metrics={"accuracy": 0.96123456, "n": 597},
        card="# Card\n<b>not for cheques</b>",
    )


def test_a_version_shows_what_was_said_when_it_was_registered(
    described: ModelVersion, adam: User, enter: Enter
) -> None:
    page = enter(adam).get(version_page(described)).content.decode()
    for text in ("described v1", "no, yes", "<dd>0.9612</dd>", "<dd>597</dd>", "maxLength"):
        assert text in page
    assert "&lt;b&gt;not for cheques&lt;/b&gt;" in page
    assert "the client&#x27;s own model answers" in page


def test_a_version_with_a_file_shows_its_hash(spam: Workflow, adam: User, enter: Enter) -> None:
    version = ModelVersion.objects.get()
    page = enter(adam).get(version_page(version)).content.decode()
    assert str(version.artifact_id) in page
    assert "none given" in page


def test_the_list_names_newest_version_and_workflow(
    spam: Workflow, described: ModelVersion, adam: User, enter: Enter
) -> None:
    page = enter(adam).get(MODELS).content.decode()
    for text in ("spam-model", "described", "v1", "no workflow", "Spam"):
        assert text in page


def test_a_models_page_links_its_versions(
    described: ModelVersion, adam: User, enter: Enter
) -> None:
    page = reverse("admin:models_registry_registeredmodel_change", args=[described.model_id])
    assert version_page(described) in enter(adam).get(page).content.decode()


def test_nothing_is_changed_here(spam: Workflow, adam: User, enter: Enter) -> None:
    version = ModelVersion.objects.get()
    browser = enter(adam)
    assert browser.post(version_page(version), {"card": "better"}).status_code == 403
    assert browser.get(VERSIONS + "add/").status_code == 403
    assert browser.get(MODELS + "add/").status_code == 403


def test_an_operator_sees_own_models_and_those_of_nobody(
    spam: Workflow, described: ModelVersion, alice: User, enter: Enter
) -> None:
    factories.version("other-model")
    factories.workflow("elsewhere", model="other-model")
    browser = enter(alice)
    page = browser.get(MODELS).content.decode()
    assert "spam-model" in page
    assert "described" in page
    assert "other-model" not in page
    hidden = ModelVersion.objects.get(model__name="other-model")
    assert browser.get(version_page(hidden)).status_code != 200
    assert "other-model" not in browser.get(VERSIONS).content.decode()


def test_an_auditor_sees_only_models_of_workflows_they_see(
    spam: Workflow, described: ModelVersion, audrey: User, enter: Enter
) -> None:
    page = enter(audrey).get(MODELS).content.decode()
    assert "spam-model" in page
    assert "described" not in page
    assert RegisteredModel.objects.count() == 2
