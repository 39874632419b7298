"""The client runtime: the client system asks its own model and brings the prediction along."""

from collections.abc import Mapping, Sequence

from models_registry.domain.errors import Invalid
from models_registry.domain.scoring import PredictionFailed
from models_registry.runtimes.base import RUNTIMES, Inspection, Loaded


@RUNTIMES.named("client")
class ClientRuntime:
    """A model that runs at the client, on a device for example; nothing is loaded here.

    >>> ClientRuntime().inspect(b"", {})
    Inspection(classes=[])
    """

    name = "client"
    title = "Client brings the prediction"
    needs_artifact = False
    answers = False

    def inspect(self, artifact: bytes, schema: Mapping[str, object]) -> Inspection:
        if artifact:
            raise Invalid.at("/artifact", "A client model has no artifact; leave it out.")
        return Inspection(classes=[])

    def load(self, artifact: bytes, schema: Mapping[str, object], classes: Sequence[str]) -> Loaded:
        raise PredictionFailed("The client brings this model's predictions; there is none to call.")
