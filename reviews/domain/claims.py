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


class SkipKind(StrEnum):
    """Why somebody gives no answer. not_for_me: another person gets the case; cannot_decide: this
    person cannot tell (the case goes to an adjudicator); bad_input: nobody could."""

    NOT_FOR_ME = "not_for_me"
    CANNOT_DECIDE = "cannot_decide"
    BAD_INPUT = "bad_input"


MOST_HELD = 20
"""Cases one person may hold at a time, over all workflows and windows; nobody hoards."""

MAY_CLAIM_AGAIN = (ClaimState.EXPIRED, ClaimState.RELEASED)
