"""JSON Schema: compiled once, asked per input, errors as field pointers.

Remote references are refused (a schema cannot make the service fetch anything) and patterns run on
a linear-time engine (a schema cannot make it hang).
"""

from collections.abc import Mapping
from itertools import islice
from typing import Any

import jsonschema_rs

from models_registry.domain.errors import Invalid, Problem

MOST_PROBLEMS = (
    20  # enough to mend a body in one go; a 1,000-number array must not answer 1,000 lines
)
LONGEST = 300  # characters of one problem: the engine quotes the value, and a body may be 10 MB


def _refuse(uri: str) -> Any:
    raise ValueError(f"reference to {uri} is not allowed: a schema must be complete in itself")


def _pointer(path: list[str | int]) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def _short(message: str) -> str:
    """The message with its middle left out: the value stands first, what is wrong with it last."""
    half = LONGEST // 2
    return message if len(message) <= LONGEST else f"{message[:half]} ... {message[-half:]}"


class InputSchema:
    """A compiled schema.

    >>> InputSchema({"type": "object", "required": ["text"]}).problems({}, "/input")[0].pointer
    '/input'
    """

    def __init__(self, schema: Mapping[str, object]) -> None:
        try:
            self._validator = jsonschema_rs.Draft202012Validator(
                dict(schema),
                retriever=_refuse,
                pattern_options=jsonschema_rs.RegexOptions(),
                validate_formats=True,
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            reason = getattr(error, "message", None) or str(error)
            raise Invalid.at("/schema", f"Not a usable JSON Schema: {reason}") from error

    def problems(self, value: object, prefix: str = "") -> list[Problem]:
        """What is wrong with `value`, at most 20 entries, pointers starting with `prefix`."""
        if self._validator.is_valid(value):
            return []
        errors = islice(self._validator.iter_errors(value), MOST_PROBLEMS)
        return [
            Problem(prefix + _pointer(list(e.instance_path)), _short(e.message)) for e in errors
        ]
