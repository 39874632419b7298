"""What counts as the answer of the sample, and what as a missing one."""

import pytest

from hitl.domain.cases import Kind
from hitl.domain.evidence.truth import Counted, Found, Look, Truth, settled


def closed(kind: Kind, answer: object | None = None, *, contested: bool = False) -> Look:
    return Look(kind, is_closed=True, contested=contested, blind_answer=answer)


def still_open(kind: Kind) -> Look:
    return Look(kind, is_closed=False)


ANSWERED: list[tuple[list[Look], object]] = [
    ([closed(Kind.AUDIT, "7")], "7"),
    ([closed(Kind.DECIDE, "7")], "7"),
    ([closed(Kind.AUDIT, "7"), closed(Kind.SECOND_LOOK, "7")], "7"),
    ([closed(Kind.DECIDE), closed(Kind.ADJUDICATE, "3")], "3"),
    ([closed(Kind.AUDIT, "7"), closed(Kind.SECOND_LOOK), closed(Kind.ADJUDICATE, "1")], "1"),
    ([closed(Kind.AUDIT, "7"), closed(Kind.CONTEST, "9")], "7"),
    ([closed(Kind.AUDIT, "7"), still_open(Kind.CONTEST)], "7"),
]
MISSING: list[list[Look]] = [
    [closed(Kind.AUDIT)],
    [closed(Kind.AUDIT, "7"), closed(Kind.SECOND_LOOK)],
    [closed(Kind.DECIDE, "7", contested=True)],
    [closed(Kind.DECIDE), closed(Kind.ADJUDICATE)],
]
PENDING: list[list[Look]] = [
    [],
    [still_open(Kind.AUDIT)],
    [closed(Kind.AUDIT, "7"), still_open(Kind.SECOND_LOOK)],
    [closed(Kind.DECIDE), still_open(Kind.ADJUDICATE)],
]


@pytest.mark.parametrize(("looks", "value"), ANSWERED)
@pytest.mark.parametrize("overdue", [False, True])
def test_the_last_look_of_the_sample_says_it(
    looks: list[Look],
    value: object,
    overdue: bool,
) -> None:
    assert settled(looks, overdue=overdue) == Truth(Found.ANSWER, value)


@pytest.mark.parametrize("looks", MISSING)
def test_without_an_answer_it_is_missing(looks: list[Look]) -> None:
    assert settled(looks, overdue=False) == Truth(Found.MISSING)


@pytest.mark.parametrize("looks", PENDING)
def test_while_people_look_it_is_pending_until_the_deadline(looks: list[Look]) -> None:
    assert settled(looks, overdue=False) == Truth(Found.PENDING)
    assert settled(looks, overdue=True) == Truth(Found.MISSING)


def test_a_missing_answer_counts_against_the_proof_and_not_for_the_alarm() -> None:
    assert [(one, one.against, one.alarms) for one in Counted] == [
        (Counted.CORRECT, False, False),
        (Counted.ERROR, True, True),
        (Counted.MISSING, True, False),
        (Counted.REPEAT, False, False),
    ]
