"""What people miss is summed over all that count it."""

from collections.abc import Callable
from uuid import UUID

import pytest

from hitl.services.evidence import missed
from hitl.services.evidence.missed import Missed, counted
from models_registry.domain.catalogue import Catalogue

WORKFLOW = UUID(int=7)


def test_all_counts_are_summed(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = Catalogue[Callable[[UUID], Missed]]("count of missed errors")
    counts.register("golds", lambda _: Missed(60, 2))
    counts.register("second_looks", lambda asked: Missed(5 if asked == WORKFLOW else 0, 1))
    monkeypatch.setattr(missed, "COUNTS", counts)
    assert counted(WORKFLOW) == Missed(65, 3)


def test_without_counts_nothing_was_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        missed, "COUNTS", Catalogue[Callable[[UUID], Missed]]("count of missed errors")
    )
    assert counted(WORKFLOW) == Missed(0, 0)
