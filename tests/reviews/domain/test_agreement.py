"""Agreement among people: textbook examples, and what must hold for any of them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.domain import agreement
from reviews.domain.agreement import (
    LEAST,
    NO_DIFFERENCE,
    ONE_LABEL,
    TOO_FEW,
    by_label,
    by_period,
    by_person,
    mean_between,
    mean_estimate,
    measure,
    percent,
)
from reviews.domain.coefficients import alpha, kappa

# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): four observers, twelve units.
OBSERVERS = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
UNITS = [
    [int(value) for value in unit if value != "."]
    for unit in zip(*(row.split() for row in OBSERVERS), strict=True)
]
# Twenty-five yes/no judgements of two people each way: 20 both yes, 15 both no, 5 and 10 differ.
TWO = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15

PEOPLE = ["ann", "bob", "cem", "dan"]
CASES = st.lists(
    st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from("abc"), max_size=4), max_size=30
)


def squared(one: int, other: int) -> float:
    return float((one - other) ** 2)


def chance() -> np.random.Generator:
    return np.random.default_rng(7)


def labels(cases: list[dict[str, str]]) -> list[list[str]]:
    return [list(case.values()) for case in cases]


# Known values


def test_krippendorffs_own_example() -> None:
    assert alpha(UNITS) == pytest.approx(0.743, abs=5e-4)


def test_krippendorffs_own_example_with_a_distance() -> None:
    assert alpha(UNITS, squared) == pytest.approx(0.849, abs=5e-4)


def test_cohens_kappa_of_a_textbook_table() -> None:
    assert kappa(TWO) == pytest.approx(0.4)
    assert percent(TWO) == pytest.approx(0.7)


def test_kappa_is_zero_where_people_agree_as_chance_does() -> None:
    assert kappa([("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]) == 0.0


def test_two_people_who_always_differ_are_below_chance() -> None:
    assert kappa([("a", "b"), ("b", "a")]) == -1.0
    assert alpha([["a", "b"], ["b", "a"]]) == pytest.approx(-0.5)


def test_the_paradox_of_a_rare_label_is_visible() -> None:
    """High percent agreement, alpha below zero: both numbers are shown, so that nobody is fooled
    by one of them."""
    cases = [["no", "no"]] * 95 + [["no", "yes"]] * 5
    assert percent(cases) == 0.95
    found = alpha(cases)
    assert found is not None
    assert found < 0
    assert by_label(cases)["yes"] == (0.0, 5)
    assert by_label(cases)["no"][0] == pytest.approx(190 / 195)


def test_agreement_by_label_of_three_people() -> None:
    assert by_label([["a", "a", "b"], ["b", "b", "b"]]) == {"b": (6 / 8, 2), "a": (1 / 2, 1)}


def test_agreement_of_each_person_with_the_others() -> None:
    cases = [{"ann": 1, "bob": 1, "cem": 2}, {"ann": 1, "cem": 1}, {"bob": 3}]
    assert by_person(cases) == {"ann": (0.75, 2), "bob": (0.5, 1), "cem": (0.5, 2)}


def test_what_counts_as_the_same_is_the_callers() -> None:
    def near(one: int, other: int) -> bool:
        return abs(one - other) <= 1

    assert percent([[1, 2], [1, 9]], near) == 0.5
    assert by_person([{"ann": 1, "bob": 2}], near) == {"ann": (1.0, 1), "bob": (1.0, 1)}
    assert kappa([(1, 2), (5, 6), (1, 9)], near) is not None


# Nothing to say


@pytest.mark.parametrize("cases", [[], [["a"]], [[], ["a"], ["b"]]], ids=str)
def test_who_judges_alone_agrees_with_nobody(cases: list[list[str]]) -> None:
    assert percent(cases) is None
    assert alpha(cases) is None
    assert by_label(cases) == {}


def test_one_label_alone_is_no_evidence_of_agreement() -> None:
    assert alpha([["a", "a"]] * 20) is None
    assert kappa([("a", "a")] * 20) is None
    assert kappa([]) is None


def test_too_few_cases_give_no_number() -> None:
    found = measure([{"ann": "a", "bob": "b"}] * (LEAST - 1), chance())
    shown = [found.percent, found.alpha, *found.labels.values(), *found.people.values()]
    assert {(one.n, one.value, one.low, one.high, one.note) for one in shown} == {
        (LEAST - 1, None, None, None, TOO_FEW)
    }
    assert found.pairs == []
    assert (found.cases, found.judgements) == (LEAST - 1, 2 * (LEAST - 1))


def test_no_cases_give_no_number() -> None:
    found = measure([{"ann": "a"}, {}], chance())
    assert (found.cases, found.judgements) == (0, 0)
    assert found.percent == found.alpha == agreement.Estimate(0, note=TOO_FEW)
    assert found.labels == found.people == {}


def test_one_label_says_why_there_is_no_alpha() -> None:
    found = measure([{"ann": "a", "bob": "a"}] * 20, chance())
    assert found.alpha == agreement.Estimate(20, note=ONE_LABEL)
    assert found.percent.value == 1.0
    assert found.percent.low is not None
    assert found.percent.low < 0.9


def test_agreement_without_a_difference_claims_no_precision() -> None:
    """Resampling what never differed gives 1 every time; that is no interval."""
    cases = [{"ann": "a", "bob": "a"}] * 10 + [{"ann": "b", "bob": "b"}] * 10
    found = measure(cases, chance())
    assert found.alpha == agreement.Estimate(20, 1.0, note=NO_DIFFERENCE)
    assert found.pairs[0].kappa == agreement.Estimate(20, 1.0, note=NO_DIFFERENCE)


# Together


def test_everything_is_measured_at_once() -> None:
    cases = [{"ann": one, "bob": other} for one, other in TWO] + [{"ann": "y", "cem": "n"}] * 9
    found = measure(cases, chance())
    assert (found.cases, found.judgements) == (59, 118)
    assert set(found.labels) == {"y", "n"}
    assert set(found.people) == {"ann", "bob", "cem"}
    assert found.people["bob"].value == pytest.approx(0.7)
    assert found.people["cem"].note == TOO_FEW
    (pair,) = found.pairs
    assert pair.people == ("ann", "bob")
    assert pair.percent.value == pytest.approx(0.7)
    assert pair.kappa.value == pytest.approx(0.4)
    for one in (found.percent, found.alpha, pair.percent, pair.kappa, found.people["ann"]):
        assert one.value is not None
        assert one.low is not None
        assert one.high is not None
        assert one.low < one.value < one.high


def test_the_same_chance_gives_the_same_interval() -> None:
    cases = [{"ann": one, "bob": other} for one, other in TWO]
    assert measure(cases, chance()) == measure(cases, chance())


def test_the_interval_of_kappa_is_that_of_its_standard_error() -> None:
    """Fleiss, Cohen and Everitt (1969) give 0.128 for this table."""
    (pair,) = measure([{"ann": one, "bob": other} for one, other in TWO], chance()).pairs
    assert pair.kappa.low == pytest.approx(0.4 - 1.96 * 0.128, abs=0.04)
    assert pair.kappa.high == pytest.approx(0.4 + 1.96 * 0.128, abs=0.04)


def test_the_interval_of_alpha_holds_its_promise() -> None:
    """200 samples of 60 cases from people whose alpha is known: two who each err on 20 % of two
    equally frequent labels agree on 68 %, so alpha is 0.36. At 95 % the count that holds it is
    below 180 with a chance of less than 1 in 1,000; smallness of the samples costs a little."""
    rng, held = np.random.default_rng(11), 0
    for _ in range(200):
        truth = rng.integers(0, 2, 60)
        ann, bob = (truth ^ (rng.random(60) < 0.2) for _ in range(2))
        cases = [{"ann": int(a), "bob": int(b)} for a, b in zip(ann, bob, strict=True)]
        one = measure(cases, rng).alpha
        assert one.low is not None
        assert one.high is not None
        held += one.low <= 0.36 <= one.high
    assert held >= 178, f"{held} of 200 intervals hold the true alpha"


# Properties


@given(CASES)
def test_agreement_is_at_most_one(cases: list[dict[str, str]]) -> None:
    for value in (alpha(labels(cases)), percent(labels(cases))):
        assert value is None or value <= 1 + 1e-12
    shares = [*by_label(labels(cases)).values(), *by_person(cases).values()]
    assert all(0 <= share <= 1 and n > 0 for share, n in shares)


@given(CASES, st.permutations("abc"))
def test_renaming_labels_changes_nothing(cases: list[dict[str, str]], names: list[str]) -> None:
    new = dict(zip("abc", names, strict=True))
    renamed = [{who: new[label] for who, label in case.items()} for case in cases]
    assert alpha(labels(renamed)) == pytest.approx(alpha(labels(cases)))
    assert percent(labels(renamed)) == percent(labels(cases))
    assert by_person(renamed) == by_person(cases)
    before = by_label(labels(cases))
    assert by_label(labels(renamed)) == {new[label]: found for label, found in before.items()}


@given(CASES, st.randoms(use_true_random=False))
def test_the_order_of_cases_and_people_changes_nothing(
    cases: list[dict[str, str]], lot: Any
) -> None:
    shuffled = [dict(lot.sample(list(case.items()), len(case))) for case in cases]
    lot.shuffle(shuffled)
    assert alpha(labels(shuffled)) == pytest.approx(alpha(labels(cases)))
    assert percent(labels(shuffled)) == pytest.approx(percent(labels(cases)))


@given(CASES)
def test_perfect_agreement_is_one(cases: list[dict[str, str]]) -> None:
    alike = [dict.fromkeys(case, "abc"[i % 2]) for i, case in enumerate(cases)]
    assert percent(labels(alike)) in {None, 1.0}
    assert alpha(labels(alike)) in {None, 1.0}
    assert {share for share, _ in by_person(alike).values()} <= {1.0}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), max_size=30))
def test_kappa_is_the_same_whoever_comes_first(pairs: list[tuple[str, str]]) -> None:
    turned = kappa([(other, one) for one, other in pairs])
    assert turned == pytest.approx(kappa(pairs))
    assert turned is None or -1 <= turned <= 1 + 1e-12


@given(CASES)
def test_nominal_is_the_distance_of_same_or_not(cases: list[dict[str, str]]) -> None:
    given = labels(cases)
    assert alpha(given, lambda one, other: float(one != other)) == pytest.approx(alpha(given))


@settings(max_examples=50)
@given(CASES)
def test_an_interval_lies_around_its_value(cases: list[dict[str, str]]) -> None:
    found = measure(cases, chance())
    for one in (found.percent, *found.labels.values(), *found.people.values()):
        if one.value is not None:
            assert one.low is not None
            assert one.high is not None
            assert 0 <= one.low <= one.value <= one.high <= 1
    if found.alpha.low is not None:
        assert found.alpha.high is not None
        assert found.alpha.low < found.alpha.high <= 1


# Beside the shares


def test_fleiss_kappa_stands_beside_alpha_with_its_number_of_answers() -> None:
    cases = [{"ann": "a", "bob": "a"}, {"ann": "a", "bob": "b"}, {"ann": "b", "bob": "b"}] * 8
    found = measure([*cases, {"ann": "a", "bob": "a", "cem": "b"}], chance())
    assert (found.raters, found.fleiss.n) == (2, 24)
    assert found.fleiss.value == pytest.approx(1 / 3)
    assert found.fleiss.low is not None
    assert measure([], chance()).raters == 0


def test_periods_are_measured_each_on_its_own() -> None:
    alike, apart = {"ann": "a", "bob": "a"}, {"ann": "a", "bob": "b"}
    said = [(1, alike)] * 12 + [(2, alike)] * 10 + [(2, apart)] * 10 + [(3, {"ann": "a"})]
    first, second = by_period(said, chance())
    assert (first[0], first[1].value, first[2].note) == (1, 1.0, ONE_LABEL)
    assert (second[0], second[1].value, second[1].n) == (2, 0.5, 20)


def test_a_mean_between_people_takes_both_directions_and_each_case_once() -> None:
    def more(one: int, other: int) -> dict[str, float]:
        return {"more": float(max(0, one - other))}

    cases = [{"ann": 1, "bob": 3}, {"ann": 1, "bob": 1, "cem": 7}, {"ann": 5}]
    assert mean_between(cases, more) == {"more": ((1.0 + 2.0) / 2, 2)}
    assert mean_between(cases, lambda one, other: {}) == {}
    assert mean_estimate(0.5, LEAST - 1).note == TOO_FEW
    assert mean_estimate(0.5, LEAST).value == 0.5
