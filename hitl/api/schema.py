"""Puts the shapes of all doors into the generated API description."""

from typing import Any

from models_registry.api.openapi import COMPONENTS

BODY_OPTIONAL = {"claim_the_next_case"}


def add_components(
    result: dict[str, Any],
    generator: Any,
    request: Any,
    public: bool,  # noqa: FBT001
) -> dict[str, Any]:
    """drf-spectacular's postprocessing hook. It also says which bodies must not be left out, which
    drf-spectacular does not for shapes that are no serializers."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(COMPONENTS)
    for operations in result["paths"].values():
        for operation in operations.values():
            if "requestBody" in operation and operation["operationId"] not in BODY_OPTIONAL:
                operation["requestBody"]["required"] = True
    return result
