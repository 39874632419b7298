"""Classification: one of the workflow's classes, with a key each."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.domain.errors import Invalid
from models_registry.domain.task_types.classification import MOST_NAMED, Classification

TASK = Classification()
PETS = TASK.check({"classes": ["cat", {"value": "dog", "title": "Dog"}]})
names = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=5)
class_lists = st.lists(names, min_size=2, max_size=15, unique=True)


def keys(*classes: str) -> list[str]:
    form: Any = TASK.form(TASK.check({"classes": list(classes)}))
    return [choice["key"] for choice in form["choices"]]


def test_a_class_without_a_title_is_read_as_it_is() -> None:
    assert PETS == {"classes": [{"value": "cat", "title": "cat"}, {"value": "dog", "title": "Dog"}]}


@given(class_lists)
def test_what_was_checked_is_checked_again_without_change(classes: list[str]) -> None:
    answer = TASK.check({"classes": classes})
    assert TASK.check(answer) == answer
    assert TASK.check(msgspec.json.decode(msgspec.json.encode(answer))) == answer


@pytest.mark.parametrize(
    ("answer", "pointer"),
    [
        pytest.param(None, "/answer", id="nothing"),
        pytest.param({}, "/answer", id="no classes"),
        pytest.param({"classes": "cat, dog"}, "/answer/classes", id="text"),
        pytest.param({"classes": ["cat"]}, "/answer/classes", id="only one"),
        pytest.param({"classes": ["cat", ""]}, "/answer/classes/1", id="empty name"),
        pytest.param({"classes": ["cat", 7]}, "/answer/classes/1", id="a number"),
        pytest.param({"classes": ["cat", {}]}, "/answer/classes/1", id="no value"),
        pytest.param(
            {"classes": [{"value": "cat", "title": 1}, "dog"]},
            "/answer/classes/0/title",
            id="title",
        ),
        pytest.param({"classes": ["a", "b"], "labels": []}, "/answer", id="unknown field"),
        pytest.param({"classes": ["cat", "dog", "cat"]}, "/answer/classes", id="named twice"),
        pytest.param({"classes": ["x" * 201, "y"]}, "/answer/classes/0", id="name too long"),
        pytest.param({"classes": [str(i) for i in range(1001)]}, "/answer/classes", id="too many"),
    ],
)
def test_unusable_classes_are_refused_at_what_is_wrong(answer: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        TASK.check(answer)
    (problem,) = refused.value.problems
    assert problem.pointer == pointer
    assert "`$" not in problem.detail


@given(class_lists)
def test_every_class_is_an_answer_and_stays_as_it_is(classes: list[str]) -> None:
    answer = TASK.check({"classes": classes})
    assert [TASK.normalise(answer, value, "/value") for value in classes] == classes


@pytest.mark.parametrize("value", ["Cat", "", None, 7, True, [], ["cat"], {"value": "cat"}, 0.5])
def test_anything_else_is_refused_with_the_valid_ones(value: object) -> None:
    with pytest.raises(Invalid) as refused:
        TASK.normalise(PETS, value, "/value")
    (problem,) = refused.value.problems
    assert problem.pointer == "/value"
    assert problem.detail.endswith("is not a class. Valid: cat, dog.")


def test_a_refusal_stays_short_however_much_was_said() -> None:
    many = TASK.check({"classes": [f"class {i}" for i in range(500)]})
    with pytest.raises(Invalid) as refused:
        TASK.normalise(many, "x" * 1_000_000, "/value")
    assert len(refused.value.detail) < 400
    assert refused.value.detail.endswith(f"and {500 - MOST_NAMED} more.")


@given(st.text(), st.text())
def test_distance_and_agreement_say_the_same(left: str, right: str) -> None:
    assert TASK.distance({}, left, right) == TASK.distance({}, right, left) == float(left != right)
    assert TASK.agrees({}, left, right) == (TASK.distance({}, left, right) == 0.0)
    assert TASK.agrees({}, left, left)


def test_digits_keep_their_own_keys_whatever_their_order() -> None:
    assert keys(*"0123456789") == list("0123456789")
    assert keys("7", "1", "0") == ["7", "1", "0"]


def test_other_classes_get_keys_in_their_order() -> None:
    assert keys("cat", "dog") == ["1", "2"]
    assert keys("3", "dog") == ["1", "2"]
    assert keys("10", "11") == ["1", "2"]


def test_digits_that_no_keyboard_has_get_keys_in_their_order() -> None:
    assert keys("²", "٣") == ["1", "2"]


def test_after_ten_classes_the_keys_run_out() -> None:
    assert keys(*"abcdefghijkl") == [*"1234567890", "", ""]


@given(class_lists)
def test_no_key_is_given_twice(classes: list[str]) -> None:
    given = [key for key in keys(*classes) if key]
    assert len(given) == len(set(given)) == min(10, len(classes))


def test_the_form_names_the_choices_for_people_and_programs() -> None:
    assert TASK.form(PETS) == {
        "task_type": "classification",
        "choices": [
            {"value": "cat", "title": "cat", "key": "1"},
            {"value": "dog", "title": "Dog", "key": "2"},
        ],
    }


@pytest.mark.parametrize(
    ("classes", "misfit"),
    [
        pytest.param(["cat", "dog"], "", id="the same"),
        pytest.param(["dog"], "", id="fewer"),
        pytest.param([], "", id="none known"),
        pytest.param(["dog", "cow"], "The workflow has no class cow.", id="a strange one"),
    ],
)
def test_a_model_fits_if_the_workflow_has_all_its_classes(classes: list[str], misfit: str) -> None:
    assert TASK.fits(PETS, classes) == misfit
