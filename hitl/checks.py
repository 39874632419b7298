"""What `manage.py check` judges about the settings."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from limits import parse


@register()
def rate_limit_is_readable(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    try:
        parse(settings.HITL_RATE_LIMIT)
    except ValueError:
        return [
            Error(
                f"HITL_RATE_LIMIT is {settings.HITL_RATE_LIMIT!r}.",
                hint="Write a number per time, for example 500/second or 10000/minute.",
                id="hitl.E001",
            )
        ]
    return []
