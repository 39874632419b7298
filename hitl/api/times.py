"""Times as callers send them."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

Time = Annotated[datetime, msgspec.Meta(tz=True)]
EARLIEST = datetime.min.replace(tzinfo=UTC) + timedelta(days=2)
LATEST = datetime.max.replace(tzinfo=UTC) - timedelta(days=2)


def utc(at: datetime) -> datetime:
    """The moment in UTC. The first and the last days that Python knows are drawn in a little: in
    another zone, or a day earlier, they would be no time at all."""
    return min(max(at, EARLIEST), LATEST).astimezone(UTC)
