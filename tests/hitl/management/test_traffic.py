"""The demo's sender and autopilots, at their own logic; the demo's test runs them over HTTP."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from hitl.management.exhibits import EXHIBITS
from hitl.management.traffic import SLIPS, Autopilot, Sender, Show, Truth, Worker
from models_registry.runtimes.digits import fingerprint

REMARKS = EXHIBITS[-1]


@pytest.fixture
def show(tmp_path: Path) -> Show:
    return Show(REMARKS, Truth(tmp_path / "truth.txt"))


class Server:
    """Answers like the service does, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.asked: list[tuple[str, Any]] = []
        self._answers: Iterator[httpx.Response] = iter(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1")
        self.asked.append((path, json.loads(request.content or b"null")))
        return next(self._answers)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url="http://test", transport=httpx.MockTransport(self))


def test_the_truth_is_kept_across_starts(tmp_path: Path) -> None:
    known = {"abc": "7", "def": {"total": "1.50", "paid": None}, "ghi": "Two\nlines"}
    truth = Truth(tmp_path / "truth.txt")
    truth.load()
    for key, answer in known.items():
        truth.add(key, answer)
    again = Truth(tmp_path / "truth.txt")
    again.load()
    assert again.known == known


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


def test_a_case_goes_out_with_what_the_clients_model_says_and_without_the_truth(
    show: Show,
) -> None:
    server = Server(httpx.Response(201), httpx.Response(201))
    sender = Sender("http://test", "key", show)
    sender._http = server.client()
    sender()
    sender()
    (path, first), (_, second) = server.asked
    assert path == "/workflows/delivery-notes/cases"
    assert set(first) == {"input", "reference", "prediction"}
    assert 0 <= first["prediction"]["confidence"] <= 1
    assert (first["reference"], second["reference"]) == ("delivery-notes-0", "delivery-notes-1")
    value, truth = REMARKS.supply()(0)
    assert first["input"] == value
    assert show.truth.known[fingerprint(value)] == truth


def test_what_was_sent_at_an_earlier_start_does_not_go_out_again(show: Show) -> None:
    value, truth = REMARKS.supply()(1)
    show.truth.add(fingerprint(value), truth)
    server = Server(httpx.Response(201))
    sender = Sender("http://test", "key", show)
    sender._http = server.client()
    sender()  # number 1: as many are known, and this one is
    sender()
    assert [body["reference"] for _, body in server.asked] == ["delivery-notes-2"]


class Steady(Random):
    """Chance that never lets anybody slip."""

    def random(self) -> float:
        return 0.99


def autopilot(show: Show, server: Server) -> Autopilot:
    pilot = Autopilot("http://test", "autopilot-1", "token", [show])
    pilot._http, pilot._chance = server.client(), Steady()
    return pilot


def test_an_autopilot_answers_with_the_truth_again_after_the_suggestion(show: Show) -> None:
    value, truth = REMARKS.supply()(0)
    show.truth.add(fingerprint(value), truth)
    server = Server(
        httpx.Response(200, json={"id": "r", "token": 3, "input": value}),
        httpx.Response(201, json={"id": None, "suggestion": {"value": "x"}, "token": 4}),
        httpx.Response(201, json={"id": "review"}),
    )
    autopilot(show, server)()
    assert server.asked[1:] == [
        ("/referrals/r/review", {"token": token, "value": truth}) for token in (3, 4)
    ]


def test_an_autopilot_leaves_what_it_does_not_know_to_others(show: Show) -> None:
    stranger = {"id": "r", "token": 3, "input": {"line": "somebody else's"}}
    server = Server(httpx.Response(200, json=stranger), httpx.Response(204))
    autopilot(show, server)()
    path, body = server.asked[1]
    assert (path, body["kind"]) == ("/referrals/r/skip", "not_for_me")


def test_an_autopilot_rests_where_nothing_waits(show: Show) -> None:
    server = Server(httpx.Response(204))
    autopilot(show, server)()
    assert server.asked == [("/referrals/claim", {})]
