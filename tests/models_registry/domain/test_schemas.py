"""JSON Schema: pointers, refusals, and no schema that fetches or hangs."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.domain.errors import Invalid
from models_registry.domain.schemas import LONGEST, MOST_PROBLEMS, InputSchema

PERSON = InputSchema(
    {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string", "maxLength": 5},
            "tags": {"type": "array", "items": {"type": "string"}},
            "born": {"type": "string", "format": "date"},
        },
    }
)


@pytest.mark.parametrize(
    ("value", "pointer", "said"),
    [
        pytest.param({}, "/input", '"name" is a required property', id="missing"),
        pytest.param({"name": 7}, "/input/name", "string", id="wrong type"),
        pytest.param({"name": "abcdef"}, "/input/name", "longer than 5", id="too long"),
        pytest.param({"name": "a", "tags": ["b", 3]}, "/input/tags/1", "string", id="in an array"),
        pytest.param({"name": "a", "born": "soon"}, "/input/born", "date", id="format"),
        pytest.param([], "/input", "object", id="no object"),
    ],
)
def test_what_is_wrong_is_pointed_at(value: Any, pointer: str, said: str) -> None:
    (problem,) = PERSON.problems(value, "/input")
    assert problem.pointer == pointer
    assert said in problem.detail


def test_a_good_value_has_no_problems() -> None:
    assert PERSON.problems({"name": "a", "tags": [], "born": "2026-01-31"}) == []


@pytest.mark.parametrize(
    ("name", "escaped"),
    [("a/b", "a~1b"), ("a~b", "a~0b"), ("~1", "~01"), ("a/~/b", "a~1~0~1b"), ("é", "é")],
)
def test_pointers_are_escaped_as_rfc_6901_asks(name: str, escaped: str) -> None:
    schema = InputSchema({"properties": {name: {"type": "number"}}})
    assert [p.pointer for p in schema.problems({name: "x"}, "/input")] == [f"/input/{escaped}"]


@given(st.text(min_size=1, max_size=8).filter(lambda name: name.isprintable()))
def test_a_pointer_leads_back_to_the_field(name: str) -> None:
    schema = InputSchema({"properties": {name: {"type": "number"}}})
    (problem,) = schema.problems({name: "x"})
    assert problem.pointer.removeprefix("/").replace("~1", "/").replace("~0", "~") == name


@pytest.mark.parametrize(
    "uri",
    ["http://127.0.0.1/schema.json", "https://example.org/s", "file:///etc/passwd", "other.json"],
)
def test_a_reference_to_elsewhere_is_refused_without_being_fetched(uri: str) -> None:
    with pytest.raises(Invalid) as refused:
        InputSchema({"properties": {"a": {"$ref": uri}}})
    (problem,) = refused.value.problems
    assert problem.pointer == "/schema"
    assert f"Resource '{uri}' is not present" in problem.detail


def test_a_reference_within_the_schema_is_followed() -> None:
    schema = InputSchema(
        {"$defs": {"n": {"type": "number"}}, "properties": {"a": {"$ref": "#/$defs/n"}}}
    )
    assert schema.problems({"a": 1}) == []
    assert [p.pointer for p in schema.problems({"a": "x"})] == ["/a"]


def test_a_schema_that_refers_to_itself_ends() -> None:
    assert InputSchema({"$ref": "#"}).problems({"a": 1}) == []


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$"]
)
def test_a_catastrophic_pattern_takes_linear_time(pattern: str) -> None:
    """A backtracking engine would need more steps than the universe has had seconds."""
    schema = InputSchema({"type": "string", "pattern": pattern})
    assert len(schema.problems("a" * 20_000 + "!")) == 1


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param({"type": "nonsense"}, id="unknown type"),
        pytest.param({"required": "name"}, id="required is no array"),
        pytest.param({"pattern": "("}, id="broken pattern"),
        pytest.param({"pattern": "(?=a)b"}, id="look-ahead, which is not linear"),
        pytest.param({"pattern": r"(a)\1"}, id="back-reference, which is not linear"),
        pytest.param({"minLength": -1}, id="negative length"),
        pytest.param({"$ref": "#/$defs/none"}, id="dangling reference"),
    ],
)
def test_an_unusable_schema_is_refused_with_the_reason(schema: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        InputSchema(schema)
    (problem,) = refused.value.problems
    assert problem.pointer == "/schema"
    assert re.match("Not a usable JSON Schema: .+", problem.detail)


def test_at_most_so_many_problems_are_listed() -> None:
    numbers = InputSchema({"type": "array", "items": {"type": "number"}})
    problems = numbers.problems(["x"] * 1000, "/input")
    assert len(problems) == MOST_PROBLEMS
    assert problems[0].pointer == "/input/0"


def test_a_problem_does_not_repeat_a_huge_value() -> None:
    (problem,) = InputSchema({"type": "number"}).problems("x" * 1_000_000)
    assert len(problem.detail) < LONGEST + 10
    assert problem.detail.endswith('is not of type "number"')
