"""Waiting for a decision inside a request, by few of the web threads at a time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from uuid import UUID

from django.conf import settings

from hitl.models import Case

MOST_SECONDS = 30
PAUSE = 0.2  # between looks; people take seconds, and a look is one read by primary key

# At most a quarter of this process's threads may wait: the others go on serving.
_places = BoundedSemaphore(settings.HITL_WEB_THREADS // 4)


@contextmanager
def place(seconds: int) -> Iterator[bool]:
    """A place to wait in, if one is wanted and free; never waits for one."""
    granted = seconds > 0 and _places.acquire(blocking=False)
    try:
        yield granted
    finally:
        if granted:
            _places.release()


def for_decision(case_id: UUID, seconds: float) -> bool:
    """Looks until the case is decided; False if it is not after so many seconds."""
    end = time.monotonic() + seconds
    undecided = Case.objects.filter(pk=case_id, seq=0)
    while undecided.exists():
        left = end - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(PAUSE, left))
    return True
