"""Building blocks of tables."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from models_registry.models import Artifact, CompactJSON, Erasable, Fact, ModelVersion, new_id
from models_registry.models.rows import FactChanged
from tests import factories, properties  # noqa: F401  (its profile)

json_values = st.recursive(
    st.booleans() | st.integers(-(2**60), 2**60) | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def test_ids_are_uuid7_and_ordered_by_time() -> None:
    ids = [new_id() for _ in range(1000)]
    assert {one.version for one in ids} == {7}
    assert all(isinstance(one, uuid.UUID) for one in ids)
    assert ids == sorted(ids)


@settings(max_examples=40)
@given(json_values)
def test_json_is_stored_as_compact_bytes_and_comes_back(value: Any) -> None:
    field = CompactJSON()
    stored = field.get_prep_value(value)
    assert isinstance(stored, bytes)
    assert field.from_db_value(memoryview(stored), None, connection) == value


def test_what_was_prepared_is_not_encoded_again() -> None:
    field: Any = CompactJSON()
    prepared = field.get_db_prep_value(b"[1]", connection, prepared=True)
    encoded = field.get_db_prep_value([1], connection)
    for sent in (prepared, encoded):
        assert bytes(getattr(sent, "obj", sent)) == b"[1]"  # psycopg wraps bytes


def test_null_stays_null() -> None:
    field = Erasable(null=True)
    assert field.get_prep_value(None) is None
    assert field.from_db_value(None, None, connection) is None


def test_defaults_are_made_anew() -> None:
    assert CompactJSON(default=dict).get_default() == {}
    assert CompactJSON(default=dict).get_default() is not CompactJSON(default=dict).get_default()
    assert CompactJSON(default=7).get_default() == 7
    assert CompactJSON().get_default() is None


def test_a_text_is_no_default_that_django_complains_about() -> None:
    assert CompactJSON(default="x")._check_str_default_value() == []


def test_a_value_is_shown_as_json() -> None:
    version = ModelVersion(classes=["a", "b"])
    field: Any = ModelVersion._meta.get_field("classes")
    assert field.value_to_string(version) == '["a","b"]'
    assert field.to_python(["a"]) == ["a"]


@pytest.mark.django_db
class TestFacts:
    @pytest.fixture
    def version(self) -> ModelVersion:
        return factories.version()

    def test_a_version_cannot_be_edited(self, version: ModelVersion) -> None:
        version.card = "better than it is"
        with pytest.raises(FactChanged, match="ModelVersion is a fact; facts are never edited"):
            version.save()
        assert ModelVersion.objects.get().card == ""

    def test_nor_can_one_that_was_read(self, version: ModelVersion) -> None:
        read = ModelVersion.objects.get()
        read.classes = ["other"]
        with pytest.raises(FactChanged):
            read.save(update_fields=["classes"])
        assert ModelVersion.objects.get().classes == ["no", "yes"]

    def test_nor_deleted(self, version: ModelVersion) -> None:
        with pytest.raises(FactChanged, match="never deleted"):
            version.delete()
        assert ModelVersion.objects.count() == 1

    def test_an_artifact_is_one_too(self, version: ModelVersion) -> None:
        artifact = Artifact.objects.get()
        artifact.size = 0
        with pytest.raises(FactChanged):
            artifact.save()

    def test_a_fact_never_overwrites_one_with_its_key(self, version: ModelVersion) -> None:
        twin = Artifact(sha256=str(version.artifact_id), size=1)
        with pytest.raises(IntegrityError), transaction.atomic():
            twin.save()
        assert Artifact.objects.get().size > 1

    def test_facts_are_abstract(self) -> None:
        assert Fact._meta.abstract
