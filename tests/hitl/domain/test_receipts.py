"""What a client is told: never a prediction that did not decide."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from hitl.domain.receipts import CaseOut, DecisionOut, RouteOut

AT = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def receipt(decision: DecisionOut | None) -> CaseOut:
    return CaseOut(
        id=UUID(int=1),
        workflow="spam",
        reference="r1",
        status="decided" if decision else "referred",
        automation_level="shadow",
        route=RouteOut("refer", "level", None, audit=False),
        decision=decision,
        created_at=AT,
    )


@pytest.mark.parametrize(
    "decision",
    [None, DecisionOut("yes", "human", 2, AT)],
    ids=["without decision", "with decision"],
)
def test_a_receipt_survives_the_way_through_json(decision: DecisionOut | None) -> None:
    told = receipt(decision)
    assert msgspec.json.decode(msgspec.json.encode(told), type=CaseOut) == told


def test_a_receipt_has_no_place_for_a_prediction() -> None:
    names = {field.name for field in msgspec.structs.fields(CaseOut)}
    names |= {field.name for field in msgspec.structs.fields(RouteOut)}
    assert not names & {"prediction", "suggestion", "confidence", "value", "blind", "pi"}


def test_receipts_do_not_share_their_notices() -> None:
    assert receipt(None).notices == []
    assert receipt(None).notices is not receipt(None).notices
