"""The states of a person's place on a case."""

from enum import StrEnum


class ClaimState(StrEnum):
    """held: working on it; done: answered; skipped: never again for this person; expired: the
    lease ran out; released: given back. The last two may be claimed again."""

    HELD = "held"
    DONE = "done"
    SKIPPED = "skipped"
    EXPIRED = "expired"
    RELEASED = "released"


MAY_CLAIM_AGAIN = (ClaimState.EXPIRED, ClaimState.RELEASED)
