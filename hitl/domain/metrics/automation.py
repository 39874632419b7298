"""Automation rate: the share of arrived cases that the model decided at once."""

from collections.abc import Iterable

from hitl.domain.metrics import METRICS, Metric, Row, Tally, share


@METRICS.named("automation_rate")
class AutomationRate(Metric):
    """Share of arrived cases decided by the model.

    >>> AutomationRate().tally([Row("arrived", automated=True), Row("arrived")])
    {'n': 2, 'hits': 1}
    """

    name = "automation_rate"
    title = "Automation rate"

    def tally(self, rows: Iterable[Row]) -> Tally:
        return share(row.automated for row in rows if row.kind == "arrived")

    def interval(self, tally: Tally) -> tuple[float, float] | None:
        return None  # every case is counted: the value is known, not estimated
