"""The policy: the dials inside a revision, one validated value."""

from typing import Annotated

import msgspec

from models_registry.domain.errors import Invalid

SHARES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
"""The values a share may take: few, so that evidence is counted per probability in few counters."""

Unit = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class WrongShare(ValueError):
    """A share that is none of SHARES; `dial` is the policy's field."""

    def __init__(self, dial: str, value: float) -> None:
        valid = ", ".join(f"{share:g}" for share in SHARES)
        super().__init__(f"{dial} is {value:g}; valid: {valid}")
        self.dial = dial


class Fixed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="rule", tag="fixed"):
    """Automate at or above one number that a person chose."""

    threshold: Unit = 0.9


class Target(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="rule", tag="target"
):
    """Automate where a certificate shows the error to be at most `max_error`."""

    max_error: Annotated[float, msgspec.Meta(gt=0.0, lt=1.0)] = 0.02
    confidence: Annotated[float, msgspec.Meta(ge=0.5, lt=1.0)] = 0.95


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How cases are routed and judged.

    audit_share: share of automated cases that a person judges blind as well.
    blind_share: share of referred cases judged without the suggestion; None stands for 1 under a
        target (every referred case can be evidence) and 0.1 under a fixed threshold.
    reviews_required: people who judge one case.
    undo_seconds: how long a submitted judgement waits before it decides.
    lease_minutes: how long a claimed case stays reserved.
    due_hours, audit_due_hours: when a referral is due if the client names no time.
    """

    threshold: Fixed | Target = msgspec.field(default_factory=Fixed)
    audit_share: float = 0.05
    blind_share: float | None = None
    reviews_required: Annotated[int, msgspec.Meta(ge=1, le=1)] = 1
    undo_seconds: Annotated[int, msgspec.Meta(ge=0, le=600)] = 0
    lease_minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)] = 10
    due_hours: Annotated[int, msgspec.Meta(ge=1, le=8760)] = 24
    audit_due_hours: Annotated[int, msgspec.Meta(ge=1, le=8760)] = 72

    def __post_init__(self) -> None:
        if self.audit_share not in SHARES:
            raise WrongShare("audit_share", self.audit_share)
        if self.blind_share is not None and self.blind_share not in SHARES:
            raise WrongShare("blind_share", self.blind_share)

    @property
    def blind_share_in_force(self) -> float:
        if self.blind_share is not None:
            return self.blind_share
        return 1.0 if isinstance(self.threshold, Target) else 0.1


def parse_policy(value: object, pointer: str = "/policy") -> Policy:
    """A policy from decoded JSON; Invalid at the field that is wrong."""
    try:
        return msgspec.convert(value, Policy)
    except msgspec.ValidationError as error:
        detail, _, path = str(error).partition(" - at `$")
        if isinstance(error.__cause__, WrongShare):
            path = f".{error.__cause__.dial}"
        raise Invalid.at(pointer + path.rstrip("`").replace(".", "/"), detail + ".") from error
