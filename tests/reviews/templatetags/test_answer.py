"""Answers as forms: what is filled in, and in which order fields come."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from models_registry.domain.task_types import TASK_TYPES
from reviews.services.desk import OnDesk
from reviews.templatetags.answer import as_json, brief, filled, given, rows

NOTHING = {"value": None}
FIELDS = {
    "fields": [
        {"name": "vendor", "type": "text", "required": True},
        {"name": "total", "type": "number"},
        {"name": "paid", "type": "yes_no"},
    ]
}
SAID = {"vendor": "Kestrel", "total": "12.5", "paid": False}


def desk(kind: str, definition: dict[str, Any], **more: Any) -> OnDesk:
    task = TASK_TYPES[kind]
    answer = task.check(definition)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    about: dict[str, Any] = {
        "referral_id": UUID(int=1),
        "claim_id": UUID(int=2),
        "token": 1,
        "expires": at,
        "workflow_id": UUID(int=3),
        "input": {},
        "input_schema": {},
        "form": task.form(answer),
        "template": task.template,
        "suggestion": None,
        "confidence": None,
        "answer": answer,
    }
    return OnDesk(**about | more)


EXAMPLES = [
    pytest.param("classification", {"classes": ["a", "b"]}, "a", id="classification"),
    pytest.param("multilabel", {"classes": ["a", "b"]}, ["a", "b"], id="multilabel"),
    pytest.param("number", {"unit": "kg"}, "3", id="number"),
    pytest.param("text", {"compare": "cer"}, "some words", id="text"),
    pytest.param("fields", FIELDS, SAID, id="fields"),
]


@pytest.mark.parametrize(("kind", "definition", "value"), EXAMPLES)
def test_what_a_form_is_filled_with_is_what_it_posts(
    kind: str, definition: dict[str, Any], value: Any
) -> None:
    shown = desk(kind, definition)
    posted = TASK_TYPES[kind].posted(given(value, shown.form))
    assert TASK_TYPES[kind].normalise(shown.answer, posted, "/value") == value


def test_none_of_these_is_posted_alone() -> None:
    several = desk("multilabel", {"classes": ["a", "b"], "none_of_these": True})
    assert given([], several.form) == {"value": ["none_of_these"]}


@pytest.mark.parametrize("draft", [3, ["a"], {"x": 1}, "", None])
def test_a_draft_of_another_program_fills_in_no_choice(draft: object) -> None:
    shown = desk("classification", {"classes": ["a", "b"]})
    assert "a" not in filled(shown, {"value": draft}).get("value", [])
    assert filled(desk("fields", FIELDS), {"value": draft}) == {}


def test_the_final_answer_starts_from_the_first_but_among_choices_from_none() -> None:
    assert filled(desk("number", {"unit": ""}, first="3"), NOTHING) == {"value": ["3"]}
    assert filled(desk("number", {"unit": ""}, first="3"), {"value": "4"}) == {"value": ["4"]}
    assert filled(desk("classification", {"classes": ["a", "b"]}, first="a"), NOTHING) == {}


def order(shown: OnDesk) -> list[tuple[str, str]]:
    return [(row["name"], row.get("doubt", "")) for row in rows(shown, {})]


def test_a_blind_case_has_its_fields_in_the_order_of_the_definition() -> None:
    assert order(desk("fields", FIELDS)) == [("vendor", ""), ("total", ""), ("paid", "")]


@pytest.mark.parametrize(
    ("threshold", "first"),
    [
        pytest.param(None, [("paid", "least sure"), ("total", ""), ("vendor", "")], id="none"),
        pytest.param(
            0.8,
            [("paid", "below the threshold"), ("total", "below the threshold"), ("vendor", "")],
            id="a threshold",
        ),
    ],
)
def test_the_fields_that_the_model_is_unsure_of_come_first(
    threshold: float | None, first: list[tuple[str, str]]
) -> None:
    sure = {"vendor": 0.99, "total": 0.7, "paid": 0.4}
    shown = desk("fields", FIELDS, suggestion=SAID, confidences=sure, threshold=threshold)
    assert order(shown) == first


def test_a_field_without_a_confidence_comes_before_all_others() -> None:
    shown = desk("fields", FIELDS, suggestion=SAID, confidences={"vendor": 0.1, "paid": 0.2})
    assert order(shown)[0] == ("total", "no confidence")


def test_what_differs_from_the_first_answer_comes_first_and_the_rest_is_done() -> None:
    sure = {"vendor": 0.9, "total": 0.95, "paid": 0.1}
    first = SAID | {"vendor": "Kestrel Ltd"}
    found = rows(desk("fields", FIELDS, suggestion=SAID, confidences=sure, first=first), {})
    assert [(row["name"], row["differs"], row["is_done"]) for row in found] == [
        ("vendor", True, False),
        ("paid", False, True),
        ("total", False, True),
    ]


def test_an_answer_is_read_in_one_line_and_a_text_of_many_whole() -> None:
    words = "word " * 40
    assert brief(words, desk("text", {"compare": "cer", "multiline": True})) == words
    assert brief(["a"], desk("multilabel", {"classes": ["a", "b"]})) == "a"


def test_scripts_read_what_is_given_as_json() -> None:
    assert as_json({"value": ["<b>"]}) == '{"value": ["<b>"]}'
