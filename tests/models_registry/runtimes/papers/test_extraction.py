"""The reader of invoices, on papers that it has never seen."""

from collections import Counter
from typing import Any

import pytest

from models_registry.domain.task_types import TASK_TYPES
from models_registry.runtimes.papers import invoices
from models_registry.runtimes.papers.candidates import described
from models_registry.runtimes.papers.extraction import Extractor, accuracies, trained

UNSEEN = [invoices.sample(i) for i in range(200)]


@pytest.fixture(scope="module")
def model() -> Extractor:
    return trained()


@pytest.fixture(scope="module")
def said(model: Extractor) -> list[dict[str, Any]]:
    return [model.predict(given) for given, _ in UNSEEN]


def naive(text: str) -> dict[str, Any]:
    """The first of everything, the largest amount, the sign that is seen most."""
    first = {
        name: next((c.value for c in described(name, text)[0]), None)
        for name in ("invoice_number", "date", "supplier")
    }
    amounts = [c.value for c in described("total", text)[0]]
    seen = Counter({c: text.count(c) + text.count(s) for c, s in invoices.SIGNS.items()})
    largest = max(amounts, key=float, default=None)
    return {**first, "currency": seen.most_common(1)[0][0], "total": largest, "paid": None}


def test_it_beats_taking_the_first_of_everything(said: list[dict[str, Any]]) -> None:
    truths = [truth for _, truth in UNSEEN]
    learned = accuracies([one["value"] for one in said], truths)
    plain = accuracies([naive(given["document"]) for given, _ in UNSEEN], truths)
    assert learned["accuracy"] > plain["accuracy"] + 0.3, (learned, plain)
    assert all(learned[name] >= plain[name] for name in learned), (learned, plain)


def test_it_says_honestly_how_good_it_is(model: Extractor, said: list[dict[str, Any]]) -> None:
    told = model.metrics
    found = accuracies([one["value"] for one in said], [truth for _, truth in UNSEEN])
    assert told["n"] == 200
    assert abs(told["accuracy"] - found["accuracy"]) < 0.12
    assert f"{told['accuracy']:.0%}" in model.card
    assert "generated" in model.card


@pytest.mark.parametrize("name", invoices.FIELDS)
def test_it_is_about_as_sure_as_it_is_right(said: list[dict[str, Any]], name: str) -> None:
    sure = sum(one["confidences"][name] for one in said) / len(said)
    pairs = zip(said, UNSEEN, strict=True)
    right = sum(one["value"][name] == truth[name] for one, (_, truth) in pairs) / len(said)
    assert abs(sure - right) < 0.06


def test_the_sure_papers_are_right_more_often(said: list[dict[str, Any]]) -> None:
    pairs = [
        (min(one["confidences"].values()), one["value"] == truth)
        for one, (_, truth) in zip(said, UNSEEN, strict=True)
    ]
    pairs.sort(key=lambda pair: pair[0])
    low, high = ([right for _, right in part] for part in (pairs[:80], pairs[120:]))
    assert sum(high) / len(high) > sum(low) / len(low) + 0.3


def test_what_it_says_is_an_answer_with_a_confidence_for_each_field(
    said: list[dict[str, Any]],
) -> None:
    task = TASK_TYPES["fields"]
    answer = task.check(invoices.ANSWER)
    for one in said:
        task.normalise(answer, one["value"], "/value")
        assert list(one["confidences"]) == invoices.FIELDS
        assert all(0 <= p <= 1 for p in one["confidences"].values())


def test_a_field_that_is_nowhere_is_left_out_and_unsure(model: Extractor) -> None:
    read = model.predict({"document": "nothing to see"})
    assert read["value"]["date"] is None
    assert read["confidences"]["date"] < 0.2
