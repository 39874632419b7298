"""Known answers from a table: all of its lines, or none."""

import csv
import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hitl.models import Case, Payload, Prediction, Workflow
from models_registry.domain.errors import Invalid
from reviews.domain.standing import KNOWS
from reviews.models import Claim, Gold
from reviews.services import gold_tables
from tests import factories, runtimes
from tests.reviews.answers import bringing

pytestmark = pytest.mark.django_db

FIELDS = [
    {"name": "vendor", "type": "text", "required": True},
    {"name": "total", "type": "number", "decimals": 2},
    {"name": "note", "type": "text"},
]


def csv_of(*lines: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()


def spam_table(*answers: str) -> bytes:
    lines = [[json.dumps({"text": f"known {i}"}), one] for i, one in enumerate(answers)]
    return csv_of(["input", "value"], *lines)


def problems(workflow: Workflow, table: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        gold_tables.load(workflow, table)
    assert not Gold.objects.exists()
    assert not Case.objects.exists()
    return [(problem.pointer, problem.detail) for problem in refused.value.problems]


@pytest.fixture
def papers(db: None) -> Workflow:
    return factories.workflow("papers", task_type="fields", answer={"fields": FIELDS})


def test_every_line_becomes_a_known_answer(spam: Workflow, alice: User) -> None:
    made = gold_tables.load(spam, spam_table("yes", "no"), by=alice)
    assert [gold.answer for gold in made] == ["yes", "no"]
    stored = {gold.answer: gold for gold in Gold.objects.all()}
    inputs = {gold.answer: Payload.objects.get(pk=gold.pk).input for gold in stored.values()}
    assert inputs == {"yes": {"text": "known 0"}, "no": {"text": "known 1"}}
    assert Claim.objects.filter(reviewer=alice, skip_reason=KNOWS).count() == 2
    assert Prediction.objects.count() == 2


def test_fields_have_a_column_each_and_a_note_of_their_own(papers: Workflow) -> None:
    table = csv_of(
        ["vendor", "answer.note", "note", "input", "total"],
        ["'=ACME", "", "from the handbook", '{"text": "a"}', "12.5"],
        ["B", "'@home", "", '{"text": "b"}', ""],
    )
    first, second = gold_tables.load(papers, table)
    assert first.answer == {"vendor": "=ACME", "total": "12.50", "note": None}
    assert second.answer == {"vendor": "B", "total": None, "note": "@home"}
    assert (first.note, second.note) == ("from the handbook", "")


def test_every_wrong_cell_is_named_by_line_and_column(papers: Workflow) -> None:
    table = csv_of(
        ["input", "vendor", "total", "answer.note"],
        ['{"text": "a"}', "A", "1", ""],
        ['{"text": "b"}', "", "1,5", ""],
        ['{"words": "c"}', "C", "", ""],
        ["{", "D", "", ""],
    )
    found = problems(papers, table)
    assert found[:2] == [
        ("/rows/1/vendor", "Line 3: Vendor is always there; fill it in."),
        (
            "/rows/1/total",
            "Line 3: Not a number: a comma is not understood. Write digits with a point, "
            "as 1234.5.",
        ),
    ]
    pointers = [pointer for pointer, _ in found[2:]]
    assert all(pointer.startswith("/rows/2/input") for pointer in pointers[:-1])
    place, said = found[-1]
    assert place == "/rows/3/input"
    assert said.startswith("Line 5: This is no JSON")
    assert said.endswith('Write it as {"text": "hi"}.')


def test_an_answer_of_one_column_is_named_by_it(spam: Workflow) -> None:
    assert [pointer for pointer, _ in problems(spam, spam_table("yes", "maybe", ""))] == [
        "/rows/1/value",
        "/rows/2/value",
    ]


def test_several_labels_stand_in_one_cell(db: None) -> None:
    made = factories.workflow("sky", task_type="multilabel", answer={"classes": ["rain", "wind"]})
    table = csv_of(["input", "value"], ['{"text": "a"}', "wind;rain"])
    (gold,) = gold_tables.load(made, table)
    assert gold.answer == ["rain", "wind"]
    with pytest.raises(Invalid) as refused:
        gold_tables.load(made, csv_of(["input", "value"], ['{"text": "a"}', "rain;snow"]))
    assert refused.value.problems[0].pointer == "/rows/0/value"


@pytest.mark.parametrize(
    ("table", "pointer", "says"),
    [
        pytest.param(b"", "/columns", "The input or the answer is missing.", id="nothing"),
        pytest.param(b"input,value\r\n", "/rows", "The table has no lines", id="only a head"),
        pytest.param(
            b"input;value\r\n", "/columns", "There is no column 'input;v", id="semicolons"
        ),
        pytest.param(b"input\r\n{}\r\n", "/columns", "The input or the answer", id="no answer"),
        pytest.param(b"value\r\nyes\r\n", "/columns", "The input or the answer", id="no input"),
        pytest.param(
            b"input,value,input\r\n", "/columns", "A column stands there twice", id="twice"
        ),
        pytest.param(
            b"input,value,case\r\n", "/columns", "There is no column 'case'", id="strange"
        ),
        pytest.param(b"input,value\r\n{}\r\n", "/rows/0", "Line 2 has 1 cells", id="short line"),
        pytest.param(b"input,value\r\n\r\n{},a,b\r\n", "/rows/1", "Line 3 has 3", id="long line"),
        pytest.param(b'input,value\r\n"{},a\r\n', "", "Line 2 is no CSV", id="open quote"),
        pytest.param(b"input,value\r\n\xff,a\r\n", "", "The table is no UTF-8", id="not UTF-8"),
    ],
)
def test_what_is_no_such_table_is_refused(
    spam: Workflow, table: bytes, pointer: str, says: str
) -> None:
    ((where, detail),) = problems(spam, table)
    assert where == pointer
    assert detail.startswith(says)


def test_a_note_has_its_length(spam: Workflow) -> None:
    table = csv_of(["input", "value", "note"], ['{"text": "a"}', "yes", "x" * 501])
    ((where, detail),) = problems(spam, table)
    assert (where, detail) == (
        "/rows/0/note",
        "Line 2: A note has at most 500 characters, and no NUL.",
    )


def test_a_table_saved_by_a_spreadsheet_begins_with_a_mark(spam: Workflow) -> None:
    table = b"\xef\xbb\xbf" + spam_table("yes")
    assert len(gold_tables.load(spam, table)) == 1


def test_a_long_input_is_no_error(db: None) -> None:
    made = factories.workflow("long", schema={})
    table = csv_of(["input", "value"], [json.dumps("x" * 200_000), "yes"])
    assert len(gold_tables.load(made, table)) == 1


def test_a_table_has_at_most_so_many_lines(spam: Workflow, monkeypatch: Any) -> None:
    monkeypatch.setattr(gold_tables, "MOST", 2)
    assert problems(spam, spam_table("yes", "yes", "yes")) == [
        ("/rows", "A table has at most 2 lines; send it in parts.")
    ]
    assert len(gold_tables.load(spam, spam_table("yes", "no"))) == 2


def test_a_refusal_names_only_so_many_problems(spam: Workflow, monkeypatch: Any) -> None:
    monkeypatch.setattr(gold_tables, "TOLD", 3)
    assert len(problems(spam, spam_table(*["maybe"] * 10))) == 3


def test_the_model_is_asked_once_and_the_database_as_often_for_many(spam: Workflow) -> None:
    gold_tables.load(spam, spam_table("yes"))
    counts = []
    for many in (2, 40):
        runtimes.ASKED.clear()
        with CaptureQueriesContext(connection) as asked:
            gold_tables.load(spam, spam_table(*["yes"] * many))
        assert [many] == runtimes.ASKED
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_what_a_clients_model_says_has_a_column(db: None) -> None:
    own = bringing()
    said = '{"value": "no", "confidence": 0.5}'
    table = csv_of(["input", "value", "prediction"], ["{}", "yes", said], ["{}", "no", ""])
    assert len(gold_tables.load(own, table)) == 2
    found = Prediction.objects.get()
    assert (found.value, found.confidence) == ("no", 0.5)


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ("no", "/rows/0/prediction"),
        ("[]", "/rows/0/prediction"),
        ('{"value": "maybe"}', "/rows/0/prediction/value"),
    ],
)
def test_a_prediction_that_is_none_is_named_by_its_line(db: None, said: str, pointer: str) -> None:
    table = csv_of(["input", "value", "prediction"], ["{}", "yes", said])
    assert [place for place, _ in problems(bringing(), table)] == [pointer]


def test_an_input_that_nests_too_deep_is_named_by_its_line(db: None) -> None:
    deep = '{"a": ' + "[" * 101 + "]" * 101 + "}"
    [(place, said)] = problems(bringing(), csv_of(["input", "value"], [deep, "yes"]))
    assert place == "/rows/0/input"
    assert said.startswith("Line 2: This nests too deep; use at most 100 levels.")
