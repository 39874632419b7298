"""The demo's sender and autopilots, at their own logic; the demo's test runs them over HTTP."""

import threading
from pathlib import Path

import httpx

from hitl.management.traffic import SLIPS, Truth, Worker


def test_the_truth_is_kept_across_starts(tmp_path: Path) -> None:
    truth = Truth(tmp_path / "truth.txt")
    truth.load()
    truth.add("abc", "7")
    again = Truth(tmp_path / "truth.txt")
    again.load()
    assert again.known == {"abc": "7"}


def test_a_server_that_is_away_is_asked_again() -> None:
    stop, asked = threading.Event(), threading.Event()
    calls: list[int] = []

    def step() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise httpx.ConnectError("away")
        asked.set()

    worker = Worker("test", step, 0.001, stop)
    worker.start()
    assert asked.wait(10)
    stop.set()
    worker.join(10)
    assert not worker.is_alive()


def test_autopilots_slip_at_different_stated_rates() -> None:
    assert len(set(SLIPS.values())) == len(SLIPS) == 3
