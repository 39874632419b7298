"""Two installations whose processes die on demand, one on each database."""

from collections.abc import Iterator

import pytest

from tests import processes
from tests.processes import Stack


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def mortal(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """One web process and one worker process."""
    home = tmp_path_factory.mktemp("mortal")
    settings = {"DJANGO_SETTINGS_MODULE": "tests.faults.settings"}
    with processes.stack(request.param, home, web=False, **settings) as made:
        made.start_web(workers=1)
        made.start_celery("worker", "-c", "1")
        yield made
