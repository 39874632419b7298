"""Who may look at a case: every kind of person before every kind of case."""

from itertools import product

import pytest

from reviews.domain.claims import ClaimState
from reviews.domain.viewing import Door, Viewer, door

TRUTH = (False, True)
EVERYBODY = [
    Viewer(oversees, reviews, named, opened, place, ended, can_undo)
    for oversees, reviews, named, opened, place, ended, can_undo in product(
        TRUTH, TRUTH, TRUTH, TRUTH, [None, *ClaimState], TRUTH, TRUTH
    )
]


def test_who_holds_a_case_sees_it_at_the_desk_alone() -> None:
    holders = [v for v in EVERYBODY if v.place == ClaimState.HELD and not v.ended]
    assert {door(v) for v in holders} == {Door.SHUT, Door.HELD}
    assert all(v.oversees for v in holders if door(v) == Door.HELD)


def test_a_name_in_a_comment_opens_nothing_to_who_is_still_to_judge() -> None:
    for v in EVERYBODY:
        if (v.is_judging or v.may_return) and not v.has_judged and not v.oversees:
            assert door(v) == Door.SHUT


def test_who_judged_finds_the_case_again() -> None:
    assert {door(v) for v in EVERYBODY if v.place == ClaimState.DONE} == {Door.OPEN}


def test_who_may_be_asked_to_judge_is_asked_before_it_opens() -> None:
    for v in EVERYBODY:
        fresh = v.reviews and not v.opened and v.place in (None, ClaimState.EXPIRED)
        if fresh and not v.has_judged:
            assert door(v) != Door.OPEN


def test_a_stranger_to_the_case_finds_nothing() -> None:
    strangers = [v for v in EVERYBODY if not v.oversees and not v.named and not v.has_judged]
    assert {door(v) for v in strangers} == {Door.SHUT}


@pytest.mark.parametrize(
    ("viewer", "found"),
    [
        (Viewer(oversees=True, reviews=True, named=False, opened=False), Door.ASK),
        (Viewer(oversees=True, reviews=True, named=False, opened=True), Door.OPEN),
        (Viewer(oversees=True, reviews=False, named=False, opened=False), Door.OPEN),
        (Viewer(oversees=False, reviews=True, named=True, opened=False), Door.ASK),
        (
            Viewer(
                oversees=False, reviews=True, named=True, opened=False, place=ClaimState.SKIPPED
            ),
            Door.OPEN,
        ),
    ],
    ids=["operator", "operator again", "auditor", "named", "named, skipped before"],
)
def test_the_usual_visitors(viewer: Viewer, found: Door) -> None:
    assert door(viewer) == found
