"""Addresses below /api/v1/ that are none."""

import pytest

from tests.conftest import Api
from tests.problems import refused


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["nowhere/at/all", "workflows/", "cases/17"])
def test_an_address_that_is_none_is_a_problem_too(method: str, path: str) -> None:
    refused(Api().send(method, path, {}), 404, "not-found")
