"""Populations whose truth is known exactly: cases to draw from, each with a score and whether the
model is wrong. Real ones are models on scikit-learn's bundled data, with noise; the others are made
to be hard."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

POOL = 200_000  # cases of a made population; a real one has as many as its noise gives


@dataclass(frozen=True, slots=True)
class Population:
    """The scores of all its cases and the probability that the model is wrong on each: 0 or 1 for
    a `real` one, for which a model was trained."""

    name: str
    scores: NDArray[np.float64]
    risks: NDArray[np.float64]
    real: bool

    def draw(self, n: int, chance: np.random.Generator) -> tuple[Any, Any]:
        """Scores and errors of n cases."""
        which = chance.integers(self.scores.size, size=n)
        return self.scores[which], chance.random(n) < self.risks[which]

    def risk(self, threshold: float) -> float:
        """The true error of what is automated at this threshold; 0 if nothing is."""
        reached = self.scores >= threshold
        return float(self.risks[reached].mean()) if reached.any() else 0.0

    def coverage(self, threshold: float) -> float:
        return float((self.scores >= threshold).mean())

    def oracle(self, max_error: float) -> float:
        """The largest share that could be automated with an error of at most `max_error`."""
        order = np.argsort(-self.scores, kind="stable")
        scores, wrong = self.scores[order], np.cumsum(self.risks[order])
        ends = np.append(scores[1:] != scores[:-1], True)
        n = np.arange(1, scores.size + 1)
        fine = ends & (wrong <= max_error * n)
        return float(n[fine].max(initial=0) / scores.size)


def _real(name: str, model: Any, data: tuple[Any, Any], noise: float, copies: int) -> Population:
    """A model trained on 40 % of the data, asked about noisy copies of the rest."""
    from sklearn.model_selection import train_test_split

    x, y = data
    known, unseen, labels, truth = train_test_split(
        x, y, train_size=0.4, random_state=0, stratify=y
    )
    model.fit(known, labels)
    chance = np.random.default_rng(0)
    many = np.repeat(unseen, copies, axis=0)
    many = many + chance.normal(0, noise, many.shape) * known.std(axis=0)
    probabilities = model.predict_proba(many)
    wrong = model.classes_[probabilities.argmax(axis=1)] != np.repeat(truth, copies)
    return Population(name, probabilities.max(axis=1), wrong.astype(float), real=True)


def _digits(transposed: bool) -> tuple[Any, Any]:  # noqa: FBT001
    from sklearn.datasets import load_digits

    digits = load_digits()
    if not transposed:
        return digits.data, digits.target
    turned = digits.images.transpose(0, 2, 1).reshape(len(digits.data), -1)
    return np.vstack([digits.data, turned]), np.append(digits.target, digits.target + 10)


def _digits10() -> Population:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(max_iter=3000, C=0.01)
    return _real("digits10", model, _digits(transposed=False), 0.1, 20)


def _breast2() -> Population:
    from sklearn.datasets import load_breast_cancer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    return _real("breast2", model, load_breast_cancer(return_X_y=True), 0.3, 60)


def _digits20_rf() -> Population:
    from sklearn.ensemble import RandomForestClassifier

    model = RandomForestClassifier(60, random_state=0)
    return _real("digits20_rf", model, _digits(transposed=True), 0.1, 10)


def _digits20_mlp() -> Population:
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    network = MLPClassifier((64,), max_iter=300, random_state=0)
    model = make_pipeline(StandardScaler(with_std=False), network)
    return _real("digits20_mlp", model, _digits(transposed=True), 0.1, 10)


def _made(name: str, risk: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Population:
    """Scores spread as those of a classifier are, wrong with the probability that `risk` gives."""
    scores = np.random.default_rng(1).beta(6, 1, POOL)
    return Population(name, scores, risk(scores), real=False)


def _calibrated() -> Population:
    return _made("calibrated", lambda s: 1 - s)


def _wrong_at_the_top() -> Population:
    return _made("wrong at the top", lambda s: np.where(s > 0.995, 0.05, 0.3 * (1 - s) ** 1.2))


def _hopeless() -> Population:
    return _made("hopeless", lambda s: np.full(s.shape, 0.03))


def _boundary() -> Population:
    return _made("boundary", lambda s: np.full(s.shape, 0.0204))


MAKERS = (
    _digits10,
    _breast2,
    _digits20_rf,
    _digits20_mlp,
    _calibrated,
    _wrong_at_the_top,
    _hopeless,
    _boundary,
)


@cache
def all_of_them() -> list[Population]:
    return [make() for make in MAKERS]
