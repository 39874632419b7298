"""Start of the judging app."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = "Judging"

    def ready(self) -> None:
        from reviews.services import handling, missed  # noqa: F401  (they register themselves)
