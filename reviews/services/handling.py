"""How long people took, for what the deciding app reckons from it."""

from collections.abc import Sequence
from datetime import datetime

from hitl.models import Workflow
from hitl.services.handling import MOST, TIMES
from reviews.services.judged import standing_reviews


def times(workflow: Workflow, since: datetime) -> Sequence[float]:
    """Seconds from the moment a case was shown to the answer, the newest first."""
    return list(standing_reviews(workflow, since).values_list("seconds", flat=True)[:MOST])


TIMES.register("reviews", times)
