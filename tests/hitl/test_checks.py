"""What `manage.py check` says about settings."""

import pytest
from pytest_django import Settings

from hitl.checks import rate_limit_is_readable


@pytest.mark.parametrize(
    ("rate", "errors"),
    [
        pytest.param("500/second", [], id="readable"),
        pytest.param("often", ["hitl.E001"], id="not readable"),
    ],
)
def test_the_rate_limit_must_be_readable(settings: Settings, rate: str, errors: list[str]) -> None:
    settings.HITL_RATE_LIMIT = rate
    assert [error.id for error in rate_limit_is_readable(None)] == errors
