"""The examples of docs/extending.md hold what they tell others to hold."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from hitl.domain.levels import AutomationLevel
from hitl.domain.metrics import Metric, Row, Tally, share
from hitl.domain.rollouts.strategies import Strategy
from models_registry.domain.errors import Invalid
from models_registry.domain.scoring import Outcome
from models_registry.domain.task_types import Definition, TaskType
from models_registry.runtimes import Inspection, Loaded
from tests.plugins import checks
from tests.plugins.checks import CHECKS, FAMILIES, ROOT, Check

TEXT = (ROOT / "docs" / "extending.md").read_text()
CODE = re.findall(r"```python\n(.*?)```", TEXT, re.S)
NOT_FOR_EXAMPLES = {
    checks.is_named_in_the_docs,  # in this file by example only
    checks.has_an_example_that_runs,  # run below, where its names are known
    checks.task_type_has_its_template,  # a page says nothing here
    checks.runtime_copes_with_no_inputs,  # asked below, with a file of its own
}
NAMES: dict[str, Any] = {
    "AutomationLevel": AutomationLevel,
    "Definition": Definition,
    "Inspection": Inspection,
    "Invalid": Invalid,
    "Iterator": Iterator,
    "Iterable": Iterator,
    "Loaded": Loaded,
    "Mapping": Mapping,
    "Metric": Metric,
    "Outcome": Outcome,
    "Row": Row,
    "Sequence": Sequence,
    "Tally": Tally,
    "TaskType": TaskType,
    "STRATEGIES": FAMILIES["rollout strategies"],
    "Strategy": Strategy,
    "share": share,
    "LEVELS": FAMILIES["levels"],
    "METRICS": FAMILIES["metrics"],
    "TASK_TYPES": FAMILIES["task types"],
    "RUNTIMES": FAMILIES["runtimes"],
}


@pytest.fixture
def examples() -> Iterator[dict[str, tuple[str, Any]]]:
    """Each family's example, registered for the length of a test; family -> (name, entry)."""
    before = {family: list(catalogue) for family, catalogue in FAMILIES.items()}
    space = dict(NAMES)
    for code in CODE:
        exec(compile(code, "docs/extending.md", "exec"), space)
    added = {
        family: [(name, catalogue[name]) for name in catalogue if name not in before[family]]
        for family, catalogue in FAMILIES.items()
    }
    yield {family: one for family, (one,) in added.items()}
    for family, new in added.items():
        for name, _ in new:
            del FAMILIES[family]._entries[name]


@pytest.mark.parametrize(
    ("family", "check"),
    [
        pytest.param(family, check, id=f"{family}: {check.__name__.replace('_', ' ')}")
        for family, some in CHECKS.items()
        for check in some
        if check not in NOT_FOR_EXAMPLES
    ],
)
def test_the_example_holds_the_checks_of_its_family(
    examples: dict[str, tuple[str, Any]],
    family: str,
    check: Check,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(checks.ANSWERS, "yes_no", {"question": "Is it spam?"})
    monkeypatch.setitem(checks.VALUES, "yes_no", [True, "false"])
    name, entry = examples[family]
    if check is checks.runtime_refuses_nonsense:  # one word is what this one takes
        with pytest.raises(Invalid):
            entry.inspect(b"not one word", {})
        return
    check(name, entry)


def test_the_examples_own_examples_give_what_they_say(
    examples: dict[str, tuple[str, Any]],
) -> None:
    metric, task, runtime = (examples[f][1] for f in ("metrics", "task types", "runtimes"))
    rows = [Row("answered", blind=True), Row("answered")]
    assert metric.tally(rows) == {"n": 2, "hits": 1}
    assert task.normalise({}, "true", "/value") is True
    model = runtime.load(b"yes", {}, ["yes"])
    assert model.predict([{}])[0].value == "yes"
    assert model.predict([]) == []


def test_every_family_has_a_section_with_an_example() -> None:
    sections = TEXT.split("\n## ")[1:]
    titles = {section.split("\n")[0].lower() for section in sections if "```python" in section}
    assert titles == set(FAMILIES) - {"levels"} | {"automation levels"}
