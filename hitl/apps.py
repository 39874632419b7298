"""Start of the deciding app: binds Celery and loads what other distributions plug in."""

from importlib.metadata import entry_points

from django.apps import AppConfig


class HitlConfig(AppConfig):
    name = "hitl"
    verbose_name = "Deciding"

    def ready(self) -> None:
        from hitl import checks  # noqa: F401  (checks register themselves)
        from hitl.celery import app

        app.set_default()
        for plugin in entry_points(group="hitl.plugins"):
            plugin.load()
