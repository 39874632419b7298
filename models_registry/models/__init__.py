"""Tables of the registry, and the building blocks that every app's tables share."""

from models_registry.models.rows import CompactJSON, Erasable, Fact, new_id
from models_registry.models.versions import Artifact, ModelVersion, RegisteredModel

__all__ = [
    "Artifact",
    "CompactJSON",
    "Erasable",
    "Fact",
    "ModelVersion",
    "RegisteredModel",
    "new_id",
]
