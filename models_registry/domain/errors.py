"""What can go wrong, said once: every error carries a stable code and, if it has one, the field."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one field; `pointer` is a JSON Pointer (RFC 6901) into the body."""

    pointer: str
    detail: str


def cut(text: str, most: int = 100) -> str:
    """What somebody sent, short enough to be said back to them.

    >>> cut("short"), cut("x" * 500, 5)
    ('short', 'xxxx…')
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


class DomainError(Exception):
    """The caller asked for something the rules refuse. Doors map the class to an HTTP status."""

    code: ClassVar[str] = "refused"

    def __init__(self, detail: str, *, problems: tuple[Problem, ...] = (), **facts: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = problems
        self.facts = facts


class Invalid(DomainError):
    """A value is wrong; `problems` says which and what would be right."""

    code = "invalid"

    @classmethod
    def at(cls, pointer: str, detail: str) -> "Invalid":
        return cls(detail, problems=(Problem(pointer, detail),))


class Missing(DomainError):
    """There is no such thing, or not for this caller."""

    code = "not-found"


class Forbidden(DomainError):
    """The caller is known and may not do this."""

    code = "forbidden"


class Conflict(DomainError):
    """Somebody else was first, or the thing is not in a state for this."""

    code = "conflict"


class Stale(Conflict):
    """A claim's token is no longer the newest; `facts` say who holds the case until when."""

    code = "stale-claim"


class Reused(DomainError):
    """An idempotency key came back with another body."""

    code = "idempotency-key-reused"


class TooLarge(DomainError):
    """The body or the artifact is over the limit."""

    code = "too-large"


class Busy(DomainError):
    """The service could not finish this now; trying again may work."""

    code = "busy"
