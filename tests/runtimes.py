"""Runtimes for tests: a scripted model and a slow one, plugged in as any runtime is.

In the test's own process ASKED holds the size of each call so far, whatever stands in MEANWHILE is
done once, while the model thinks, and what stands in NONSENSE is answered instead of the script."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import msgspec

from models_registry.domain.scoring import Outcome, PredictionFailed
from models_registry.runtimes.base import RUNTIMES, Inspection, Loaded

ASKED: list[int] = []
MEANWHILE: list[Callable[[], object]] = []
NONSENSE: list[Outcome] = []


class Script(msgspec.Struct):
    """What a scripted model does: the same answer to every input, after `seconds`. A confidence
    may be the text "nan" or "inf", which JSON has no numbers for. With `marks`, a directory, each
    call leaves an empty file there and thinks until there is one called `enough`."""

    value: object = "yes"
    confidence: float | str | None = 0.95
    seconds: float = 0.0
    marks: str = ""
    fails: str = ""
    classes: list[str] = msgspec.field(default_factory=lambda: ["no", "yes"])


class Scripted:
    def __init__(self, script: Script) -> None:
        self.script = script

    def predict(self, inputs: Sequence[object]) -> list[Outcome]:
        ASKED.append(len(inputs))
        now = list(MEANWHILE)
        MEANWHILE.clear()  # what is added by these is for the next call
        for act in now:
            act()
        time.sleep(self.script.seconds)
        if self.script.marks:
            self._think(Path(self.script.marks))
        if self.script.fails:
            raise PredictionFailed(self.script.fails)
        if NONSENSE:
            return NONSENSE * len(inputs)
        return [Outcome(self.script.value, self._confidence(one)) for one in inputs]

    def _think(self, marks: Path) -> None:
        (marks / uuid4().hex).touch()
        end = time.monotonic() + 20
        while not (marks / "enough").exists() and time.monotonic() < end:
            time.sleep(0.02)

    def _confidence(self, one: object) -> float | None:
        said = self.script.confidence
        if isinstance(one, dict) and "confidence" in one:
            said = one["confidence"]
        return None if said is None else float(said)


@RUNTIMES.named("scripted")
class ScriptedRuntime:
    """Its artifact is a Script as JSON. An input's own `confidence` is answered if it has one."""

    name = "scripted"
    title = "Scripted, for tests"
    needs_artifact = True
    answers = True

    def inspect(self, artifact: bytes, schema: Mapping[str, object]) -> Inspection:
        return Inspection(msgspec.json.decode(artifact, type=Script).classes)

    def load(self, artifact: bytes, schema: Mapping[str, object], classes: Sequence[str]) -> Loaded:
        return Scripted(msgspec.json.decode(artifact, type=Script))
