"""What every runtime offers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from models_registry.domain.catalogue import Catalogue
from models_registry.domain.scoring import Outcome


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a runtime found in an artifact at registration."""

    classes: list[str]


class Loaded(Protocol):
    """A version ready to answer, in this process."""

    def predict(self, inputs: Sequence[object]) -> list[Outcome]:
        """One outcome per input, in order. A failure raises PredictionFailed or is an outcome
        with an error; latency is filled in by the caller."""


class Runtime(Protocol):
    """One kind of model. Its library is imported when the first version is loaded, not before."""

    name: str
    title: str
    needs_artifact: bool
    answers: bool
    """False when the client brings the prediction with the case."""

    def inspect(self, artifact: bytes, schema: Mapping[str, object]) -> Inspection:
        """Reads an artifact for registration; Invalid with the reason if it cannot be served."""

    def load(self, artifact: bytes, schema: Mapping[str, object], classes: Sequence[str]) -> Loaded:
        """A version that answers; PredictionFailed if it cannot."""


RUNTIMES: Catalogue[Runtime] = Catalogue("runtime")
