"""What has counted before: the same input, or another case of one subject a short time ago."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hitl.domain.evidence.truth import Counted
from hitl.models import Comparison, Epoch, Prediction

BURST = timedelta(hours=24)  # cases of one subject within so long are one piece of evidence


class Known:
    """What an epoch has counted, as far as these predictions may repeat it. Two reads."""

    def __init__(self, epoch: Epoch, predictions: Sequence[Prediction]) -> None:
        cases = [one.case for one in predictions]
        before = Comparison.objects.filter(epoch=epoch).exclude(counted=Counted.REPEAT)
        same = before.filter(case__input_hash__in=[case.input_hash for case in cases])
        self.inputs = set(same.values_list("case__input_hash", flat=True))
        subjects = {case.subject for case in cases if case.subject}
        since = min((case.created for case in cases), default=datetime.now(UTC)) - BURST
        lately = before.filter(case__subject__in=subjects, case__created__gte=since)
        self.subjects: dict[str, datetime] = {}
        for subject, at in lately.order_by("case_id").values_list("case__subject", "case__created"):
            self.subjects[subject] = at

    def repeats(self, prediction: Prediction) -> bool:
        """Whether this case is one more of those; remembers it if not."""
        case = prediction.case
        last = self.subjects.get(case.subject)
        burst = bool(case.subject) and last is not None and case.created - last < BURST
        if case.input_hash in self.inputs or burst:
            return True
        self.inputs.add(case.input_hash)
        self.subjects[case.subject] = case.created
        return False
