"""Human decisions: how many decisions people made."""

from collections.abc import Iterable
from typing import ClassVar, Literal

from hitl.domain.metrics import METRICS, Metric, Row, Tally


@METRICS.named("human_decisions")
class HumanDecisions(Metric):
    """Decisions made by people, those that supersede included.

    >>> HumanDecisions().tally([Row("decided", human=True), Row("decided")])
    {'n': 1}
    """

    name = "human_decisions"
    title = "Decided by people"
    unit: ClassVar[Literal["count", "share"]] = "count"

    def tally(self, rows: Iterable[Row]) -> Tally:
        n = sum(row.kind == "decided" and row.human for row in rows)
        return {"n": n} if n else {}

    def value(self, tally: Tally) -> float | None:
        return float(tally["n"]) if tally else None

    def interval(self, tally: Tally) -> tuple[float, float] | None:
        return None
