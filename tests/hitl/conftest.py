"""What tests of deciding share: a clean slate for the scripted models."""

from collections.abc import Iterator

import pytest

from tests import runtimes


@pytest.fixture(autouse=True)
def _nobody_asked() -> Iterator[None]:
    runtimes.ASKED.clear()
    yield
    runtimes.MEANWHILE.clear()
    runtimes.NONSENSE.clear()
