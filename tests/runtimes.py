"""Runtimes for tests: a scripted model and a slow one, plugged in as any runtime is."""

import time
from collections.abc import Mapping, Sequence

import msgspec

from models_registry.domain.scoring import Outcome, PredictionFailed
from models_registry.runtimes.base import RUNTIMES, Inspection, Loaded


class Script(msgspec.Struct):
    """What a scripted model does: the same answer to every input, after `seconds`."""

    value: object = "yes"
    confidence: float | None = 0.95
    seconds: float = 0.0
    fails: str = ""
    classes: list[str] = msgspec.field(default_factory=lambda: ["no", "yes"])


class Scripted:
    def __init__(self, script: Script) -> None:
        self.script = script

    def predict(self, inputs: Sequence[object]) -> list[Outcome]:
        time.sleep(self.script.seconds)
        if self.script.fails:
            raise PredictionFailed(self.script.fails)
        return [Outcome(self.script.value, self.script.confidence)] * len(inputs)


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
