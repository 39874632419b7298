"""The demo's client system and its autopilot reviewers: both use the public HTTP API only."""

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec

from hitl.management.exhibits import Exhibit
from models_registry.runtimes import digits

SLIPS = {"autopilot-1": 0.01, "autopilot-2": 0.02, "autopilot-3": 0.04}
"""Each autopilot answers wrongly at this rate, independently of the others and of the model."""


@dataclass(slots=True)
class Truth:
    """The true answer to every input sent, by the input's hash. Cases carry no label; this file is
    read by the autopilots alone."""

    path: Path
    known: dict[str, Any] = field(default_factory=dict)

    def load(self) -> None:
        if self.path.exists():
            for line in self.path.read_bytes().splitlines():
                key, answer = msgspec.json.decode(line)
                self.known[key] = answer

    def add(self, key: str, answer: object) -> None:
        with self.path.open("ab") as file:
            file.write(msgspec.json.encode([key, answer]) + b"\n")
        self.known[key] = answer


@dataclass(frozen=True, slots=True)
class Show:
    """A workflow of the demo with the truths of what was sent to it."""

    exhibit: Exhibit
    truth: Truth


class Worker(threading.Thread):
    """Does one small thing again and again until told to stop; a server that is away for a moment
    is asked again."""

    def __init__(self, name: str, step: Callable[[], object], every: float, stop: threading.Event):
        super().__init__(name=name, daemon=True)
        self._step, self._every, self._stopped = step, every, stop

    def run(self) -> None:
        while not self._stopped.wait(self._every):
            try:
                self._step()
            except httpx.HTTPError:
                self._stopped.wait(1.0)


class Sender:
    """Sends one unseen input after another as a case, with what the client's own model says."""

    def __init__(self, url: str, key: str, show: Show) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"})
        self._exhibit, self._truth = show.exhibit, show.truth
        self._path = f"/api/v1/workflows/{show.exhibit.slug}/cases"
        self._sample = show.exhibit.supply()
        self._next = len(show.truth.known)

    def __call__(self) -> None:
        value, answer = self._sample(self._next)
        key = digits.fingerprint(value)
        if key not in self._truth.known:  # two inputs may look the same; each goes out once
            name = f"{self._exhibit.slug}-{self._next}"
            body = {"input": value, "reference": name}
            if self._exhibit.predict:
                body["prediction"] = self._exhibit.predict(value)
            repeat = {"Idempotency-Key": name}
            self._http.post(self._path, json=body, headers=repeat).raise_for_status()
            self._truth.add(key, answer)
        self._next += 1


class Autopilot:
    """One simulated reviewer of all workflows: claims a case, looks its truth up, sometimes slips,
    submits; asked again after seeing the suggestion, looks again. Called, it says whether there
    was a case for it."""

    def __init__(
        self, url: str, name: str, token: str, shows: Sequence[Show], slip: float | None = None
    ) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"})
        self._shows, self._slip = shows, SLIPS[name] if slip is None else slip
        self._chance = random.Random(name)  # noqa: S311  (a simulation, repeatable by name)

    def __call__(self) -> bool:
        claimed = self._http.post("/api/v1/referrals/claim", json={})
        claimed.raise_for_status()
        if claimed.status_code == httpx.codes.NO_CONTENT:
            return False
        case = msgspec.json.decode(claimed.content)
        path, token = f"/api/v1/referrals/{case['id']}", case["token"]
        key = digits.fingerprint(case["input"])
        show = next((show for show in self._shows if key in show.truth.known), None)
        if show is None:
            body = {"token": token, "kind": "not_for_me", "reason": "This is none of the demo's."}
            self._http.post(f"{path}/skip", json=body).raise_for_status()
            return True
        while token:  # where answers are given in two stages the final one goes by another token
            answer = {"token": token, "value": self._answer(show, key)}
            done = self._http.post(f"{path}/review", json=answer).raise_for_status()
            token = msgspec.json.decode(done.content).get("token")
        return True

    def _answer(self, show: Show, key: str) -> Any:
        truth = show.truth.known[key]
        slips = self._chance.random() < self._slip
        return show.exhibit.slip(truth, self._chance) if slips else truth
