"""Webhooks from outside: real workers, a real receiver, and somebody who pulls the plug."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests import processes, receiver
from tests.processes import ROOT, Caller, Stack, until
from tests.receiver import Receiver, in_order, receiving, says

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """An installation that may call loopback, where the receivers are."""
    home = tmp_path_factory.mktemp("hooks")
    with processes.stack(request.param, home, HITL_OUTGOING_ALLOWED="127.0.0.0/8") as made:
        yield made


LEASES_END = """
import django; django.setup()
from django.db.models.functions import Now
from hitl.models import Delivery
Delivery.objects.filter(state="pending").update(next_at=Now())
"""  # a minute later


class Shop:
    """A client system with an endpoint."""

    def __init__(self, stack: Stack, **world: Any) -> None:
        self.name = f"w{uuid4().hex[:12]}"
        made = stack.world(**{"slug": self.name, "level": "full_automation", "script": {}} | world)
        self.http = Caller(stack.url, made["key"])
        self.secret = ""

    def __enter__(self) -> "Shop":
        return self

    def __exit__(self, *_: object) -> None:
        self.http.__exit__()

    def listen(self, url: str) -> str:
        made = self.http.send("POST", "endpoints", {"url": url})
        assert made.status_code == 201, made.text
        self.secret = made.json()["secret"]
        told: str = made.json()["endpoint"]["id"]
        return told

    def send(self, count: int) -> list[str]:
        cases = [{"input": {"text": "hi"}}] * count
        sent = self.http.send("POST", f"workflows/{self.name}/cases", cases)
        assert sent.status_code == 201, sent.text
        return [one["id"] for one in sent.json()]

    def states(self) -> set[str]:
        found = self.http.get("deliveries?limit=1000")["deliveries"]
        return {one["state"] for one in found}


@contextlib.contextmanager
def working(stack: Stack) -> Iterator[None]:
    children = [stack.start_celery("worker"), stack.start_celery("beat", "-s", _beat(stack))]
    try:
        yield
    finally:
        stack.stop(*children)


def _beat(stack: Stack) -> str:
    return str(stack.home / f"beat-{uuid4().hex}")


def kill(stack: Stack, child: "subprocess.Popen[str]") -> None:
    """Pulls the plug on a process and all that it started."""
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    stack.children.remove(child)


def test_every_decision_reaches_a_receiver_that_misbehaves(stack: Stack) -> None:
    """It fails, redirects, hangs up, lies, breaks off and comes back."""
    moods = [
        says(500),
        says(302, Location="http://127.0.0.1:1/"),
        receiver.hangs_up,
        receiver.garbage,
        says(429, Retry_After="1"),
        receiver.promises_more,
    ]
    with receiving(Receiver(script=moods)) as hooks, Shop(stack) as shop:
        shop.listen(hooks.url)
        cases = shop.send(40)
        with working(stack):
            until(lambda: shop.states() == {"done"}, f"all delivered {stack.logs()}", 60)
        numbers = hooks.numbers(shop.secret)
        assert set(numbers) == set(cases), "none is lost, and none is made up"
        assert all(in_order(seen) and set(seen) == {1} for seen in numbers.values())
        assert len(hooks.heard) >= 40 + 5


def test_a_worker_killed_while_it_sends_costs_a_repetition_and_no_message(stack: Stack) -> None:
    """First the receiver keeps all requests waiting; the worker dies with every send under way."""
    hooks = Receiver()
    hooks.usually = hooks.stalls
    with receiving(hooks), Shop(stack) as shop:
        shop.listen(hooks.url)
        cases = shop.send(3)
        worker = stack.start_celery("worker")
        beat = stack.start_celery("beat", "-s", _beat(stack))
        until(lambda: len(hooks.heard) == 3, f"all three are being sent {stack.logs()}")
        kill(stack, worker)
        hooks.usually = receiver.ok
        hooks.enough.set()
        assert shop.states() == {"pending"}
        stack.run("-c", LEASES_END)
        again = stack.start_celery("worker")
        try:
            until(lambda: shop.states() == {"done"}, f"all delivered {stack.logs()}", 120)
        finally:
            stack.stop(again, beat)
        numbers = hooks.numbers(shop.secret)
        assert set(numbers) == set(cases)
        assert {len(seen) for seen in numbers.values()} == {2}, "heard twice, under the same id"
        assert len({one.id for one in hooks.heard}) == 3


def test_nothing_is_sent_after_410(stack: Stack) -> None:
    """Two attempts may be under way at the same time; none begins after the answer was noted."""
    with receiving(Receiver(usually=says(410))) as hooks, Shop(stack) as shop:
        endpoint = shop.listen(hooks.url)
        shop.send(30)
        with working(stack):
            until(lambda: shop.states() == {"failed"}, f"all given up {stack.logs()}")
            told = shop.http.get(f"endpoints/{endpoint}")
            assert told["state"] == "disabled"
            heard = len(hooks.heard)
            assert heard <= 8
            shop.send(5)
            with receiving() as other, Shop(stack) as another:
                another.listen(other.url)
                another.send(1)
                until(lambda: another.states() == {"done"}, "a later message of somebody else")
        assert len(hooks.heard) == heard


def test_eight_workers_take_each_delivery_once(stack: Stack) -> None:
    with Shop(stack) as shop:
        for _ in range(6):
            shop.listen("http://127.0.0.1:1/")
        shop.send(5)
        with takers(stack, 8, most=3, times=200) as workers:
            taken = _go(workers)
        assert len(taken) == len(set(taken)), "no two workers have the same"
        assert len(taken) == 30, "what one passes over another takes"
        found = shop.http.get("deliveries?limit=1000")["deliveries"]
        assert {one["attempts"] for one in found} == {1}


@pytest.mark.parametrize("stack", ["postgresql"], indirect=True)
def test_taking_waits_for_nobody_and_nobody_for_it(stack: Stack) -> None:
    """Neither for an endpoint that another worker looks at; nor does a decision wait for that."""
    with (
        Shop(stack) as shop,
        psycopg.connect(stack.environment["DATABASE_URL"]) as other,
    ):
        held, free = shop.listen("http://127.0.0.1:1/"), shop.listen("http://127.0.0.1:1/")
        shop.send(1)
        other.execute("SELECT 1 FROM hitl_endpoint WHERE id = %s FOR NO KEY UPDATE", [held])
        with takers(stack, 1, most=64, times=1) as workers:
            (taken,) = _go(workers)
        assert shop.http.get(f"deliveries/{taken}")["delivery"]["endpoint"] == free
        shop.send(1)
        other.rollback()


Worker = subprocess.Popen[str]


@contextlib.contextmanager
def takers(stack: Stack, count: int, *, most: int, times: int) -> Iterator[list[Worker]]:
    """Workers that are ready to take what is due."""
    command = [sys.executable, "-m", "tests.journeys.taker", str(most), str(times)]
    pipe = subprocess.PIPE
    with contextlib.ExitStack() as ends:
        workers = []
        for _ in range(count):
            worker = subprocess.Popen(
                command, cwd=ROOT, env=stack.environment, stdin=pipe, stdout=pipe, text=True
            )
            ends.enter_context(worker)
            ends.callback(worker.kill)
            workers.append(worker)
        for worker in workers:
            assert worker.stdout
            assert json.loads(worker.stdout.readline()) == "ready"
        yield workers


def _go(workers: list[Worker]) -> list[str]:
    """What all of them took, each at the same time as the others."""
    for worker in workers:
        assert worker.stdin
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return [one for worker in workers for one in json.loads(worker.communicate(timeout=60)[0])]


def test_a_private_address_is_not_called_by_a_worker_either(stack: Stack) -> None:
    """The address was allowed when it was registered."""
    with receiving() as hooks, Shop(stack) as shop:
        shop.listen(hooks.url)
        shop.send(1)
        environment = stack.environment | {"HITL_OUTGOING_ALLOWED": ""}
        program = "import django; django.setup(); from hitl import tasks; print(tasks.deliver())"
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert int(done.stdout) >= 1, done.stderr
        assert hooks.heard == []
        (one,) = shop.http.get("deliveries")["deliveries"]
        log = shop.http.get(f"deliveries/{one['id']}")["log"]
        assert "private address" in log[0]["error"]
