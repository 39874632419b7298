"""A new workflow as somebody types it."""

from typing import Any

import pytest

from hitl.forms import WorkflowForm
from hitl.models import Workflow
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
