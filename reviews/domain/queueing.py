"""What a person is told about a queue that has nothing for them right now."""

from dataclasses import dataclass
from datetime import datetime

STEPS = (0, 1, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many cases wait, as a reviewer may know it: exact up to the last of STEPS, or only the
    step that is reached. Known answers never leave their queue, so who may be served one must not
    be told an exact count: it would tell them apart."""

    count: int
    exact: bool

    @property
    def text(self) -> str:
        """
        >>> [Waiting(n, exact=True).text for n in (0, 12, 1000)]
        ['0', '12', '1,000+']
        >>> [Waiting(n, exact=False).text for n in (0, 3, 24, 700)]
        ['0', '1+', '20+', '500+']
        """
        step = max(step for step in STEPS if step <= self.count)
        if self.count == 0 or (self.exact and self.count < STEPS[-1]):
            return f"{self.count:,}"
        return f"{step:,}+"


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
