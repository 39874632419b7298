"""What every plug-in of a family must hold: a new one is checked the moment it is registered."""

import dataclasses
import doctest
import inspect
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hitl.domain.levels import LEVELS, AutomationLevel
from hitl.domain.metrics import METRICS, Metric, Row
from hitl.domain.rollouts.judgement import ERRS, Evidence, judge
from hitl.domain.rollouts.plan import Plan
from hitl.domain.rollouts.strategies import STRATEGIES, Standing, Strategy
from models_registry.domain.catalogue import Catalogue
from models_registry.domain.errors import Invalid
from models_registry.domain.task_types import TASK_TYPES, Choice, TaskType
from models_registry.runtimes import RUNTIMES, Runtime
from tests.models_registry.estimators import sample

ROOT = Path(__file__).resolve().parents[2]
FAMILIES: Mapping[str, Catalogue[Any]] = {
    "levels": LEVELS,
    "metrics": METRICS,
    "rollout strategies": STRATEGIES,
    "task types": TASK_TYPES,
    "runtimes": RUNTIMES,
}
TESTS_OWN = {"scripted"}
"""Runtimes that only these tests have: no docs, no example, no artifact of anybody's."""

ANSWERS: dict[str, object] = {
    "classification": {"classes": ["cat", {"value": "d", "title": "Dog"}]},
    "multilabel": {"classes": ["rain", "wind; or storm", {"value": "s", "title": "Snow"}]},
    "number": {"unit": "kg", "minimum": -5, "decimals": 2, "tolerance_absolute": "0.1"},
    "text": {"compare": "wer", "multiline": True, "ignore_case": True, "tolerance": 0.2},
    "fields": {
        "fields": [
            {"name": "vendor", "type": "text", "ignore_case": True},
            {"name": "total", "type": "number", "unit": "EUR", "tolerance_relative": 0.01},
            {"name": "day", "type": "date"},
            {"name": "kind", "type": "choice", "classes": ["invoice", "receipt"]},
            {"name": "paid", "type": "yes_no"},
        ]
    },
}
"""An answer definition per task type, with values that fit it below."""
VALUES: dict[str, list[object]] = {
    "classification": ["cat", "d"],
    "multilabel": [["s", "rain"], ["wind; or storm"], "rain", ["rain", "s", "wind; or storm"]],
    "number": [0, -4.5, "12.30", "12.35", 1200],
    "text": ["The cat sat.", "the cat  sat.", "one\r\ntwo ", "= 1 + 1", "e\u0301t\u00e9"],
    "fields": [
        {"vendor": "ACME", "total": 12.5, "day": "2026-02-03", "kind": "invoice", "paid": True},
        {"vendor": "acme", "total": "12.51", "day": None, "kind": "receipt", "paid": "no"},
        {"vendor": None},
    ],
}

ROWS = [
    Row("arrived", automated=True, null=False),
    Row("arrived", null=True),
    Row("answered", agrees=True, blind=True),
    Row("answered", agrees=False),
    Row("decided", human=True),
    Row("decided"),
    Row("redone"),
]

Check = Callable[[str, Any], None]


def has_a_docstring(name: str, entry: Any) -> None:
    first, *_ = (type(entry).__doc__ or "").split("\n\n")
    assert first.strip().endswith("."), (
        f"{type(entry).__name__} has no sentence that says what it is"
    )


def is_known_by_its_own_name(name: str, entry: Any) -> None:
    assert entry.name == name
    assert name == name.lower()
    assert name.isidentifier()
    assert entry.title.strip()
    assert entry.title != name


def has_an_example_that_runs(name: str, entry: Any) -> None:
    if name in TESTS_OWN:
        return
    module = inspect.getmodule(type(entry))
    assert module is not None
    found = doctest.DocTestFinder(recurse=False).find(
        type(entry), type(entry).__name__, module, globs=vars(module).copy()
    )
    examples = [test for test in found if test.examples]
    assert examples, f"{type(entry).__name__} has no example in its docstring"
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for test in examples:
        assert runner.run(test).failed == 0


def keeps_no_state(name: str, entry: Any) -> None:
    """One instance serves every thread."""
    assert vars(entry) == {}


def is_named_in_the_docs(name: str, entry: Any) -> None:
    if name not in TESTS_OWN:
        assert f"`{name}`" in (ROOT / "docs" / "extending.md").read_text()


def level_survives_json(name: str, level: AutomationLevel) -> None:
    stored = msgspec.json.encode(dataclasses.asdict(level))
    assert AutomationLevel(**msgspec.json.decode(stored)) == level


def level_cannot_be_changed(name: str, level: AutomationLevel) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        level.step = 9  # type: ignore[misc]


def level_promises_something_in_sentences(name: str, level: AutomationLevel) -> None:
    assert level.promise.endswith(".")


def level_has_its_own_step(name: str, level: AutomationLevel) -> None:
    assert [other.name for other in LEVELS.entries() if other.step == level.step] == [name]


def level_that_automates_asks_a_model(name: str, level: AutomationLevel) -> None:
    assert level.asks_model or (level.automates == "none" and not level.shows_suggestion)


def strategy_cannot_be_changed(name: str, strategy: Strategy) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        strategy.counts = True  # type: ignore[misc]


def strategy_promises_something_in_sentences(name: str, strategy: Strategy) -> None:
    assert strategy.promise.endswith(".")


def strategy_shares_what_it_says(name: str, strategy: Strategy) -> None:
    plan = Plan()
    shares = [strategy.share(plan, i) for i in range(len(plan.steps))]
    assert shares == sorted(shares)
    assert bool(shares[0]) is strategy.counts
    assert not (strategy.counts and strategy.silent)


def strategy_takes_back_what_is_worse(name: str, strategy: Strategy) -> None:
    worse = Evidence(worse=(2 * ERRS,) * 6, losses=(2 * ERRS,) * 20)
    for step in range(5):
        for seen, wanted in ((worse, {"abort"}), (Evidence(), {"hold", "step", "ask"})):
            judgement = judge(seen, is_paired=strategy.silent)
            here = Standing(step, timedelta(days=9), 10**6, judgement)
            assert strategy.next(Plan(), here) in wanted


def metric_is_deterministic(name: str, metric: Metric) -> None:
    assert metric.tally(ROWS) == metric.tally(list(ROWS))


def metric_copes_with_the_empty_window(name: str, metric: Metric) -> None:
    assert metric.tally([]) == metric.merge([]) == {}
    assert metric.value({}) is None
    assert metric.interval({}) is None


def metric_counts_something(name: str, metric: Metric) -> None:
    assert metric.value(metric.tally(ROWS)) is not None


def metric_is_a_monoid(name: str, metric: Metric) -> None:
    for cut in range(len(ROWS) + 1):
        left, right = metric.tally(ROWS[:cut]), metric.tally(ROWS[cut:])
        assert metric.merge([left, right]) == metric.merge([right, left]) == metric.tally(ROWS)


def metric_tallies_survive_json(name: str, metric: Metric) -> None:
    tally = metric.tally(ROWS)
    assert msgspec.json.decode(msgspec.json.encode(tally)) == tally
    assert all(type(count) is int for count in tally.values())


def metric_takes_an_iterator(name: str, metric: Metric) -> None:
    assert metric.tally(iter(ROWS)) == metric.tally(ROWS)


def _answer(name: str, task: TaskType) -> dict[str, object]:
    assert name in ANSWERS, f"give an answer definition for {name} in tests/plugins/checks.py"
    return task.check(ANSWERS[name])


def task_type_checks_what_it_checked(name: str, task: TaskType) -> None:
    answer = _answer(name, task)
    assert task.check(answer) == task.check(ANSWERS[name]) == answer
    assert task.check(msgspec.json.decode(msgspec.json.encode(answer))) == answer


def task_type_refuses_an_empty_definition(name: str, task: TaskType) -> None:
    nothings: list[object] = [None, {}, [], "x"]
    for nothing in nothings:
        with pytest.raises(Invalid) as refused:
            task.check(nothing)
        assert refused.value.problems[0].pointer.startswith("/answer")


def task_type_refuses_no_answer(name: str, task: TaskType) -> None:
    answer = _answer(name, task)
    nothings: list[object] = [None, {}, []]
    for nothing in nothings:
        with pytest.raises(Invalid) as refused:
            task.normalise(answer, nothing, "/value")
        assert refused.value.problems[0].pointer == "/value"


def task_type_keeps_what_is_normal(name: str, task: TaskType) -> None:
    answer = _answer(name, task)
    for value in VALUES[name]:
        normal = task.normalise(answer, value, "/value")
        assert task.normalise(answer, normal, "/value") == normal
        assert msgspec.json.decode(msgspec.json.encode(normal)) == normal


def task_type_measures_distance(name: str, task: TaskType) -> None:
    answer = _answer(name, task)
    values = [task.normalise(answer, value, "/value") for value in VALUES[name]]
    for left in values:
        assert task.distance(answer, left, left) == 0.0
        assert task.agrees(answer, left, left)
        for right in values:
            assert (
                0.0
                <= task.distance(answer, left, right)
                == task.distance(answer, right, left)
                <= 1.0
            )
            assert task.agrees(answer, left, right) == task.agrees(answer, right, left)


def task_type_forms_survive_json(name: str, task: TaskType) -> None:
    answer = _answer(name, task)
    form = task.form(answer)
    assert form == task.form(answer)
    assert form["task_type"] == name
    assert msgspec.json.decode(msgspec.json.encode(form)) == form
    keys = [c.key for c in msgspec.convert(form.get("choices", []), list[Choice]) if c.key]
    assert len(keys) == len(set(keys))


def task_type_has_an_example_definition(name: str, task: TaskType) -> None:
    answer = task.check(task.example)
    assert task.check(answer) == answer
    assert task.form(answer)["task_type"] == name


def task_type_agrees_where_nothing_lies_between(name: str, task: TaskType) -> None:
    """Agreement may allow for more than no distance at all, never for less."""
    answer = _answer(name, task)
    values = [task.normalise(answer, value, "/value") for value in VALUES[name]]
    for left in values:
        for right in values:
            if task.distance(answer, left, right) == 0.0:
                assert task.agrees(answer, left, right)
            measured = task.measures(answer, left, right)
            assert all(amount >= 0.0 for amount in measured.values())
        assert set(task.measures(answer, left, left).values()) <= {0.0}


def task_type_comes_back_from_a_table(name: str, task: TaskType) -> None:
    answer = _answer(name, task)
    for value in VALUES[name]:
        normal = task.normalise(answer, value, "/value")
        row = task.row(answer, normal)
        assert list(row) == task.columns(answer)
        assert all(type(cell) is str for cell in row.values())
        assert task.normalise(answer, task.parsed(answer, row), "/value") == normal


def task_type_reads_its_form(name: str, task: TaskType) -> None:
    assert task.posted({}) is None
    assert task.posted({"comment": ["x"], "token": ["1"]}) is None
    answer = _answer(name, task)
    said = [task.normalise(answer, value, "/value") for value in VALUES[name]]
    forms = [(value, _form(answer, task, value)) for value in said]
    told = [(value, form) for value, form in forms if any(any(one) for one in form.values())]
    assert told
    for value, form in told:
        assert task.normalise(answer, task.posted(form), "/value") == value


def _form(answer: Mapping[str, object], task: TaskType, value: object) -> dict[str, list[str]]:
    """A page's form that says `value`: one control per column, or one per entry of a list."""
    if isinstance(value, list):
        return {"value": [str(one) for one in value]}
    row = task.row(answer, value)
    return {"value" if name == "value" else f"value.{name}": [row[name]] for name in row}


def task_type_is_brief(name: str, task: TaskType) -> None:
    answer = _answer(name, task)
    for value in VALUES[name]:
        brief = task.brief(answer, task.normalise(answer, value, "/value"))
        assert brief.strip()
        assert "\n" not in brief


def task_type_is_as_sure_as_its_least_sure_part(name: str, task: TaskType) -> None:
    answer = _answer(name, task)
    sure = dict.fromkeys(task.parts(answer), 0.9)
    assert task.confidence(answer, {}) is None
    assert task.confidence(answer, {"no part": 0.99}) is None
    assert task.confidence(answer, sure | {"no part": 0.1}) == (0.9 if sure else None)
    for part in sure:
        assert task.confidence(answer, sure | {part: 0.3}) == 0.3
        assert task.confidence(answer, {**sure, part: float("nan")}) is None


def task_type_takes_a_model_that_names_no_classes(name: str, task: TaskType) -> None:
    assert task.fits(_answer(name, task), []) == ""


def task_type_has_its_template(name: str, task: TaskType) -> None:
    assert (ROOT / "templates" / task.template).is_file()


def runtime_refuses_nonsense(name: str, runtime: Runtime) -> None:
    if name in TESTS_OWN:
        return
    reasons = []
    for _ in range(2):
        with pytest.raises(Invalid) as refused:
            runtime.inspect(b"nonsense", {})
        assert refused.value.problems[0].pointer == "/artifact"
        reasons.append(refused.value.detail)
    assert reasons[0] == reasons[1]


def runtime_copes_without_an_artifact(name: str, runtime: Runtime) -> None:
    if not runtime.needs_artifact:
        assert runtime.inspect(b"", {}) == runtime.inspect(b"", {})
    elif name not in TESTS_OWN:
        with pytest.raises(Invalid):
            runtime.inspect(b"", {})


def runtime_copes_with_no_inputs(name: str, runtime: Runtime) -> None:
    artifacts = {"sklearn": sample("naive Bayes").artifact, "scripted": b"{}"}
    if runtime.answers:
        assert name in artifacts, f"give an artifact for {name} in tests/plugins/checks.py"
        found = runtime.inspect(artifacts[name], {})
        assert found == runtime.inspect(artifacts[name], {})
        assert runtime.load(artifacts[name], {}, found.classes).predict([]) == []


EVERY: list[Check] = [has_a_docstring, is_known_by_its_own_name, is_named_in_the_docs]
A_CLASS: list[Check] = [*EVERY, has_an_example_that_runs, keeps_no_state]
CHECKS: Mapping[str, list[Check]] = {
    "levels": [
        *EVERY,
        level_survives_json,
        level_cannot_be_changed,
        level_promises_something_in_sentences,
        level_has_its_own_step,
        level_that_automates_asks_a_model,
    ],
    "rollout strategies": [
        *EVERY,
        strategy_cannot_be_changed,
        strategy_promises_something_in_sentences,
        strategy_shares_what_it_says,
        strategy_takes_back_what_is_worse,
    ],
    "metrics": [
        *A_CLASS,
        metric_is_deterministic,
        metric_copes_with_the_empty_window,
        metric_counts_something,
        metric_is_a_monoid,
        metric_tallies_survive_json,
        metric_takes_an_iterator,
    ],
    "task types": [
        *A_CLASS,
        task_type_checks_what_it_checked,
        task_type_refuses_an_empty_definition,
        task_type_refuses_no_answer,
        task_type_keeps_what_is_normal,
        task_type_measures_distance,
        task_type_forms_survive_json,
        task_type_has_an_example_definition,
        task_type_agrees_where_nothing_lies_between,
        task_type_comes_back_from_a_table,
        task_type_reads_its_form,
        task_type_is_brief,
        task_type_is_as_sure_as_its_least_sure_part,
        task_type_takes_a_model_that_names_no_classes,
        task_type_has_its_template,
    ],
    "runtimes": [
        *A_CLASS,
        runtime_refuses_nonsense,
        runtime_copes_without_an_artifact,
        runtime_copes_with_no_inputs,
    ],
}


def everything() -> Iterator[Any]:
    """(check, name, entry) for each plug-in of each family."""
    for family, catalogue in FAMILIES.items():
        for name in catalogue:
            for check in CHECKS[family]:
                words = check.__name__.replace("_", " ")
                yield pytest.param(check, name, catalogue[name], id=f"{family}: {name} {words}")
