"""Two installations for all journeys, one on each database."""

from collections.abc import Iterator

import pytest

from tests import processes
from tests.processes import Stack


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    with processes.stack(request.param, tmp_path_factory.mktemp("stack")) as made:
        yield made
