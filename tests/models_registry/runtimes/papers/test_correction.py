"""The corrector of remarks, on lines that it has never seen."""

from typing import Any

import pytest

from models_registry.runtimes.papers import remarks
from models_registry.runtimes.papers.correction import Corrector, trained, wer

UNSEEN = [remarks.sample(i) for i in range(300)]


@pytest.fixture(scope="module")
def model() -> Corrector:
    return trained()


@pytest.fixture(scope="module")
def said(model: Corrector) -> list[dict[str, Any]]:
    return [model.predict(given) for given, _ in UNSEEN]


def test_it_beats_leaving_the_line_as_it_is(said: list[dict[str, Any]]) -> None:
    left = [(given["line"], truth) for given, truth in UNSEEN]
    mended = [(one["value"], truth) for one, (_, truth) in zip(said, UNSEEN, strict=True)]
    assert wer(mended) < 0.3 * wer(left)
    assert sum(a == b for a, b in mended) > 2 * sum(a == b for a, b in left)


def test_it_says_honestly_how_good_it_is(model: Corrector, said: list[dict[str, Any]]) -> None:
    told = model.metrics
    right = sum(one["value"] == truth for one, (_, truth) in zip(said, UNSEEN, strict=True))
    assert abs(told["accuracy"] - right / len(said)) < 0.06
    assert told["wer"] < told["wer_before"]
    assert f"{told['wer']:.3f}" in model.card
    assert "generated" in model.card


def test_it_is_about_as_sure_as_it_is_right(said: list[dict[str, Any]]) -> None:
    pairs = list(zip(said, UNSEEN, strict=True))
    right = sum(one["value"] == truth for one, (_, truth) in pairs) / len(pairs)
    assert abs(sum(one["confidence"] for one in said) / len(said) - right) < 0.05
    sure = [one["value"] == truth for one, (_, truth) in pairs if one["confidence"] > 0.9]
    unsure = [one["value"] == truth for one, (_, truth) in pairs if one["confidence"] < 0.5]
    assert sum(sure) / len(sure) > 0.9
    assert sum(unsure) / len(unsure) < 0.4


@pytest.mark.parametrize(
    ("pairs", "rate"),
    [
        ([("a b c", "a b c")], 0.0),
        ([("a c", "a b c")], 1 / 3),
        ([("a x c", "a b c"), ("d", "d")], 1 / 4),
    ],
)
def test_the_rate_of_wrong_words(pairs: list[tuple[str, str]], rate: float) -> None:
    assert wer(pairs) == pytest.approx(rate)
