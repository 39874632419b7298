"""Consensus: order does not matter, and an agreeing review never unsettles."""

import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.domain.consensus import Consensus, Rule, Said, Verdict, consensus

RULES: list[Rule] = ["unanimous", "majority", "first"]
UNSURE, BAD = Said(Verdict.CANNOT_DECIDE), Said(Verdict.BAD_INPUT)


def answer(value: object) -> Said:
    return Said(Verdict.ANSWER, value)


YES, NO, MAYBE = answer("yes"), answer("no"), answer("maybe")
reviews = st.lists(st.sampled_from([YES, NO, MAYBE, UNSURE, BAD]), max_size=6)
needs = st.integers(1, 4)
rules = st.sampled_from(RULES)


def same(left: object, right: object) -> bool:
    return left == right


def near(left: object, right: object) -> bool:
    """A tolerance: symmetric, but not transitive."""
    assert isinstance(left, float)
    assert isinstance(right, float)
    return abs(left - right) <= 1.0


def settled(said: Said) -> Consensus:
    return Consensus("settled", said)


MORE, CONFLICT = Consensus("more"), Consensus("conflict")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("said", "needed", "expected"),
    [
        pytest.param([], 1, MORE, id="nobody yet"),
        pytest.param([YES], 1, settled(YES), id="one is enough"),
        pytest.param([YES], 2, MORE, id="one of two"),
        pytest.param([YES, YES], 2, settled(YES), id="two agree"),
        pytest.param([YES, NO], 3, MORE, id="differ, but a third is to come"),
        pytest.param([UNSURE], 1, CONFLICT, id="the only one cannot decide"),
        pytest.param([UNSURE, UNSURE], 2, CONFLICT, id="two who cannot decide do not agree"),
        pytest.param([BAD], 1, settled(BAD), id="nobody could"),
        pytest.param([BAD, BAD], 2, settled(BAD), id="two say that nobody could"),
    ],
)
def test_where_the_rule_makes_no_difference(
    said: list[Said], needed: int, expected: Consensus, rule: Rule
) -> None:
    assert consensus(said, needed, same, rule) == expected


@pytest.mark.parametrize(
    ("said", "unanimous", "majority", "first"),
    [
        pytest.param([YES, NO], CONFLICT, CONFLICT, settled(YES), id="one each"),
        pytest.param([NO, YES, YES], CONFLICT, settled(YES), settled(NO), id="two to one"),
        pytest.param([YES, NO, MAYBE], CONFLICT, CONFLICT, settled(YES), id="three ways"),
        pytest.param(
            [YES, YES, NO, NO], CONFLICT, CONFLICT, settled(YES), id="half is no majority"
        ),
        pytest.param([YES, UNSURE], CONFLICT, CONFLICT, settled(YES), id="one cannot tell"),
        pytest.param([UNSURE, NO, NO], CONFLICT, settled(NO), settled(NO), id="the first cannot"),
        pytest.param([YES, BAD], CONFLICT, CONFLICT, settled(YES), id="an answer and bad input"),
        pytest.param([YES, BAD, BAD], CONFLICT, settled(BAD), settled(YES), id="mostly bad input"),
    ],
)
def test_where_people_differ_the_rule_decides(
    said: list[Said], unanimous: Consensus, majority: Consensus, first: Consensus
) -> None:
    found = [consensus(said, len(said), same, rule) for rule in RULES]
    assert found == [unanimous, majority, first]


@pytest.mark.parametrize("rule", RULES[:2])
@given(reviews, needs, st.randoms(use_true_random=False))
def test_the_order_of_reviews_does_not_matter(
    rule: Rule, said: list[Said], needed: int, order: Random
) -> None:
    shuffled = list(said)
    order.shuffle(shuffled)
    assert consensus(shuffled, needed, same, rule) == consensus(said, needed, same, rule)


@given(reviews, st.randoms(use_true_random=False))
def test_under_first_only_what_comes_after_does_not_matter(said: list[Said], order: Random) -> None:
    found = consensus([YES, *said], 1, same, "first")
    order.shuffle(said)
    assert consensus([YES, *said], 1, same, "first") == found == settled(YES)


@pytest.mark.parametrize("values", [*itertools.permutations([1.0, 1.8, 2.6])])
def test_under_a_tolerance_unanimity_compares_every_two(values: tuple[float, ...]) -> None:
    said = [answer(value) for value in values]
    assert consensus(said, 3, near).state == "conflict"
    assert consensus(said, 3, near, "majority").state == "settled"


@given(st.lists(st.floats(0, 5), max_size=6), st.randoms(use_true_random=False))
@pytest.mark.parametrize("rule", RULES)
def test_under_a_tolerance_whether_it_is_settled_does_not_depend_on_the_order(
    rule: Rule, values: list[float], order: Random
) -> None:
    said = [answer(value) for value in values]
    state = consensus(said, 1, near, rule).state
    order.shuffle(said)
    assert consensus(said, 1, near, rule).state == state


@given(reviews, needs, rules)
def test_adding_an_agreeing_review_never_unsettles(
    said: list[Said], needed: int, rule: Rule
) -> None:
    before = consensus(said, needed, same, rule)
    if before.said is not None:
        assert consensus([*said, before.said], needed, same, rule) == before


@given(reviews, needs, rules)
def test_only_a_settled_consensus_says_something_and_somebody_said_it(
    said: list[Said], needed: int, rule: Rule
) -> None:
    found = consensus(said, needed, same, rule)
    assert (found.said is not None) == (found.state == "settled")
    if found.said is not None:
        assert found.said in said
        assert found.said != UNSURE


@given(reviews, needs)
def test_what_everybody_says_most_say(said: list[Said], needed: int) -> None:
    found = consensus(said, needed, same)
    if found.state == "settled":
        assert {consensus(said, needed, same, rule).said for rule in RULES} == {found.said}


@given(reviews, needs, rules)
def test_renaming_the_answers_changes_nothing(said: list[Said], needed: int, rule: Rule) -> None:
    renamed = [answer(str(one.value)[::-1]) if one.value else one for one in said]
    assert consensus(renamed, needed, same, rule).state == consensus(said, needed, same, rule).state
