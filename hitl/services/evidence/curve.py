"""The counters behind the curve of evidence, as a table."""

from collections.abc import Iterator
from typing import Any

from hitl.domain.evidence.grid import EVERYTHING
from hitl.models import Epoch, Workflow
from hitl.services import workflows
from hitl.services.evidence.comparing import counters_of, grid_of

HEAD = ("threshold", "coverage", "pi", "least", "cases", "errors", "largest_log_wealth")


def table(workflow: Workflow) -> Iterator[list[Any]]:
    """Its head, then a row per threshold and probability: cases at or above the threshold that were
    drawn with probability `pi` while the least one there was `least`, and errors among them, with
    missing answers. Only the head while there is no grid."""
    yield list(HEAD)
    version = workflows.in_force(workflow).champion_id
    open_ones = Epoch.objects.filter(workflow=workflow, version=version, slice="", closed=None)
    epoch = open_ones.first() if version else None
    if epoch is None or epoch.grid is None:
        return
    grid = grid_of(epoch)
    groups = sorted(counters_of(epoch).items())
    for i, coverage in enumerate(grid.coverages):
        at = grid.threshold(i)
        shown = "any" if at == EVERYTHING else at
        for (pi, least), counts in groups:
            found = (int(counts.cases[i]), int(counts.errors[i]))
            yield [shown, coverage, pi, least, *found, epoch.best[i]]
