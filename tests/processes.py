"""The product as OS processes, for journeys: granian, a real Celery worker and beat, on a database
of their own. Whatever is started here is stopped by its process group when its stack is."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar
from uuid import uuid4

import httpx
import psycopg

from tests.servers import postgres_url, valkey_url

ROOT = Path(__file__).resolve().parent.parent
T = TypeVar("T")
_databases_of_valkey = count(1)


def until(
    found: Callable[[], T | None], what: str, seconds: float = 30.0, pause: float = 0.02
) -> T:
    """Asks again and again until there is an answer; fails with `what` was missing."""
    end = time.monotonic() + seconds
    while True:
        answer = found()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(pause)


@dataclass
class Stack:
    """One installation: its settings, its processes, its address."""

    vendor: str
    home: Path
    environment: dict[str, str]
    port: int
    children: list[subprocess.Popen[str]] = field(default_factory=list)
    web: subprocess.Popen[str] | None = None
    insider: "Child | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *arguments: str) -> str:
        """Runs Python to its end in this installation; what it printed."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def inside(self, name: str, *arguments: Any) -> Any:
        """Has a process of the installation itself do something: see tests/journeys/inside.py."""
        self.ask_inside(name, *arguments)
        return self.told_inside()

    def ask_inside(self, name: str, *arguments: Any) -> None:
        """The same, without waiting for it: `told_inside` does."""
        if self.insider is None:
            self.insider = Child("inside", inside=self)
        self.insider.write([name, *arguments])

    def told_inside(self) -> Any:
        assert self.insider
        told = self.insider.read()
        assert "did" in told, told
        return told["did"]

    def world(self, **wanted: Any) -> dict[str, Any]:
        """Makes a workflow, a client's key and people's tokens: see tests/journeys/world.py."""
        made: dict[str, Any] = self.inside("world", wanted)
        return made

    def facts(self, slug: str) -> dict[str, Any]:
        """What the database holds about each case of a workflow."""
        told: dict[str, Any] = self.inside("facts", slug)
        return told

    def start(self, name: str, *command: str) -> subprocess.Popen[str]:
        """A process of this installation in a process group of its own, its log in `home`."""
        with (self.home / f"{name}-{len(self.children)}.log").open("w") as log:
            child = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        self.children.append(child)
        return child

    def start_web(self, workers: int = 2, threads: int = 4) -> None:
        granian = str(Path(sys.executable).with_name("granian"))
        web = self.start(
            "web",
            *(granian, "--interface", "wsgi", "hitl.wsgi:application", "--host", "127.0.0.1"),
            *("--port", str(self.port), "--workers", str(workers)),
            *("--blocking-threads", str(threads)),
        )

        def ready() -> bool:
            assert web.poll() is None, self.logs()
            with contextlib.suppress(httpx.TransportError):
                return httpx.get(f"{self.url}/readyz").status_code == 200
            return False

        until(ready, f"readyz {self.logs()}")
        self.web = web

    def start_celery(self, *what: str) -> subprocess.Popen[str]:
        celery = str(Path(sys.executable).with_name("celery"))
        return self.start(what[0], celery, "-A", "hitl", *what, "--loglevel", "WARNING")

    def logs(self) -> str:
        return "\n".join(path.read_text()[-3000:] for path in sorted(self.home.glob("*.log")))

    def stop(self, *children: subprocess.Popen[str]) -> None:
        """Ends these processes, or all, with whatever they started themselves."""
        for child in children or self.children:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGTERM)
        for child in children or self.children:
            try:
                child.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


@contextlib.contextmanager
def stack(vendor: str, home: Path, *, web: bool = True, **more: str) -> Iterator[Stack]:
    """A migrated installation with a web server; everything is gone at the end. `more` goes to
    its environment."""
    with _database(vendor, home) as url:
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "hitl.settings",
            "SECRET_KEY": "only-for-tests-" * 4,
            "HITL_HTTPS": "0",
            "HITL_DATA": str(home),
            "HITL_RATE_LIMIT": "100000/second",
            "HITL_LOG_LEVEL": "WARNING",
            "HITL_EXTRA_RUNTIMES": "tests.runtimes",
            "REDIS_URL": valkey_url().removesuffix("/0") + f"/{next(_databases_of_valkey)}",
            "DATABASE_URL": url,
            "HITL_OUTGOING_ALLOWED": "127.0.0.0/8",
            "HITL_DELIVERY_SECONDS": "1",
            **more,
        }
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        made = Stack(vendor, home, environment, port)
        try:
            made.run("manage.py", "migrate", "--verbosity", "0")
            if web:
                made.start_web()
            yield made
        finally:
            made.stop()
            if made.insider:
                made.insider.end()


@contextlib.contextmanager
def _database(vendor: str, home: Path) -> Iterator[str]:
    if vendor == "sqlite":
        yield f"sqlite:///{home / 'hitl.sqlite3'}"
        return
    name = f"journey_{uuid4().hex}"
    with psycopg.connect(postgres_url(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    try:
        yield postgres_url(name)
    finally:
        with psycopg.connect(postgres_url(), autocommit=True) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


class Child:
    """A script of tests/journeys as an OS process: lines of JSON in, lines of JSON out. With
    `inside` it runs in that installation's environment."""

    def __init__(self, script: str, *arguments: str, inside: Stack | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"tests.journeys.{script}", *arguments],
            cwd=ROOT,
            env=inside.environment if inside else {**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.read() == "ready"

    def write(self, what: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def read(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, "the process ended"
        return json.loads(line)

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> None:
        """Of a caller: sends a request; `read` gives its answer."""
        self.write({"method": method, "path": path, "body": body, "headers": headers})

    def end(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()


class Children:
    """Several of them, started before the first is used, ended together."""

    def __init__(self, script: str, arguments: Sequence[Sequence[str]]) -> None:
        self.all: list[Child] = []
        try:
            for given in arguments:
                self.all.append(Child(script, *given))
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __enter__(self) -> list[Child]:
        return self.all

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for child in self.all:
            child.end()


class Caller:
    """Somebody with a key who speaks HTTP to the installation."""

    def __init__(self, url: str, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self.http = httpx.Client(base_url=f"{url}/api/v1/", headers=headers, timeout=30)

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        return self.http.request(method, path, json=body, headers=headers)

    def get(self, path: str) -> Any:
        answer = self.send("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def put(self, path: str, body: Any) -> Any:
        answer = self.send("PUT", path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def cases(self, query: str = "limit=1000") -> list[dict[str, Any]]:
        """All of them, page by page."""
        found: list[dict[str, Any]] = []
        following: str | None = f"cases?{query}"
        while following:
            page = self.get(following)
            found += page["cases"]
            following = page["next"]
        return found
