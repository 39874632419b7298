"""What people, blind to the model, settled about a case of the sample: an answer, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from hitl.domain.cases import Kind

FOLLOWS = frozenset({Kind.DECIDE, Kind.AUDIT, Kind.SECOND_LOOK, Kind.ADJUDICATE})
"""Referrals that the sample itself brings about; a contest comes from somebody who objects."""


class Found(StrEnum):
    """pending: people still look; answer: there is one; missing: there will be none."""

    PENDING = "pending"
    ANSWER = "answer"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Look:
    """One referral of a case, in the order in which they were opened. `blind_answer` is None where
    it brought no answer, or none that was given without the model."""

    kind: Kind
    is_closed: bool
    contested: bool = False
    blind_answer: object | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """`value` only with an answer."""

    found: Found
    value: object | None = None


def settled(looks: Sequence[Look], *, overdue: bool) -> Truth:
    """What stands at the end of the sample's own looks: a dispute was settled by a second look, a
    second look that differs by an adjudicator. Where people cannot tell, or did not by the
    evidence deadline (`overdue`), or were told that somebody objects, the answer is missing: it is
    never left out, as what is hard to judge would then be.

    >>> settled([Look(Kind.AUDIT, is_closed=True, blind_answer="7")], overdue=False).value
    '7'
    """
    asked = [look for look in looks if look.kind in FOLLOWS]
    if not asked or not all(look.is_closed for look in asked):
        return Truth(Found.MISSING if overdue else Found.PENDING)
    last = asked[-1]
    if any(look.contested for look in asked) or last.blind_answer is None:
        return Truth(Found.MISSING)
    return Truth(Found.ANSWER, last.blind_answer)


class Counted(StrEnum):
    """How a comparison counts. missing: as an error for certificates, as right for the alarm.
    repeat: not at all, as one like it has counted."""

    CORRECT = "correct"
    ERROR = "error"
    MISSING = "missing"
    REPEAT = "repeat"

    @property
    def against(self) -> bool:
        """Whether it counts as an error where something is to be proven."""
        return self in (Counted.ERROR, Counted.MISSING)

    @property
    def alarms(self) -> bool:
        """Whether it counts as an error where something is to be noticed."""
        return self is Counted.ERROR
