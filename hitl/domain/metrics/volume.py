"""Volume: how many cases arrived."""

from collections.abc import Iterable
from typing import ClassVar, Literal

from hitl.domain.metrics import METRICS, Metric, Row, Tally


@METRICS.named("volume")
class Volume(Metric):
    """Cases that arrived.

    >>> Volume().tally([Row("arrived"), Row("redone")])
    {'n': 1}
    """

    name = "volume"
    title = "Cases arrived"
    unit: ClassVar[Literal["count", "share"]] = "count"

    def tally(self, rows: Iterable[Row]) -> Tally:
        n = sum(row.kind == "arrived" for row in rows)
        return {"n": n} if n else {}

    def value(self, tally: Tally) -> float | None:
        return float(tally["n"]) if tally else None

    def interval(self, tally: Tally) -> tuple[float, float] | None:
        return None
