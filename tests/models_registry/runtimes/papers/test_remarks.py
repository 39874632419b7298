"""Generated remarks: labelled, repeatable, various, each with its clean line."""

from models_registry.domain.schemas import InputSchema
from models_registry.domain.task_types import TASK_TYPES
from models_registry.runtimes.papers import remarks
from models_registry.runtimes.papers.misprints import SOURCE
from models_registry.runtimes.papers.remarks import sample

MANY = [sample(i) for i in range(500)]


def test_a_remark_is_the_same_in_every_run() -> None:
    value, truth = sample(0)
    assert (value, truth) == sample(0)
    assert truth == "Only 24 of 51 pallets with pine boards received at the side door"


def test_each_says_that_it_is_generated_and_cannot_say_otherwise() -> None:
    schema = InputSchema(remarks.SCHEMA)
    assert "generated" in remarks.SCHEMA["title"]
    for value, _ in MANY:
        assert value["source"] == SOURCE
        assert schema.problems(value) == []
    assert schema.problems({"source": "the post", "line": "Two crates"})


def test_each_truth_is_an_answer_as_it_is_stored() -> None:
    task = TASK_TYPES["text"]
    answer = task.check(remarks.ANSWER)
    assert all(task.normalise(answer, truth, "/value") == truth for _, truth in MANY)


def test_most_are_misprinted_and_hardly_two_are_the_same() -> None:
    changed = sum(value["line"] != truth for value, truth in MANY)
    assert 0.5 * len(MANY) < changed < 0.9 * len(MANY)
    assert len({value["line"] for value, _ in MANY}) > 0.99 * len(MANY)
