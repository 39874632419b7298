"""The demo's story of earned automation, told by simulated people through the public API alone.

Digits begin at shadow under a target. A client sends them as fast as the autopilots judge them,
until the service has gone up by itself; some time later the client's scanner fails, and its images
are degraded until the service has gone back to people.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import httpx
import msgspec

from hitl.management.traffic import Autopilot, Show, Worker
from models_registry.runtimes import digits

SLIP = 0.005
"""Each of the story's autopilots answers wrongly at this rate."""
POLICY: Mapping[str, Any] = {
    "threshold": {"rule": "target", "max_error": 0.02, "confidence": 0.95},
    "promote": "itself",
    "undo_seconds": 0,  # simulated people take nothing back
    "due_hours": 1,
    "audit_due_hours": 1,
}
STRETCH = 1200  # automated decisions before the scanner fails: audits have become fewer by then
BATCH = 20
CALM = 1.5  # seconds between batches while images are degraded, so that each step is seen
AUTOMATES = ("partial_automation", "full_automation")


class Act(StrEnum):
    """Where the story stands."""

    EARNING = "people decide, the model answers silently"
    AUTOMATED = "the model decides what is proven"
    DEGRADED = "the scanner fails: images are degraded"
    OVER = "people decide again; the scanner is repaired"


@dataclass(slots=True)
class Story:
    """What both sides of the story know: the client, and who tells it. seen: the newest revision
    that was told; live: the threshold it had; widened: how often that became looser."""

    act: Act = Act.EARNING
    automated: int = 0
    seen: int = 0
    live: float | None = None
    widened: int = 0
    idle: threading.Event = field(default_factory=threading.Event)

    def turn(self, revisions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """Goes on by what the revisions (the newest first) say; the lines to tell."""
        for one in reversed(revisions):
            if one["number"] > self.seen:
                self._see(one)
                yield f"  revision {one['number']} ({one['cause']}) {one['level']}: {one['reason']}"
        act = self._next(automates=revisions[0]["level"] in AUTOMATES)
        if act != self.act:
            self.act = act
            yield f"  {act.value}"

    def goes_on(self, revisions: Sequence[Mapping[str, Any]]) -> str:
        """The line to tell where an earlier start has left revisions (the newest first): they are
        known, and the story goes on after them."""
        for one in reversed(revisions):
            self._see(one)
        newest = revisions[0]
        return f"  Kept data: goes on after revision {newest['number']}, {newest['level']}."

    def _see(self, one: Mapping[str, Any]) -> None:
        live = min(one["thresholds"].values(), default=None)
        if live is not None and self.live is not None and live < self.live:
            self.widened += 1
        self.seen, self.live = one["number"], live

    def _next(self, *, automates: bool) -> Act:
        if self.act is Act.EARNING and automates:
            return Act.AUTOMATED
        if self.act is Act.AUTOMATED and self.automated >= STRETCH and self.widened:
            return Act.DEGRADED
        if self.act is Act.DEGRADED and not automates:
            return Act.OVER
        return self.act


class Scanner:
    """The client: sends the next digits once nothing waits for the autopilots any more."""

    def __init__(self, url: str, key: str, show: Show, story: Story) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=30)
        self._truth, self._story = show.truth, story
        self._path = f"/api/v1/workflows/{show.exhibit.slug}/cases"
        self._unseen = digits.Unseen()
        self._next = len(show.truth.known)

    def __call__(self) -> None:
        if not self._story.idle.is_set():
            return
        self._story.idle.clear()
        degraded = self._story.act is Act.DEGRADED
        numbers = range(self._next, self._next + BATCH)
        samples = [self._unseen.varied(i, degraded=degraded) for i in numbers]
        for value, answer in samples:  # before they are sent: somebody may be asked at once
            self._truth.add(digits.fingerprint(value), answer)
        body = [
            {"input": value, "reference": f"scan-{i}"}
            for i, (value, _) in zip(numbers, samples, strict=True)
        ]
        name = f"scan-{self._next}" + "-degraded" * degraded  # sent again, it may be degraded now
        repeat = {"Idempotency-Key": name}
        sent = self._http.post(self._path, json=body, headers=repeat).raise_for_status()
        told = msgspec.json.decode(sent.content)
        self._story.automated += sum(one["route"]["action"] == "automate" for one in told)
        self._next += BATCH


class Narrator:
    """The operator: says what is to be earned, then only reads what happens."""

    def __init__(
        self, url: str, token: str, slug: str, story: Story, say: Callable[[str], object]
    ) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"})
        self._path, self._story, self._say = f"/api/v1/workflows/{slug}", story, say

    def open(self) -> None:
        """States the target. Where an earlier start has left more than the first revision, says
        where it goes on; from a level that yields no evidence of every case it begins at shadow."""
        kept = self._revisions()
        if len(kept) > 1:
            self._say(self._story.goes_on(kept))
        said = {"reason": "The story begins: automation is to be earned."}
        self._http.patch(self._path, json={"policy": POLICY, **said}).raise_for_status()
        if kept[0]["level"] not in ("shadow", *AUTOMATES):
            begins = {"level": "shadow", **said}
            self._http.put(f"{self._path}/level", json=begins).raise_for_status()

    def __call__(self) -> None:
        for line in self._story.turn(self._revisions()):
            self._say(line)

    def _revisions(self) -> list[dict[str, Any]]:
        found = self._http.get(f"{self._path}/revisions").raise_for_status()
        return list(msgspec.json.decode(found.content))


def begin(
    url: str,
    *,
    key: str,
    operator: str,
    autopilots: Mapping[str, str],
    show: Show,
    say: Callable[[str], object],
    stop: threading.Event,
) -> None:
    """Starts everybody who plays in it; they end with `stop`."""
    story = Story()
    narrator = Narrator(url, operator, show.exhibit.slug, story, say)
    narrator.open()
    Worker("narrator", narrator, 1.0, stop).start()
    Worker("scanner", _paced(Scanner(url, key, show, story), story, stop), 0.02, stop).start()
    for name, token in autopilots.items():
        pilot = Autopilot(url, name, token, [show], SLIP)
        Worker(name, _busy(pilot, story, stop), 0.1, stop).start()


def _paced(scanner: Scanner, story: Story, stop: threading.Event) -> Callable[[], None]:
    """Slowly while images are degraded, and when the story is over."""

    def step() -> None:
        scanner()
        if story.act in (Act.DEGRADED, Act.OVER):
            stop.wait(CALM)

    return step


def _busy(pilot: Autopilot, story: Story, stop: threading.Event) -> Callable[[], None]:
    """One case after another while there are any."""

    def step() -> None:
        while not stop.is_set():
            if not pilot():
                story.idle.set()
                return

    return step
