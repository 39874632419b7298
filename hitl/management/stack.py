"""The product's processes as children of one: started together, watched, stopped together."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from hitl.embedded import Broker, end_with_parent

HEALTHY_WITHIN = 60.0  # seconds; a slow disk needs some, a process that hangs never comes
STOP_WITHIN = 10.0


class ChildFailed(RuntimeError):
    """A process ended by itself, or never became healthy; the text says which and shows its log."""


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@dataclass(slots=True)
class Child:
    """One process with its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def tail(self, lines: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


@dataclass(slots=True)
class Stack:
    """Broker, web server, worker and beat. Logs go to `home`; `stop` ends whatever was started."""

    home: Path
    port: int
    children: list[Child] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def adopt(self, broker: Broker) -> None:
        """Watches and stops a broker that was started here; leaves a configured one alone."""
        if broker.process is not None and broker.log is not None:
            self.children.append(Child("broker", broker.process, broker.log))

    def start_web(self, *, workers: int = 1, threads: int = 4) -> None:
        self._start(
            "web",
            "granian",
            [
                *("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port)),
                *("--workers", str(workers), "--blocking-threads", str(threads)),
                *("--log-level", "warning", "--respawn-failed-workers", "hitl.wsgi:application"),
            ],
            HITL_WEB_THREADS=str(threads),
        )

    def start_worker(self) -> None:
        quiet = ("--without-gossip", "--without-mingle", "--loglevel", "warning")
        # Threads: a delivery that waits for a slow receiver keeps no other task waiting.
        many = ("--pool", "threads", "--concurrency", "4")
        self._start("worker", "celery", ["-A", "hitl", "worker", *many, *quiet])

    def start_beat(self) -> None:
        schedule = str(self.home / "beat-schedule")
        self._start(
            "beat", "celery", ["-A", "hitl", "beat", "--loglevel", "warning", "-s", schedule]
        )

    def wait_healthy(self) -> None:
        """Until the web server and its database and broker answer, the worker answers a ping and
        beat has written its schedule; ChildFailed if that does not come about."""
        self._wait(lambda: self._answers("/healthz") and self._answers("/readyz"), "web")
        self._wait(lambda: any(self.home.glob("beat-schedule*")), "beat")
        self._wait(self._worker_answers, "worker")

    def check(self) -> None:
        """ChildFailed if a child has ended."""
        for child in self.children:
            code = child.process.poll()
            if code is not None:
                raise ChildFailed(f"{child.name} ended with code {code}. Its log:\n{child.tail()}")

    def stop(self) -> None:
        """Ends every child and what it started, the broker last; waits until they are gone."""
        _end([child for child in self.children if child.name != "broker"])
        _end(self.children)
        self.children.clear()

    def _start(self, name: str, program: str, arguments: Sequence[str], **more: str) -> None:
        log = self.home / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603  (our own programs, no shell)
                [str(Path(sys.executable).with_name(program)), *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                preexec_fn=end_with_parent,
                start_new_session=True,  # Ctrl-C reaches the parent alone, which stops us in order
                env=os.environ | more | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            )
        self.children.append(Child(name, process, log))

    def _wait(self, ready: Callable[[], bool], name: str) -> None:
        deadline = time.monotonic() + HEALTHY_WITHIN
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                child = next(child for child in self.children if child.name == name)
                raise ChildFailed(
                    f"{name} is not healthy after {HEALTHY_WITHIN:.0f} s. Its log:\n{child.tail()}"
                )
            time.sleep(0.1)

    def _answers(self, path: str) -> bool:
        try:
            return httpx.get(self.url + path, timeout=2).is_success
        except httpx.HTTPError:
            return False

    def _worker_answers(self) -> bool:
        from celery import current_app

        return bool(current_app.control.ping(timeout=0.5))


def _end(children: Sequence[Child]) -> None:
    for child in children:
        _signal(child, signal.SIGTERM)
    deadline = time.monotonic() + STOP_WITHIN
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.1, deadline - time.monotonic()))
        _signal(child, signal.SIGKILL)  # also what outlived a leader that was killed
        child.process.wait()


def _signal(child: Child, number: signal.Signals) -> None:
    """To the child's whole group: web and worker have children of their own."""
    with suppress(ProcessLookupError):
        os.killpg(child.process.pid, number)
