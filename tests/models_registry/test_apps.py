"""Start of the registry."""

from django.apps import apps
from django.conf import settings

from models_registry.runtimes import RUNTIMES


def test_starting_loads_the_runtimes_that_the_settings_name() -> None:
    assert apps.get_app_config("models_registry").verbose_name == "Models"
    assert settings.RUNTIMES == [
        "models_registry.runtimes.sklearn",
        "models_registry.runtimes.client",
        "tests.runtimes",
    ]
    assert list(RUNTIMES)[:3] == ["sklearn", "client", "scripted"]
