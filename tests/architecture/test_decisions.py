"""One writer per fact: who decides, and who changes a workflow's rules."""

import ast

import pytest

from tests.architecture.source import calls, chain, modules, tree

MAKES = {"create", "acreate", "bulk_create", "abulk_create", "get_or_create", "update_or_create"}


def makes(call: ast.Call, model: str, accessor: str) -> bool:
    """Whether a call makes a row of the model: Model(...), Row(Model, ...), Model.objects.create,
    or row.accessor.create."""
    steps = chain(call.func)
    if steps == [model]:
        return True
    if steps == ["Row"] and call.args and chain(call.args[0]) == [model]:
        return True
    return bool(steps) and steps[-1] in MAKES and (steps[0] == model or accessor in steps[:-1])


@pytest.mark.parametrize(
    ("model", "accessor", "writers"),
    [
        ("Decision", "decisions", {"hitl/services/arriving.py", "hitl/services/deciding.py"}),
        ("Revision", "revisions", {"hitl/services/workflows.py"}),
        ("Review", "reviews", {"reviews/services/judging.py"}),
        ("ModelVersion", "versions", {"models_registry/services.py"}),
    ],
)
def test_a_fact_has_its_writers_and_no_others(model: str, accessor: str, writers: set[str]) -> None:
    found = {path for path in modules() for call in calls(path) if makes(call, model, accessor)}
    assert found == writers


def test_later_decisions_are_made_in_one_function() -> None:
    makers = {
        function.name
        for function in ast.walk(tree("hitl/services/deciding.py"))
        if isinstance(function, ast.FunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and makes(call, "Decision", "decisions")
    }
    assert makers == {"decide_many"}
