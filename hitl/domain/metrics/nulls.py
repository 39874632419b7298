"""NULL rate: how often the model was asked and gave no answer."""

from collections.abc import Iterable

from hitl.domain.metrics import METRICS, Metric, Row, Tally, share


@METRICS.named("null_rate")
class NullRate(Metric):
    """Share of asked predictions without a value (failed, refused, or not an answer).

    >>> NullRate().tally([Row("arrived", null=True), Row("arrived", null=None)])
    {'n': 1, 'hits': 1}
    """

    name = "null_rate"
    title = "NULL rate"

    def tally(self, rows: Iterable[Row]) -> Tally:
        return share(row.null for row in rows if row.kind == "arrived" and row.null is not None)
