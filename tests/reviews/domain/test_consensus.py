"""Consensus: order does not matter, and an agreeing review never unsettles."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.domain.consensus import Consensus, consensus

answer_lists = st.lists(st.sampled_from(["yes", "no", "maybe"]), max_size=5)
needs = st.integers(1, 4)


def same(left: object, right: object) -> bool:
    return left == right


def near(left: object, right: object) -> bool:
    """A tolerance: symmetric, but not transitive."""
    assert isinstance(left, float)
    assert isinstance(right, float)
    return abs(left - right) <= 1.0


@pytest.mark.parametrize(
    ("answers", "needed", "expected"),
    [
        pytest.param([], 1, Consensus("more"), id="nobody yet"),
        pytest.param(["yes"], 1, Consensus("settled", "yes"), id="one is enough"),
        pytest.param(["yes"], 2, Consensus("more"), id="one of two"),
        pytest.param(["yes", "yes"], 2, Consensus("settled", "yes"), id="two agree"),
        pytest.param(["yes", "no"], 2, Consensus("conflict"), id="two differ"),
        pytest.param(["yes", "no"], 3, Consensus("more"), id="differ, but a third is to come"),
        pytest.param(["yes", "yes", "no"], 2, Consensus("conflict"), id="one too many differs"),
    ],
)
def test_what_the_reviews_say_together(
    answers: list[str], needed: int, expected: Consensus
) -> None:
    assert consensus(answers, needed, same) == expected


@given(answer_lists, needs, st.randoms(use_true_random=False))
def test_the_order_of_reviews_does_not_matter(
    answers: list[str], needed: int, order: object
) -> None:
    shuffled = list(answers)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    assert consensus(shuffled, needed, same) == consensus(answers, needed, same)


@pytest.mark.parametrize("answers", [*itertools.permutations([1.0, 1.8, 2.6])])
def test_the_order_does_not_matter_under_a_tolerance_either(answers: tuple[float, ...]) -> None:
    assert consensus(answers, 3, near).state == "conflict"


@given(answer_lists, needs)
def test_adding_an_agreeing_review_never_unsettles(answers: list[str], needed: int) -> None:
    before = consensus(answers, needed, same)
    if before.state == "settled":
        assert consensus([*answers, before.answer], needed, same) == before


@given(answer_lists, needs)
def test_only_a_settled_consensus_has_an_answer(answers: list[str], needed: int) -> None:
    found = consensus(answers, needed, same)
    assert (found.answer is not None) == (found.state == "settled")
    if found.state == "settled":
        assert set(answers) == {found.answer}


@given(answer_lists, needs)
def test_renaming_the_answers_changes_nothing(answers: list[str], needed: int) -> None:
    renamed = [answer[::-1] for answer in answers]
    assert consensus(renamed, needed, same).state == consensus(answers, needed, same).state
