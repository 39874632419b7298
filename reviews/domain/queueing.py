"""What a person is told about a queue that has nothing for them right now."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class QueueState:
    """held: cases of the queue that other people hold; next_free: when the first of their leases
    ends, None when nobody holds any; for_others: cases that wait, all of which this person has
    met; mine: cases the person holds. Times are aware datetimes."""

    held: int
    next_free: datetime | None
    for_others: int = 0
    mine: int = 0

    @property
    def is_empty(self) -> bool:
        return self.held == 0 and self.for_others == 0

    def sentence(self, now: datetime) -> str:
        """What to say instead of a case.

        >>> QueueState(0, None).sentence(datetime(2026, 1, 1))
        'No case waits for you.'
        >>> QueueState(0, None, for_others=1).sentence(datetime(2026, 1, 1))
        'No case waits for you; 1 that you have met waits for somebody else.'
        """
        parts = []
        if self.next_free is not None:
            minutes = max(1, round((self.next_free - now).total_seconds() / 60))
            cases = "1 case is" if self.held == 1 else f"{self.held} cases are"
            parts.append(f"{cases} held by others; the next may be free in {minutes} min")
        else:
            parts.append("No case waits for you")
        if self.for_others:
            wait = "waits" if self.for_others == 1 else "wait"
            parts.append(f"{self.for_others:,} that you have met {wait} for somebody else")
        return "; ".join(parts) + "."
