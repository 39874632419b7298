"""Arms: which cases the challenger answers. Fixed by a keyed hash, not by a random number."""

from typing import Literal
from uuid import UUID

from hitl.domain.draws import draw_of

Arm = Literal["champion", "challenger"]


def arm_of(key: bytes, challenger: UUID, share: float, *, subject: str, case_id: UUID) -> Arm:
    """The arm of a case: that of its subject where it has one, so that nobody is answered by two
    versions in turn. Raising the share moves units to the challenger only, never back. Another
    challenger draws anew: nobody is always the first to try.

    >>> arm_of(b"key", UUID(int=1), 1.0, subject="anna", case_id=UUID(int=2))
    'challenger'
    """
    if share <= 0.0:
        return "champion"
    unit = b"s" + subject.encode() if subject else b"c" + case_id.bytes
    drawn = draw_of(key, f"arm {challenger}", unit)
    return "challenger" if drawn < share else "champion"
