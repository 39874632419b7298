"""Answers of every task type, as fields of a form."""

from typing import Any

import pytest
from django import forms
from django.http import QueryDict

from hitl.forms.answers import AnswerField, Answers, as_text, ask
from models_registry.domain.task_types import TASK_TYPES

DEFINED: dict[str, dict[str, Any]] = {
    "classification": {"classes": ["no", {"value": "yes", "title": "Yes!"}]},
    "multilabel": {"classes": ["rain", "wind", "snow"], "none_of_these": True, "least": 2},
    "number": {"unit": "kg", "decimals": 1, "maximum": 10},
    "text": {"compare": "wer"},
    "fields": {"fields": [{"name": "total", "type": "number"}, {"name": "paid", "type": "yes_no"}]},
}


def answers(name: str) -> Answers:
    task = TASK_TYPES[name]
    return Answers(task, task.check(DEFINED[name]))


def form(name: str, *given: str, initial: object = None) -> forms.Form:
    """A form that asks for an answer; what was sent to it is `given`."""
    made = forms.Form(_sent(given) if given else None, initial={"value": initial})
    made.fields["value"] = ask(AnswerField(), answers(name), nothing="Choose")
    return made


def _sent(given: tuple[str, ...]) -> Any:
    data = QueryDict(mutable=True)
    data.setlist("value", list(given))
    return data


STORED: list[tuple[str, tuple[str, ...], object]] = [
    ("classification", ("yes",), "yes"),
    ("multilabel", ("snow", "rain"), ["rain", "snow"]),
    ("multilabel", ('["snow", "rain"]',), ["rain", "snow"]),
    ("multilabel", ("none_of_these",), []),
    ("number", ("2.5",), "2.5"),
    ("text", ("A [word]",), "A [word]"),
    ("text", ("12",), "12"),
    ("fields", ('{"total": 12, "paid": true}',), {"total": "12", "paid": True}),
]


@pytest.mark.parametrize(("name", "given", "stored"), STORED)
def test_what_is_sent_becomes_the_stored_answer(
    name: str, given: tuple[str, ...], stored: object
) -> None:
    sent = form(name, *given)
    assert sent.is_valid(), sent.errors
    assert sent.cleaned_data["value"] == stored


@pytest.mark.parametrize(("name", "given", "stored"), STORED)
def test_a_stored_answer_survives_a_hidden_field(
    name: str, given: tuple[str, ...], stored: object
) -> None:
    again = form(name, as_text(stored) or "[]")
    assert again.is_valid(), again.errors
    assert again.cleaned_data["value"] == stored


@pytest.mark.parametrize(
    ("name", "stored", "shown"),
    [
        ("classification", "yes", ['value="yes" selected']),
        ("multilabel", ["rain", "snow"], ['value="rain"', 'id="id_value_0" checked']),
        ("multilabel", '["rain", "snow"]', ['id="id_value_2" checked']),
        ("multilabel", [], ['id="id_value_3" checked']),
        ("number", "2.5", [">2.5</textarea>"]),
        (
            "fields",
            {"total": "12", "paid": True},
            ['name="value.total" value="12"', 'value="yes" selected'],
        ),
    ],
)
def test_a_stored_answer_is_shown(name: str, stored: object, shown: list[str]) -> None:
    html = str(form(name, initial=stored)["value"])
    assert [part for part in shown if part not in html] == []


@pytest.mark.parametrize("name", list(DEFINED))
def test_nothing_is_chosen_at_first(name: str) -> None:
    html = str(form(name)["value"])
    assert '" checked' not in html
    assert "{" not in html


@pytest.mark.parametrize("name", list(DEFINED))
def test_saying_nothing_is_asked_again(name: str) -> None:
    assert list(form(name, "").errors) == ["value"]


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("classification", ("maybe",), "'maybe' is not a class. Valid: no, yes."),
        ("multilabel", ("rain",), "Choose 2 to 3 of the classes, not 1."),
        ("number", ("11",), "At most 10."),
        ("number", ("many",), "Not a number. Write digits with a point, as 1234.5."),
        ("text", ("two\nlines",), "Write it in one line."),
        ("fields", ("12",), "Give an object with the fields: total, paid."),
        ("fields", ('{"total": "x"}',), "total: Not a number. Write digits with a point, as"),
    ],
)
def test_what_is_no_answer_is_refused_in_words(
    name: str, given: tuple[str, ...], said: str
) -> None:
    assert str(form(name, *given).errors["value"][0]).startswith(said)


@pytest.mark.parametrize("name", [name for name in DEFINED if name != "text"])
@pytest.mark.parametrize("given", ["[" * 2000 + "]" * 2000, '"\\ud800"', "9" * 5001])
def test_odd_json_is_refused_in_words_too(name: str, given: str) -> None:
    sent = form(name, given)
    assert list(sent.errors) == ["value"]
    assert sent.as_p()


def test_answers_are_told_in_one_line_even_if_they_are_none_any_more() -> None:
    assert answers("classification").brief("yes") == "Yes!"
    assert answers("multilabel").brief([]) == "None of these"
    assert answers("number").brief("2.5") == "2.5 kg"
    assert answers("classification").brief("gone") == "gone"
    assert answers("classification").brief(["gone"]) == '["gone"]'


@pytest.mark.parametrize("name", list(TASK_TYPES))
def test_every_task_type_can_be_asked_for(name: str) -> None:
    task = TASK_TYPES[name]
    field = ask(AnswerField(), Answers(task, task.check(task.example)), nothing="Choose")
    assert field.required
    assert field.answers is not None


def test_parts_that_are_filled_in_become_the_stored_answer() -> None:
    made = forms.Form(QueryDict("value.total=12.50&value.paid=yes"))
    made.fields["value"] = ask(AnswerField(), answers("fields"), nothing="Choose")
    assert made.is_valid(), made.errors
    assert made.cleaned_data["value"] == {"total": "12.5", "paid": True}
    assert made["value"].value() == '{"total":"12.50","paid":"yes"}'


def test_a_part_that_is_wrong_is_named() -> None:
    made = forms.Form(QueryDict("value.total=x"))
    made.fields["value"] = ask(AnswerField(), answers("fields"), nothing="Choose")
    assert str(made.errors["value"][0]).startswith("total: Not a number.")
    assert 'value="x"' in str(made["value"])
