"""What a person is told about a queue that has nothing for them right now."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class QueueState:
    """held: cases of the queue that other people hold; next_free: when the first of their leases
    ends, None when nobody holds any. Times are aware datetimes."""

    held: int
    next_free: datetime | None

    @property
    def is_empty(self) -> bool:
        return self.held == 0

    def sentence(self, now: datetime) -> str:
        """What to say instead of a case.

        >>> QueueState(0, None).sentence(datetime(2026, 1, 1))
        'No case waits for you.'
        """
        if self.next_free is None:
            return "No case waits for you."
        minutes = max(1, round((self.next_free - now).total_seconds() / 60))
        cases = "1 case is" if self.held == 1 else f"{self.held} cases are"
        return f"{cases} held by others; the next may be free in {minutes} min."
