"""What the registry's tables hold together by themselves."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from models_registry.models import ModelVersion, RegisteredModel
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_number_is_given_once_per_model() -> None:
    version = factories.version()
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.create(model=version.model, number=1, runtime="scripted")


def test_a_model_with_versions_cannot_be_deleted() -> None:
    version = factories.version()
    with pytest.raises(ProtectedError):
        version.model.delete()
    assert RegisteredModel.objects.count() == 1


def test_the_newest_version_comes_first() -> None:
    model = factories.version().model
    ModelVersion.objects.create(model=model, number=2, runtime="scripted")
    assert [version.number for version in model.versions.all()] == [2, 1]
