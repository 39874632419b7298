"""An answer of named parts in a form: what it shows, what it takes."""

from typing import Any

import pytest
from django.http import QueryDict

from hitl.forms.parts import PartsWidget
from models_registry.domain.task_types import TASK_TYPES

TASK = TASK_TYPES["fields"]
FORM: Any = TASK.form(TASK.check(TASK.example))


@pytest.fixture
def widget() -> PartsWidget:
    return PartsWidget(FORM["fields"], TASK.posted)


def test_each_part_has_a_control_of_its_type(widget: PartsWidget) -> None:
    html = widget.render("value", '{"vendor":"<b>","paid":false,"kind":"receipt"}')
    for shown in (
        'name="value.vendor" value="&lt;b&gt;"',
        'name="value.total"',
        'inputmode="decimal"',
        'type="date" name="value.date"',
        'value="receipt" selected',
        'value="no" selected',
        "<small>EUR</small>",
        "<small>needed</small>",
    ):
        assert shown in html


@pytest.mark.parametrize("value", [None, "", "{", "12", "[]"])
def test_what_is_no_answer_shows_empty_controls(widget: PartsWidget, value: Any) -> None:
    assert widget.decompress(value) == ["", "", "", "", ""]


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        pytest.param("value.vendor=Ox&value.paid=", {"vendor": "Ox", "paid": None}, id="parts"),
        pytest.param("value.vendor=&value.paid=", None, id="nothing filled in"),
        pytest.param("value=%7B%7D", "{}", id="a whole answer"),
        pytest.param("other.vendor=Ox", None, id="of another field"),
    ],
)
def test_parts_are_taken_together(widget: PartsWidget, sent: str, taken: object) -> None:
    assert widget.value_from_datadict(QueryDict(sent), {}, "value") == taken


def test_the_names_begin_as_the_field_is_called(widget: PartsWidget) -> None:
    sent = QueryDict("answer.vendor=Ox")
    assert widget.value_from_datadict(sent, {}, "answer") == {"vendor": "Ox"}
    assert not widget.value_omitted_from_data(sent, {}, "answer")
    assert widget.value_omitted_from_data(sent, {}, "value")
