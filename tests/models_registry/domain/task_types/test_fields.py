"""Fields: named values of simple types, from a document."""

import string
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.domain.errors import Invalid
from models_registry.domain.task_types.classification import MOST_NAMED
from models_registry.domain.task_types.fields import BRIEF, Fields, below

TASK = Fields()
INVOICE = TASK.check(
    {
        "fields": [
            {"name": "vendor", "type": "text", "required": True, "ignore_case": True},
            {"name": "total", "type": "number", "unit": "EUR", "decimals": 2, "minimum": 0},
            {"name": "due_day", "type": "date"},
            {"name": "kind", "type": "choice", "classes": ["invoice", "receipt"]},
            {"name": "paid", "type": "yes_no"},
        ]
    }
)
NAMES = ["vendor", "total", "due_day", "kind", "paid"]
letters = st.text(string.ascii_letters + " =;\"',-", min_size=1, max_size=20)
invoices = st.fixed_dictionaries(
    {"vendor": letters.map(lambda text: f"x{text}")},
    optional={
        "total": st.decimals(0, 10**6, places=2).map(str) | st.none(),
        "due_day": st.dates(date(1900, 1, 1)).map(date.isoformat) | st.none(),
        "kind": st.sampled_from(["invoice", "receipt"]) | st.none(),
        "paid": st.booleans() | st.none(),
    },
)


def problems(value: object) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        TASK.normalise(INVOICE, value, "/value")
    assert refused.value.detail == refused.value.problems[0].detail
    return {problem.pointer: problem.detail for problem in refused.value.problems}


def normal(**value: object) -> Any:
    return TASK.normalise(INVOICE, value, "/value")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        pytest.param([], "/answer/fields", id="no field"),
        pytest.param("total", "/answer/fields", id="a text"),
        pytest.param([{"type": "text"}], "/answer/fields/0", id="no name"),
        pytest.param([{"name": "a b", "type": "text"}], "/answer/fields/0/name", id="odd name"),
        pytest.param([{"name": "a", "type": "image"}], "/answer/fields/0/type", id="odd type"),
        pytest.param([{"name": "a"}], "/answer/fields/0", id="no type"),
        pytest.param(
            [{"name": "a", "type": "date"}, {"name": "a", "type": "date"}],
            "/answer/fields",
            id="named twice",
        ),
        pytest.param(
            [{"name": "a", "type": "date"}, {"name": "b", "type": "choice"}],
            "/answer/fields/1",
            id="a choice of nothing",
        ),
        pytest.param(
            [{"name": "a", "type": "choice", "classes": ["x"]}],
            "/answer/fields/0/classes",
            id="a choice of one",
        ),
        pytest.param(
            [{"name": "a", "type": "number", "minimum": "x"}],
            "/answer/fields/0/minimum",
            id="an option that is wrong",
        ),
        pytest.param(
            [{"name": "a", "type": "date", "unit": "d"}], "/answer/fields/0", id="option of another"
        ),
    ],
)
def test_unusable_definitions_are_refused_at_what_is_wrong(fields: Any, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        TASK.check({"fields": fields})
    assert refused.value.problems[0].pointer == pointer


def test_a_definition_is_completed_by_each_fields_type() -> None:
    answer: Any = INVOICE
    vendor, total, day, *_ = answer["fields"]
    assert (vendor["title"], vendor["compare"], vendor["required"]) == ("Vendor", "cer", True)
    assert (total["unit"], total["decimals"], total["minimum"]) == ("EUR", 2, "0")
    assert day == {"name": "due_day", "title": "Due day", "type": "date", "required": False}
    assert TASK.check(msgspec.json.decode(msgspec.json.encode(INVOICE))) == INVOICE


@given(invoices)
def test_every_field_is_there_in_order_and_comes_back_from_a_table(value: dict[str, Any]) -> None:
    stored: Any = TASK.normalise(INVOICE, value, "/value")
    assert list(stored) == NAMES
    assert [n for n in NAMES if stored[n] is None] == [n for n in NAMES if value.get(n) is None]
    assert TASK.normalise(INVOICE, stored, "/value") == stored
    row = TASK.row(INVOICE, stored)
    assert TASK.normalise(INVOICE, TASK.parsed(INVOICE, row), "/value") == stored
    posted = TASK.posted({f"value.{name}": [row[name]] for name in row})
    assert TASK.normalise(INVOICE, posted, "/value") == stored


def test_every_wrong_field_is_named_at_once() -> None:
    found = problems({"total": "1,5", "due_day": "soon", "kind": "letter", "a/b": 1, 7: 1})
    assert found == {
        "/value/a~1b": f"There is no such field. Valid: {', '.join(NAMES)}.",
        "/value/7": f"There is no such field. Valid: {', '.join(NAMES)}.",
        "/value/vendor": "Vendor is always there; fill it in.",
        "/value/total": "Not a number: a comma is not understood. Write digits with a point, "
        "as 1234.5.",
        "/value/due_day": "Not a date. Write year, month and day, as 2026-02-03.",
        "/value/kind": "'letter' is not a class. Valid: invoice, receipt.",
    }


@pytest.mark.parametrize("value", [None, [], {}, "x", [["vendor", "x"]]])
def test_what_is_no_object_is_refused_as_a_whole(value: object) -> None:
    assert problems(value) == {"/value": f"Give an object with the fields: {', '.join(NAMES)}."}


def test_a_refusal_stays_short_however_much_was_said() -> None:
    assert len(problems({"vendor": "x"} | {f"extra {i}": 1 for i in range(1000)})) == MOST_NAMED
    many = TASK.check({"fields": [{"name": f"f{i}", "type": "date"} for i in range(200)]})
    with pytest.raises(Invalid, match=r"f19 and 180 more\.$"):
        TASK.normalise(many, [], "/value")


def test_a_blank_field_is_one_that_is_not_there() -> None:
    stored = normal(vendor="x", total=" ", paid="")
    assert (stored["total"], stored["paid"]) == (None, None)
    assert problems({"vendor": " "}) == {"/value/vendor": "Vendor is always there; fill it in."}


def test_distance_is_the_share_of_fields_that_differ_by_their_own_measure() -> None:
    left = normal(vendor="ACME", total=1, due_day="2026-02-03", kind="invoice", paid=True)
    assert TASK.agrees(INVOICE, left, normal(**left | {"vendor": "acme"}))
    other = normal(vendor="acme", total=2, due_day=None, kind="invoice", paid=True)
    assert TASK.distance(INVOICE, left, other) == TASK.distance(INVOICE, other, left) == 0.4
    assert not TASK.agrees(INVOICE, left, other)
    assert TASK.measures(INVOICE, left, other) == {"wrong_fields": 0.4}


def test_what_is_false_is_not_what_is_not_there() -> None:
    assert TASK.distance(INVOICE, normal(vendor="x", paid=False), normal(vendor="x")) == 0.2


@pytest.mark.parametrize(
    ("changed", "confidence", "unsure"),
    [
        pytest.param({}, 0.8, [], id="all sure"),
        pytest.param({"paid": 0.3}, 0.3, ["paid"], id="one below"),
        pytest.param({"paid": None}, None, ["paid"], id="one without"),
        pytest.param({"paid": float("nan")}, None, ["paid"], id="one that is no number"),
        pytest.param({"paid": 1.2}, None, ["paid"], id="one out of range"),
        pytest.param({"stranger": 0.1}, 0.8, [], id="one of no field"),
    ],
)
def test_an_answer_is_as_sure_as_its_least_sure_field(
    changed: dict[str, Any], confidence: float | None, unsure: list[str]
) -> None:
    given = {n: c for n, c in (dict.fromkeys(NAMES, 0.8) | changed).items() if c is not None}
    assert TASK.confidence(INVOICE, given) == confidence
    assert below(INVOICE, given, 0.8) == unsure


def test_the_form_says_the_same_of_every_field() -> None:
    form: Any = TASK.form(INVOICE)
    assert [field["name"] for field in form["fields"]] == NAMES
    assert len({tuple(field) for field in form["fields"]}) == 1
    total, kind, paid = form["fields"][1], form["fields"][3], form["fields"][4]
    assert (total["unit"], total["step"], total["choices"]) == ("EUR", "0.01", [])
    assert kind["choices"][0] == {"value": "invoice", "title": "invoice", "key": ""}
    assert [choice["value"] for choice in paid["choices"]] == ["yes", "no"]


def test_a_form_with_no_text_says_nothing() -> None:
    assert TASK.posted({"value.vendor": [" "], "value.total": [""]}) is None
    assert TASK.posted({"value": ["x"]}) is None
    assert TASK.posted({"value.vendor": ["x"], "value.total": [""]}) == {
        "vendor": "x",
        "total": None,
    }


def test_nothing_in_any_field_is_an_answer_where_each_was_confirmed() -> None:
    blank = {"value.vendor": [""], "value.total": [" "]}
    assert TASK.posted(blank | {"confirmed": ["vendor", "total", "paid"]}) == {
        "vendor": None,
        "total": None,
        "paid": None,
    }
    assert TASK.posted(blank | {"confirmed": ["vendor"]}) is None
    given = {"value.vendor": ["x"], "confirmed": ["vendor"]}
    assert TASK.posted(given) == {"vendor": "x"}


def test_an_answer_reads_as_titles_with_their_values() -> None:
    stored = normal(vendor="ACME", total="12.5", paid=False)
    assert TASK.brief(INVOICE, stored) == (
        "Vendor: ACME · Total: 12.50 EUR · Due day: – · Kind: – · Paid: No"
    )
    long = TASK.brief(INVOICE, normal(vendor="word " * 100, total=1, kind="receipt", paid=True))
    assert len(long) <= BRIEF


def test_a_model_of_classes_does_not_fit() -> None:
    assert TASK.fits(INVOICE, []) == ""
    assert TASK.fits(INVOICE, ["a"]) == "A model of classes cannot fill in fields."
