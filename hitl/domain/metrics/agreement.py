"""Agreement: the share of human answers that equal the model's."""

from collections.abc import Iterable

from hitl.domain.metrics import METRICS, Metric, Row, Tally, share


@METRICS.named("agreement")
class Agreement(Metric):
    """Share of people's answers equal to the live prediction, seen or not.

    >>> Agreement().tally([Row("answered", agrees=True), Row("answered", agrees=None)])
    {'n': 1, 'hits': 1}
    """

    name = "agreement"
    title = "Agreement, all answers"

    def tally(self, rows: Iterable[Row]) -> Tally:
        return share(row.agrees for row in rows if row.agrees is not None)


@METRICS.named("agreement_blind")
class BlindAgreement(Metric):
    """The same for answers of people who had not seen the prediction: the only ones that tell
    how good the model is.

    >>> BlindAgreement().tally([Row("answered", agrees=True), Row("answered", True, blind=True)])
    {}
    """

    name = "agreement_blind"
    title = "Agreement, blind answers"

    def tally(self, rows: Iterable[Row]) -> Tally:
        return share(row.agrees for row in rows if row.blind and row.agrees is not None)
