"""Multilabel: any number of the workflow's classes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.domain.errors import Invalid
from models_registry.domain.task_types.multilabel import Multilabel

TASK = Multilabel()
CLASSES = ["a", "b;c", 'd"', "none", " e "]
SOME = TASK.check({"classes": CLASSES})
OR_NONE = TASK.check({"classes": CLASSES, "none_of_these": True, "least": 2, "most": 3})
chosen = st.lists(st.sampled_from(CLASSES), min_size=1, unique=True)


def refusal(answer: Any, value: object) -> tuple[str, str]:
    with pytest.raises(Invalid) as refused:
        TASK.normalise(answer, value, "/value")
    (problem,) = refused.value.problems
    return problem.pointer, problem.detail


@pytest.mark.parametrize(
    ("answer", "pointer"),
    [
        pytest.param({"classes": ["a"]}, "/answer/classes", id="one class"),
        pytest.param({"classes": ["a", "a"]}, "/answer/classes", id="named twice"),
        pytest.param({"classes": ["a", "b"], "least": 0}, "/answer/least", id="least is none"),
        pytest.param({"classes": ["a", "b"], "most": 3}, "/answer/most", id="more than there are"),
        pytest.param(
            {"classes": ["a", "b"], "least": 2, "most": 1}, "/answer/least", id="least above most"
        ),
        pytest.param({"classes": ["a", "b"], "most": "1"}, "/answer/most", id="a text"),
        pytest.param({"classes": ["a", "b"], "many": 1}, "/answer", id="unknown option"),
        pytest.param(
            {"classes": ["a", "none_of_these"], "none_of_these": True},
            "/answer/classes",
            id="a class called none of them",
        ),
    ],
)
def test_unusable_definitions_are_refused_at_what_is_wrong(answer: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        TASK.check(answer)
    assert refused.value.problems[0].pointer == pointer


@given(chosen, st.randoms())
def test_an_answer_stands_in_the_order_of_the_definition_without_doubles(
    classes: list[str], random: Any
) -> None:
    shuffled = [*classes, classes[0]][: len(CLASSES)]
    random.shuffle(shuffled)
    kept = TASK.normalise(SOME, shuffled, "/value")
    assert kept == [one for one in CLASSES if one in classes]


@given(chosen, chosen)
def test_distance_is_the_share_of_named_classes_that_one_side_lacks(
    left: list[str], right: list[str]
) -> None:
    both = len(set(left) & set(right))
    every = len(set(left) | set(right))
    assert TASK.distance(SOME, left, right) == pytest.approx(1 - both / every)
    assert TASK.agrees(SOME, left, right) == (set(left) == set(right))


def test_none_of_them_is_nothing_in_common_with_any() -> None:
    assert TASK.distance(OR_NONE, [], []) == 0.0
    assert TASK.distance(OR_NONE, [], ["a", "none"]) == 1.0


@given(chosen)
def test_an_answer_comes_back_from_its_cell(classes: list[str]) -> None:
    value = TASK.normalise(SOME, classes, "/value")
    row = TASK.row(SOME, value)
    assert TASK.normalise(SOME, TASK.parsed(SOME, row), "/value") == value


@pytest.mark.parametrize("value", [[], ["none_of_these"], "none_of_these"])
def test_none_of_them_is_an_answer_only_where_it_is_offered(value: object) -> None:
    assert TASK.normalise(OR_NONE, value, "/value") == []
    assert refusal(SOME, value)[0].startswith("/value")


def test_none_of_them_comes_back_from_its_cell_and_reads_as_words() -> None:
    row = TASK.row(OR_NONE, [])
    assert row == {"value": "none_of_these"}
    assert TASK.normalise(OR_NONE, TASK.parsed(OR_NONE, row), "/value") == []
    assert TASK.brief(OR_NONE, []) == "None of these"


def test_none_of_them_stands_alone() -> None:
    assert refusal(OR_NONE, ["a", "none_of_these"])[1].startswith("none_of_these stands alone")


@pytest.mark.parametrize(
    ("value", "pointer", "says"),
    [
        pytest.param(["a"], "/value", "Choose 2 to 3 of the classes, not 1.", id="too few"),
        pytest.param(CLASSES[:4], "/value", "Choose 2 to 3 of the classes, not 4.", id="too many"),
        pytest.param(["a", "z"], "/value/1", "'z' is not a class.", id="unknown"),
        pytest.param("z", "/value", "'z' is not a class.", id="a lone unknown one"),
        pytest.param(["a", ["a"]], "/value/1", "['a'] is not a class.", id="a list in it"),
        pytest.param(None, "/value", "Give a list", id="nothing"),
        pytest.param({"a": True}, "/value", "Give a list", id="an object"),
        pytest.param(["a"] * 7, "/value", "The list is longer", id="longer than all"),
    ],
)
def test_anything_else_is_refused_with_what_is_right(
    value: object, pointer: str, says: str
) -> None:
    where, detail = refusal(OR_NONE, value)
    assert where == pointer
    assert detail.startswith(says)


def test_a_class_alone_is_a_list_of_one() -> None:
    assert TASK.normalise(SOME, "a", "/value") == ["a"]


def test_the_form_ends_with_none_of_them_on_zero() -> None:
    form: Any = TASK.form(OR_NONE)
    assert form["choices"][-1] == {"value": "none_of_these", "title": "None of these", "key": "0"}
    assert (form["none_of_these"], form["least"], form["most"]) == (True, 2, 3)
    assert TASK.form(SOME)["none_of_these"] is False


def test_a_form_gives_all_that_is_ticked() -> None:
    assert TASK.posted({"value": ["a", "none"]}) == ["a", "none"]
    assert TASK.posted({"value": []}) is None


def test_an_answer_reads_as_its_titles() -> None:
    titled = TASK.check({"classes": ["a", {"value": "b", "title": "Bee"}]})
    assert TASK.brief(titled, ["a", "b"]) == "a, Bee"


def test_a_model_fits_if_the_workflow_has_all_its_classes() -> None:
    assert TASK.fits(SOME, ["a"]) == ""
    assert TASK.fits(SOME, ["a", "z"]) == "The workflow has no class z."
