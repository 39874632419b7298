"""Start of the registry: loads the runtimes that the settings name."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings


class ModelsRegistryConfig(AppConfig):
    name = "models_registry"
    verbose_name = "Models"

    def ready(self) -> None:
        for path in settings.RUNTIMES:
            import_module(path)
