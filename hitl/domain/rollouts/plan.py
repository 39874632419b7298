"""The plan of a rollout: its strategy's dials, one validated value."""

from itertools import pairwise
from typing import Annotated, Literal

import msgspec

from hitl.domain.policy import SHARES
from models_registry.domain.errors import Invalid

Share = Annotated[float, msgspec.Meta(gt=0.0, le=1.0)]
Rate = Annotated[float, msgspec.Meta(gt=0.0, lt=1.0)]


class Stage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of a canary. share: of the cases that the challenger answers. soak_minutes: how long
    it lasts at least. judged: of how many of the challenger's cases people have told by then."""

    share: Share
    soak_minutes: Annotated[int, msgspec.Meta(ge=0, le=525_600)] = 60
    judged: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 200


USUAL = (Stage(0.01), Stage(0.05), Stage(0.2), Stage(0.5))


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a rollout goes on.

    share: of the cases that a shadow challenger answers silently.
    steps: of a canary; after the last one all traffic goes to the challenger.
    advance: whether steps are taken by the service itself, or wait for a person.
    goal: what has to be shown before all traffic moves: that the challenger is `not_worse`, that it
        is `better`, or, under a target, that it is `certified` and nothing speaks against it.
    margin: by how much a challenger may err more often in shadow and still be not worse.
    ratio: by what factor it may in a canary.
    slow_seconds: an answer that takes longer is slow.
    most_failing, most_slow: the share of failed and of slow answers that is still acceptable.
    doubt_share: share of automated cases that a person judges as well because the challenger said
        something else about them.
    """

    share: Share = 1.0
    steps: Annotated[tuple[Stage, ...], msgspec.Meta(min_length=1, max_length=20)] = USUAL
    advance: Literal["itself", "person"] = "itself"
    goal: Literal["not_worse", "better", "certified"] = "not_worse"
    margin: Rate = 0.01
    ratio: Annotated[float, msgspec.Meta(gt=1.0, le=10.0)] = 1.5
    slow_seconds: Annotated[float, msgspec.Meta(gt=0.0, le=60.0)] = 1.0
    most_failing: Rate = 0.01
    most_slow: Rate = 0.01
    doubt_share: float = 0.25

    def __post_init__(self) -> None:
        shares = [step.share for step in self.steps]
        if any(later <= earlier for earlier, later in pairwise(shares)):
            raise ValueError("steps: each step needs a larger share than the one before")
        if self.doubt_share not in SHARES:
            valid = ", ".join(f"{share:g}" for share in SHARES)
            raise ValueError(f"doubt_share is {self.doubt_share:g}; valid: {valid}")


def parse_plan(value: object, pointer: str = "/plan") -> Plan:
    """The plan that `value` says, the usual dials where it says nothing; Invalid at the field that
    is wrong."""
    try:
        return msgspec.convert(value, Plan, strict=True)
    except msgspec.ValidationError as error:
        detail, _, path = str(error).partition(" - at `$")
        steps = path.rstrip("`").replace("[", ".").replace("]", "").replace(".", "/")
        if not path and ": " not in detail and " is " not in detail:
            raise Invalid.at(pointer, f"{detail}.") from error
        name = detail.split(":")[0].split(" ")[0] if not path else ""
        known = name in Plan.__struct_fields__
        raise Invalid.at(pointer + (f"/{name}" if known else steps), f"{detail}.") from error
