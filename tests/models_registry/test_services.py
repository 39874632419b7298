"""Registering models and versions."""

import hashlib
from typing import Any

import pytest
import skops.io
from django.contrib.auth.models import User
from pytest_django import Settings
from sklearn.linear_model import LinearRegression

from models_registry import blobs, services
from models_registry.domain.errors import Conflict, DomainError, Invalid, Missing, TooLarge
from models_registry.models import Artifact, ModelVersion, RegisteredModel
from tests.factories import SCHEMA
from tests.models_registry import estimators
from tests.models_registry.estimators import TEXT, VECTOR, sample

pytestmark = pytest.mark.django_db


@pytest.fixture
def digits() -> RegisteredModel:
    return services.register_model(name="digits", runtime="sklearn")


@pytest.fixture
def device() -> RegisteredModel:
    return services.register_model(name="device", runtime="client")


def version(model: RegisteredModel, **given: Any) -> ModelVersion:
    given.setdefault("artifact", sample("naive Bayes").artifact)
    return services.register_version(model=model.name, schema=given.pop("schema", VECTOR), **given)


def refused(kind: type[DomainError], model: RegisteredModel, **given: Any) -> DomainError:
    """The refusal; nothing of the version stays behind."""
    with pytest.raises(kind) as error:
        version(model, **given)
    assert not ModelVersion.objects.exists()
    assert not Artifact.objects.exists()
    return error.value


class TestModels:
    def test_a_model_is_known_by_its_name(self, digits: RegisteredModel) -> None:
        assert RegisteredModel.objects.get(name="digits").runtime == "sklearn"
        assert str(digits) == "digits"

    def test_a_name_is_taken_once(self, digits: RegisteredModel) -> None:
        with pytest.raises(Conflict, match="'digits' is taken") as refused:
            services.register_model(name="digits", runtime="client")
        assert refused.value.facts == {"field": "/name"}
        assert RegisteredModel.objects.get().runtime == "sklearn"

    def test_an_unknown_runtime_is_refused_with_the_valid_ones(self) -> None:
        with pytest.raises(Invalid, match="sklearn, client") as refused:
            services.register_model(name="digits", runtime="pickle")
        assert refused.value.problems[0].pointer == "/runtime"

    @pytest.mark.parametrize("name", ["", "Digits", "two words", "-a", "_a", "a/b", "é", "x" * 101])
    def test_a_name_that_no_address_could_hold_is_refused(self, name: str) -> None:
        with pytest.raises(Invalid) as refused:
            services.register_model(name=name, runtime="sklearn")
        assert refused.value.problems[0].pointer == "/name"


class TestVersions:
    def test_a_version_says_what_it_is(
        self, digits: RegisteredModel, django_user_model: type[User]
    ) -> None:
        alice = django_user_model.objects.create_user("alice")
        made = version(digits, metrics={"accuracy": 0.9}, card="# Digits", by=alice)
        found = ModelVersion.objects.get(pk=made.pk)
        assert str(found) == "digits v1"
        assert found.runtime == "sklearn"
        assert found.classes == ["a", "b", "c"]
        assert found.schema == VECTOR
        assert found.metrics == {"accuracy": 0.9}
        assert found.card == "# Digits"
        assert found.by == alice
        assert found.profile == {}

    def test_how_it_behaves_on_other_data_is_kept(self, digits: RegisteredModel) -> None:
        made = version(digits, profile={"scores": [0.25, 1.0]})
        assert ModelVersion.objects.get(pk=made.pk).profile == {"scores": [0.25, 1.0]}

    def test_versions_are_numbered_per_model(
        self, digits: RegisteredModel, device: RegisteredModel
    ) -> None:
        numbers = [version(digits).number for _ in range(3)]
        assert numbers == [1, 2, 3]
        assert version(device, artifact=b"", classes=["no", "yes"]).number == 1

    def test_the_artifact_is_stored_once_under_its_hash(self, digits: RegisteredModel) -> None:
        content = sample("naive Bayes").artifact
        sha256 = hashlib.sha256(content).hexdigest()
        made = [version(digits, artifact=content), version(digits, artifact=content)]
        assert {one.artifact_id for one in made} == {sha256} == {one.fingerprint for one in made}
        assert Artifact.objects.get().size == len(content)
        assert blobs.get(sha256) == content
        assert str(Artifact.objects.get()) == sha256[:12]

    def test_a_client_model_has_classes_and_no_artifact(self, device: RegisteredModel) -> None:
        made = version(device, artifact=b"", classes=["no", "yes"])
        assert (made.artifact, made.classes) == (None, ["no", "yes"])
        assert len(made.fingerprint) == 64

    def test_a_client_model_of_texts_has_no_classes(self, device: RegisteredModel) -> None:
        assert version(device, artifact=b"").classes == []

    def test_versions_of_a_client_model_that_answer_otherwise_have_other_fingerprints(
        self, device: RegisteredModel
    ) -> None:
        one = version(device, artifact=b"", classes=["no", "yes"])
        other = version(device, artifact=b"", classes=["yes", "no"])
        again = version(device, artifact=b"", classes=["no", "yes"])
        assert one.fingerprint == again.fingerprint != other.fingerprint

    def test_classes_may_be_stated_in_any_order_and_are_kept_as_the_model_answers(
        self, digits: RegisteredModel
    ) -> None:
        assert version(digits, classes=["c", "a", "b"]).classes == ["a", "b", "c"]


class TestRefusals:
    def test_an_unknown_model(self) -> None:
        with pytest.raises(Missing, match="no model 'nobody'"):
            services.register_version(model="nobody", schema=SCHEMA)

    def test_an_unusable_schema(self, digits: RegisteredModel) -> None:
        error = refused(Invalid, digits, schema={"type": "nonsense"})
        assert error.problems[0].pointer == "/schema"

    def test_a_missing_file(self, digits: RegisteredModel) -> None:
        error = refused(Invalid, digits, artifact=b"")
        assert error.detail == "A sklearn model needs its file."
        assert error.problems[0].pointer == "/artifact"

    def test_a_file_over_the_limit(self, digits: RegisteredModel, settings: Settings) -> None:
        settings.HITL_ARTIFACT_LIMIT = 1000
        error = refused(TooLarge, digits)
        assert error.detail == "The artifact has more than 1,000 bytes."
        assert error.problems[0].pointer == "/artifact"

    def test_a_damaged_file(self, digits: RegisteredModel) -> None:
        error = refused(Invalid, digits, artifact=sample("naive Bayes").artifact[:-100])
        assert error.problems[0].pointer == "/artifact"

    def test_a_file_that_would_run_commands(self, digits: RegisteredModel) -> None:
        error = refused(Invalid, digits, artifact=estimators.calls_the_shell())
        assert "system" in error.detail

    def test_a_regressor(self, digits: RegisteredModel) -> None:
        regressor = LinearRegression().fit([[0.0], [1.0]], [0, 1])
        error = refused(Invalid, digits, artifact=skops.io.dumps(regressor))
        assert "LinearRegression is no fitted classifier" in error.detail

    def test_a_file_for_a_client_model(self, device: RegisteredModel) -> None:
        error = refused(Invalid, device, classes=["no", "yes"])
        assert error.problems[0].pointer == "/artifact"

    @pytest.mark.parametrize("classes", [["a", "b"], ["a", "b", "d"], ["a", "b", "c", "d"]])
    def test_classes_that_are_not_the_artifacts(
        self, digits: RegisteredModel, classes: list[str]
    ) -> None:
        error = refused(Invalid, digits, classes=classes)
        assert error.detail == "The artifact's classes are a, b, c."
        assert error.problems[0].pointer == "/classes"

    def test_no_classes_where_nothing_names_them(self) -> None:
        scripted = services.register_model(name="scripted", runtime="scripted")
        error = refused(Invalid, scripted, artifact=b'{"classes": []}')
        assert error.problems[0].pointer == "/classes"

    def test_a_class_named_twice(self, device: RegisteredModel) -> None:
        error = refused(Invalid, device, artifact=b"", classes=["no", "yes", "no"])
        assert error.detail == "Named twice: no."
        assert error.problems[0].pointer == "/classes"

    def test_a_card_that_no_database_could_hold(self, digits: RegisteredModel) -> None:
        assert refused(Invalid, digits, card="a\0b").problems[0].pointer == "/card"


def test_a_text_model_is_registered_like_any_other(digits: RegisteredModel) -> None:
    assert version(digits, artifact=sample("text").artifact, schema=TEXT).classes == ["ham", "spam"]
