"""A receiver on loopback, which is allowed here."""

import ipaddress
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.receiver import Receiver, receiving


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.HITL_OUTGOING_ALLOWED = [ipaddress.ip_network("127.0.0.0/8")]
    with receiving() as made:
        yield made
