"""The embedded broker and the demo's environment."""

import os
import stat
from pathlib import Path

import pytest
import redis

from hitl import embedded


def test_an_embedded_broker_answers_and_is_gone_after_stop(tmp_path: Path) -> None:
    broker = embedded.start_broker(tmp_path)
    with redis.Redis.from_url(broker.url) as client:
        assert client.ping()
        broker.stop()
        with pytest.raises(redis.ConnectionError):
            client.ping()


def test_a_configured_broker_is_preferred_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere:6379/1")
    broker = embedded.find_broker(tmp_path)
    broker.stop()
    assert broker == embedded.Broker("redis://elsewhere:6379/1", process=None)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("SECRET_KEY", "DATABASE_URL", "HITL_HTTPS", "OMP_NUM_THREADS", "PYTHONUNBUFFERED"):
        monkeypatch.setenv(name, "")  # so that monkeypatch puts back what was there
        monkeypatch.delenv(name)
    monkeypatch.setenv("HITL_DATA", str(tmp_path / "demo"))
    return tmp_path / "demo"


def test_the_demos_secret_is_made_once_and_readable_by_its_owner_only(home: Path) -> None:
    embedded.demo_environment()
    secret = os.environ["SECRET_KEY"]
    assert len(secret) >= 50
    assert stat.S_IMODE((home / "secret-key").stat().st_mode) == 0o600
    os.environ.pop("SECRET_KEY")
    embedded.demo_environment()
    assert os.environ["SECRET_KEY"] == secret
