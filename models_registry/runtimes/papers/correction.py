"""A model that cleans up remarks: words and their order learned from other remarks, and a
confidence learned on lines that it had not seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from models_registry.runtimes.papers import remarks
from models_registry.runtimes.papers.channel import Channel, Reading
from models_registry.runtimes.papers.misprints import as_number

LEARNED, HELD_OUT, MEASURED = 1500, 400, 600  # lines: for words, for the confidence, for the card
SEED = 1  # that of the cases is another

Sample = tuple[dict[str, Any], str]


@dataclass(frozen=True, slots=True)
class Corrector:
    """A fitted model, with what is known about it."""

    channel: Channel
    confidence: Any
    metrics: dict[str, Any]

    def predict(self, given: dict[str, Any]) -> dict[str, Any]:
        """The clean line, and how likely it is right as a whole."""
        return _predict(self.channel, self.confidence, given)

    @property
    def card(self) -> str:
        m = self.metrics
        return (
            f"A noisy channel: words and pairs of words from {LEARNED} generated remarks, "
            "misprints undone where that makes them likely. On "
            f"{m['n']} others, generated too: word error rate {m['wer_before']:.3f} before, "
            f"{m['wer']:.3f} after; {m['accuracy']:.0%} of lines right, "
            f"{m['accuracy_before']:.0%} as they were scanned. A misprinted number is beyond it: "
            "nothing tells what it was."
        )


@cache
def trained() -> Corrector:
    """Learns once per process, in about a second."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    lines = [remarks.sample(i, SEED) for i in range(LEARNED + HELD_OUT + MEASURED)]
    channel = Channel(truth for _, truth in lines[:LEARNED])
    held_out = lines[LEARNED : LEARNED + HELD_OUT]
    read = [channel.read(given["line"]) for given, _ in held_out]
    right = [one.text == truth for one, (_, truth) in zip(read, held_out, strict=True)]
    features = [
        _features(one, given["line"]) for one, (given, _) in zip(read, held_out, strict=True)
    ]
    confidence = make_pipeline(StandardScaler(), LogisticRegression()).fit(features, right)
    return Corrector(channel, confidence, _measured(channel, lines[-MEASURED:]))


def _predict(channel: Channel, confidence: Any, given: dict[str, Any]) -> dict[str, Any]:
    read = channel.read(given["line"])
    sure = confidence.predict_proba([_features(read, given["line"])])[0, 1]
    return {"value": read.text, "confidence": round(float(sure), 4)}


def _features(read: Reading, line: str) -> list[float]:
    """What tells good readings from bad ones."""
    words = max(1, len(read.words))
    odd = sum(as_number(word) != word for word in line.split() if any(map(str.isdigit, word)))
    numbers = sum(any(map(str.isdigit, word)) for word in read.words)
    return [read.edits, read.edits / words, read.unknown, read.likely / words, numbers, odd]


def _measured(channel: Channel, lines: Sequence[Sample]) -> dict[str, Any]:
    before = [(given["line"], truth) for given, truth in lines]
    after = [(channel.read(line).text, truth) for line, truth in before]
    return {
        "wer_before": wer(before),
        "wer": wer(after),
        "accuracy_before": _right(before),
        "accuracy": _right(after),
        "n": len(lines),
    }


def wer(pairs: Sequence[tuple[str, str]]) -> float:
    """Edits of words from what was said to the truth, per word of the truth."""
    from rapidfuzz.distance import Levenshtein

    edits = sum(Levenshtein.distance(said.split(), truth.split()) for said, truth in pairs)
    return edits / sum(len(truth.split()) for _, truth in pairs)


def _right(pairs: Sequence[tuple[str, str]]) -> float:
    return sum(said == truth for said, truth in pairs) / len(pairs)
