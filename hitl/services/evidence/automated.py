"""How many cases were automated since an epoch's first certificate, counted as they come in."""

from datetime import datetime

from hitl.models import Case, Epoch
from hitl.services.evidence.comparing import MARGIN

KEY = "automated"  # in the guard's state of an epoch: it looks after what is automated


def automated(epoch: Epoch, now: datetime) -> int:
    """The count up to a minute ago. Every case is looked at once: the sum, and the moment up to
    which it goes, stand with the epoch. Needs its lock."""
    known = epoch.guard.get(KEY)
    if known is None:
        first = epoch.certificates.order_by("at").values_list("at", flat=True).first()
        if first is None:
            return 0
        known = {"cases": 0, "until": first.isoformat()}
    cases, since = int(known["cases"]), datetime.fromisoformat(known["until"])
    until = now - MARGIN  # what came later may not be visible yet
    if until <= since:
        return cases
    came = Case.objects.filter(
        workflow=epoch.workflow_id, created__gt=since, created__lte=until, action="automate"
    )
    cases += came.count()
    epoch.guard = {**epoch.guard, KEY: {"cases": cases, "until": until.isoformat()}}
    epoch.save(update_fields=["guard"])
    return cases
