"""The demo's client system and its autopilot reviewers: both use the public HTTP API only."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec

from models_registry.runtimes import digits

SLIPS = {"autopilot-1": 0.01, "autopilot-2": 0.02, "autopilot-3": 0.04}
"""Each autopilot answers wrongly at this rate, independently of the others and of the model."""


@dataclass(slots=True)
class Truth:
    """The true class of every image sent, by the input's hash. Cases carry no label; this file is
    read by the autopilots alone."""

    path: Path
    known: dict[str, str] = field(default_factory=dict)

    def load(self) -> None:
        if self.path.exists():
            for line in self.path.read_text().splitlines():
                key, _, label = line.partition(" ")
                self.known[key] = label

    def add(self, key: str, label: str) -> None:
        with self.path.open("a") as file:
            file.write(f"{key} {label}\n")
        self.known[key] = label


class Worker(threading.Thread):
    """Does one small thing again and again until told to stop; a server that is away for a moment
    is asked again."""

    def __init__(self, name: str, step: Callable[[], None], every: float, stop: threading.Event):
        super().__init__(name=name, daemon=True)
        self._step, self._every, self._stopped = step, every, stop

    def run(self) -> None:
        while not self._stopped.wait(self._every):
            try:
                self._step()
            except httpx.HTTPError:
                self._stopped.wait(1.0)


class Sender:
    """Sends one unseen image after another as a case."""

    def __init__(self, url: str, workflow: str, key: str, truth: Truth) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"})
        self._path = f"/api/v1/workflows/{workflow}/cases"
        self._truth = truth
        self._unseen = digits.Unseen()
        self._next = len(truth.known)

    def __call__(self) -> None:
        value, label = self._unseen.sample(self._next)
        key = digits.fingerprint(value)
        if key not in self._truth.known:  # two distortions may look the same; each goes out once
            body = {"input": value, "reference": f"digit-{self._next}"}
            repeat = {"Idempotency-Key": f"digit-{self._next}"}
            self._http.post(self._path, json=body, headers=repeat).raise_for_status()
            self._truth.add(key, label)
        self._next += 1


class Autopilot:
    """One simulated reviewer: claims a case, looks its truth up, sometimes slips, submits."""

    def __init__(self, url: str, workflow: str, name: str, token: str, truth: Truth) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"})
        self._workflow, self._truth, self._slip = workflow, truth, SLIPS[name]
        self._chance = random.Random(name)  # noqa: S311  (a simulation, repeatable by name)

    def __call__(self) -> None:
        claimed = self._http.post("/api/v1/referrals/claim", json={"workflow": self._workflow})
        claimed.raise_for_status()
        if claimed.status_code == httpx.codes.NO_CONTENT:
            return
        case = msgspec.json.decode(claimed.content)
        path, token = f"/api/v1/referrals/{case['id']}", case["token"]
        truth = self._truth.known.get(digits.fingerprint(case["input"]))
        if truth is None:
            reason = "This image is not one of the demo's."
            body = {"token": token, "kind": "not_for_me", "reason": reason}
            self._http.post(f"{path}/skip", json=body).raise_for_status()
            return
        wrong = [c for c in digits.CLASSES if c != truth]
        value = self._chance.choice(wrong) if self._chance.random() < self._slip else truth
        answer = {"token": token, "value": value}
        self._http.post(f"{path}/review", json=answer).raise_for_status()
