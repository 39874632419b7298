"""A new workflow as somebody types it."""

import json
from typing import Any

import pytest

from hitl.forms import WorkflowForm
from hitl.forms.workflows import DefinitionForm, by_classes, example_of
from hitl.models import Workflow
from models_registry.domain.task_types import TASK_TYPES
from models_registry.models import RegisteredModel
from tests import factories

pytestmark = pytest.mark.django_db

NEW: dict[str, Any] = {
    "title": "Letters",
    "slug": "letters",
    "task_type": "classification",
    "classes": "a\n b ",
    "level": "shadow",
}


def test_what_is_left_out_gets_the_plainest_value() -> None:
    form = WorkflowForm(NEW)
    assert form.is_valid(), form.errors
    assert form.asked() == {
        "slug": "letters",
        "title": "Letters",
        "task_type": "classification",
        "schema": {},
        "answer": {"classes": ["a", "b"]},
        "level": "shadow",
        "model": "",
        "reason": "created",
    }


def test_a_model_says_what_it_knows() -> None:
    factories.version("letter-model")
    chosen = {"model": RegisteredModel.objects.get().pk, "classes": ""}
    form = WorkflowForm(NEW | chosen)
    assert form.is_valid(), form.errors
    asked = form.asked()
    assert (asked["schema"], asked["answer"]) == (factories.SCHEMA, {"classes": ["no", "yes"]})


def test_a_model_that_serves_already_is_not_offered(spam: Workflow) -> None:
    assert WorkflowForm(NEW | {"model": RegisteredModel.objects.get().pk}).errors["model"]


@pytest.mark.parametrize("name", list(TASK_TYPES))
def test_every_task_type_can_be_created(name: str) -> None:
    given = {"task_type": name, "classes": "", "definition": example_of(name)}
    if name in by_classes():
        given = {"task_type": name, "classes": "a\nb", "none_of_these": "on", "definition": ""}
    form = WorkflowForm(NEW | given)
    assert form.is_valid(), form.errors
    answer = form.asked()["answer"]
    assert TASK_TYPES[name].check(answer)
    if name in by_classes():
        assert answer == {"classes": ["a", "b"], "none_of_these": True}


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        pytest.param({"definition": ""}, "definition", "Say what an answer is, such as {", id="no"),
        pytest.param({"definition": "{"}, "definition", "This is no JSON", id="no JSON"),
        pytest.param({"definition": "[]"}, "definition", "Expected `object`", id="no object"),
        pytest.param(
            {"definition": '{"fields": [{"name": "a", "type": "text"}, {"name": "b"}]}'},
            "definition",
            "fields 2: Object missing required field `type`",
            id="what is wrong inside is named",
        ),
        pytest.param(
            {"task_type": "multilabel", "classes": "a\na"}, "classes", "classes: Named", id="twice"
        ),
        pytest.param(
            {"task_type": "multilabel", "classes": "a"}, "classes", "Name at least two", id="one"
        ),
        pytest.param({"task_type": "x"}, "task_type", "Select a valid choice", id="no such type"),
    ],
)
def test_a_definition_that_cannot_be_used_is_refused_in_words(
    given: dict[str, str], field: str, said: str
) -> None:
    form = WorkflowForm(NEW | {"task_type": "fields", "classes": ""} | given)
    assert list(form.errors) == [field]
    assert str(form.errors[field][0]).startswith(said)


def test_each_field_says_which_task_types_need_it() -> None:
    needed = {field.name: types.split() for types, field in WorkflowForm().parts()}
    assert needed["classes"] == needed["none_of_these"] == by_classes()
    assert sorted(needed["classes"] + needed["definition"]) == sorted(TASK_TYPES)
    assert needed["title"] == []


def test_examples_are_shown_for_all_that_are_defined_in_json() -> None:
    form = WorkflowForm()
    assert len(form.examples()) == len(list(TASK_TYPES)) - len(by_classes())
    box = form.fields["definition"].widget.attrs["data-examples"]
    assert json.loads(json.loads(box)["number"])["unit"] == "kg"


def test_a_definition_in_force_is_shown_as_people_write_it() -> None:
    shown = str(DefinitionForm(initial={"answer": {"unit": "kg"}})["answer"])
    assert "{\n  &quot;unit&quot;: &quot;kg&quot;\n}" in shown
    assert list(DefinitionForm({"answer": ""}).errors) == ["answer"]
