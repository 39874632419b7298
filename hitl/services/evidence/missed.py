"""What people miss: cases on which the model is known to be wrong, and how many of these they did
not notice. An app that owns what people say registers a count of them here."""

from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID

from models_registry.domain.catalogue import Catalogue


class Missed(NamedTuple):
    """Errors of the model that blind people met, and those of them that nobody noticed."""

    shown: int
    missed: int


COUNTS: Catalogue[Callable[[UUID], Missed]] = Catalogue("count of missed errors")


def counted(workflow_id: UUID) -> Missed:
    """All that is known about a workflow's people, summed."""
    found = [count(workflow_id) for count in COUNTS.entries()]
    return Missed(sum(one.shown for one in found), sum(one.missed for one in found))
