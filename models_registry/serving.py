"""Serving: asks one given version. Never chooses which; keeps loaded versions in the process."""

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from models_registry import blobs
from models_registry.domain.errors import DomainError
from models_registry.domain.scoring import Outcome
from models_registry.models import ModelVersion
from models_registry.runtimes import RUNTIMES, Loaded

log = logging.getLogger(__name__)
MOST_LOADED = 16  # versions kept in one process; a model is some 1-100 MB
_loaded: dict[UUID, Loaded] = {}
_loading = threading.Lock()


def _load(version_id: UUID) -> Loaded:
    version = ModelVersion.objects.select_related("artifact").get(pk=version_id)
    artifact = blobs.get(version.artifact.sha256) if version.artifact else b""
    return RUNTIMES[version.runtime].load(artifact, version.schema, version.classes)


def warm(version_id: UUID) -> Loaded:
    """The version, loaded once per process however many threads ask at the same time. Versions
    that are loaded already never wait for one that is being loaded."""
    found = _loaded.get(version_id)
    if found is not None:
        return found
    with _loading:
        if version_id not in _loaded:
            loaded = _load(version_id)
            while len(_loaded) >= MOST_LOADED:
                _loaded.pop(next(iter(_loaded)))  # the one loaded first
            _loaded[version_id] = loaded
        return _loaded[version_id]


def forget() -> None:
    """Drops what this process has loaded; the next prediction loads anew."""
    with _loading:
        _loaded.clear()


def predict(version_id: UUID, inputs: Sequence[object]) -> list[Outcome]:
    """One outcome per input, in order. Never raises for a model's fault: what fails is a NULL
    prediction with its reason."""
    began = time.perf_counter()
    try:
        outcomes = warm(version_id).predict(inputs)
        if len(outcomes) != len(inputs):
            raise ValueError(f"{len(outcomes)} answers for {len(inputs)} inputs")
    except Exception as error:  # a model may fail in any way; the case then goes to people
        reason = error.detail if isinstance(error, DomainError) else f"{error}"
        log.warning("prediction failed version=%s error=%s", version_id, type(error).__name__)
        outcomes = [Outcome(None, None, reason or type(error).__name__)] * len(inputs)
    each = (time.perf_counter() - began) / max(1, len(inputs))
    return [replace(outcome, latency=each) for outcome in outcomes]
