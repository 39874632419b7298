"""Who may look at a case outside the review page, and what it costs them."""

from dataclasses import dataclass
from enum import StrEnum

from reviews.domain.claims import MAY_CLAIM_AGAIN, ClaimState


class Door(StrEnum):
    """shut: as if there were no such case. held: the person is to judge it or give it back first.
    ask: opening it means not to be asked to judge it, so they say that they want to. open: it is
    open to them."""

    SHUT = "shut"
    HELD = "held"
    ASK = "ask"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person before a case. oversees: may see cases with their decisions. reviews: may judge
    cases of the workflow. named: a comment on the case names them. opened: they have opened it
    before. place: the state of their claim on it, None if they have none; ended: its referral is
    closed. can_undo: the time to take back their judgement runs."""

    oversees: bool
    reviews: bool
    named: bool
    opened: bool
    place: ClaimState | None = None
    ended: bool = False
    can_undo: bool = False

    @property
    def has_judged(self) -> bool:
        return self.place == ClaimState.DONE

    @property
    def is_judging(self) -> bool:
        """Whether what they know can still change what they say."""
        holds = self.place == ClaimState.HELD and not self.ended
        return holds or (self.has_judged and self.can_undo)

    @property
    def may_return(self) -> bool:
        """Whether they may take the case again that they had."""
        return self.place in MAY_CLAIM_AGAIN and not self.ended and not self.opened


def door(viewer: Viewer) -> Door:
    """Whether the case is open to this person.

    >>> door(Viewer(oversees=True, reviews=True, named=False, opened=False)).value
    'ask'
    """
    if viewer.has_judged:
        return Door.OPEN
    still_to_judge = viewer.is_judging or viewer.may_return
    if not viewer.oversees and (not viewer.named or still_to_judge):
        return Door.SHUT
    if viewer.is_judging:
        return Door.HELD
    if viewer.opened or not viewer.reviews or viewer.place == ClaimState.SKIPPED:
        return Door.OPEN
    return Door.ASK
