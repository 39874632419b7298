"""Redo rate: how often the user did it again, per decision told to the client."""

from collections.abc import Iterable

from hitl.domain.metrics import METRICS, Metric, Row, Tally


@METRICS.named("redo_rate")
class RedoRate(Metric):
    """Redos recorded in a window, per decision made in it; over short windows the two are about
    different cases, so the value may pass 1 and carries no interval.

    >>> RedoRate().value(RedoRate().tally([Row("decided"), Row("decided"), Row("redone")]))
    0.5
    """

    name = "redo_rate"
    title = "Redo rate"

    def tally(self, rows: Iterable[Row]) -> Tally:
        n = hits = 0
        for row in rows:
            n += row.kind == "decided"
            hits += row.kind == "redone"
        return {"n": n, "hits": hits} if n or hits else {}

    def interval(self, tally: Tally) -> tuple[float, float] | None:
        return None
