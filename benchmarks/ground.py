"""What every benchmark stands on: PostgreSQL, the product as granian serves it, clients as OS
processes, and how figures are printed."""

import http.client
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAIRS = 5


@dataclass(frozen=True, slots=True)
class Load:
    """What some clients saw: seconds per request, and for how long they asked in all."""

    seconds: list[float]
    wall: float

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.wall

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def prepare() -> None:
    """Sets the environment and loads Django; servers end with this process."""
    from tests.servers import postgres_url, valkey_url

    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "SECRET_KEY": "only-for-benchmarks-" * 3,
            "HITL_HTTPS": "0",
            "HITL_DATA": tempfile.mkdtemp(prefix="hitl-bench-"),
            "HITL_RATE_LIMIT": "1000000/second",
            "HITL_LOG_LEVEL": "ERROR",
            "REDIS_URL": valkey_url(),
            "DATABASE_URL": postgres_url(),
            "OMP_NUM_THREADS": "1",
        }
    )
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", run_syncdb=True, verbosity=0)


@contextmanager
def served() -> Iterator[Any]:
    """The product behind granian: 2 workers of 4 threads."""
    from hitl.embedded import free_port
    from hitl.management.stack import Stack

    stack = Stack(Path(os.environ["HITL_DATA"]), free_port())
    stack.start_web(workers=2, threads=4)
    try:
        stack._wait(lambda: stack._answers("/readyz"), "web")
        yield stack
    finally:
        stack.stop()


def ask(
    port: int, path: str, headers: dict[str, str], bodies: Sequence[bytes], clients: int
) -> Load:
    """Sends the bodies, shared among clients that each keep one connection; all must be 201."""
    shares = [(port, path, headers, bodies[i::clients]) for i in range(clients)]
    with multiprocessing.get_context("spawn").Pool(clients) as pool:
        pool.map(_nothing, range(clients))  # processes are up before the clock starts
        began = time.perf_counter()
        seconds = pool.starmap(_client, shares, chunksize=1)
        wall = time.perf_counter() - began
    return Load([s for some in seconds for s in some], wall)


def _nothing(_: int) -> None:
    time.sleep(0.05)


def _client(port: int, path: str, headers: dict[str, str], bodies: Sequence[bytes]) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    seconds = []
    for body in bodies:
        began = time.perf_counter()
        connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        content = answer.read()
        seconds.append(time.perf_counter() - began)
        if answer.status != 201:
            raise RuntimeError(f"{answer.status}: {content[:500]!r}")
    return seconds


def paired(ours: Callable[[], float], baseline: Callable[[], float]) -> tuple[list[float], str]:
    """Five alternating pairs; the ratios and a line with their median and range."""
    ratios = [ours() / baseline() for _ in range(PAIRS)]
    middle = statistics.median(ratios)
    return ratios, f"ratio {middle:.2f} (5 pairs, {min(ratios):.2f} to {max(ratios):.2f})"


def verdict(name: str, value: float, bound: float, *, least: bool) -> str:
    met = value >= bound if least else value <= bound
    word = "at least" if least else "at most"
    return f"  {'met   ' if met else 'MISSED'} {name}: {value:.2f}, goal {word} {bound:g}"
