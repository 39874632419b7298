"""How long judgements take: the app that owns reviews registers where that is read."""

from collections.abc import Callable, Sequence
from datetime import datetime

from hitl.models import Workflow
from models_registry.domain.catalogue import Catalogue

MOST = 10_000  # the newest that are looked at
Times = Callable[[Workflow, datetime], Sequence[float]]
TIMES: Catalogue[Times] = Catalogue("source of handling times")


def seconds(workflow: Workflow, since: datetime) -> list[float]:
    """Seconds per judgement since then; none where nobody judged."""
    return [float(one) for read in TIMES.entries() for one in read(workflow, since)]
