"""A model that reads invoices: one classifier scores the candidates of each field, one the kinds
of the whole paper; a third learns on unseen papers how often the best candidate is right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import log
from typing import Any, NamedTuple

from models_registry.runtimes.papers import candidates, invoices
from models_registry.runtimes.papers.candidates import Candidate
from models_registry.runtimes.papers.channel import Channel

LEARNED, HELD_OUT, MEASURED = 300, 150, 200  # papers: to score, for the confidence, for the card
SEED = 1  # that of the cases is another
KINDS = ("currency", "paid")  # fields that are not copied from the paper but told by all of it

Sample = tuple[dict[str, Any], dict[str, Any]]
Scores = Iterable[tuple[Any, float]]


class Best(NamedTuple):
    """The best value (None where there is no candidate), its score, and that of the next."""

    value: Any
    first: float
    second: float


@dataclass(slots=True)
class Extractor:
    """A fitted model, with what is known about it."""

    names: Channel
    scorers: dict[str, Any] = field(default_factory=dict)
    confidences: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)

    def predict(self, given: dict[str, Any]) -> dict[str, Any]:
        """The value of each field, and how likely each is right."""
        best = {name: one for name, (one,) in self.best([given["document"]]).items()}
        sure = {name: round(self._sure(name, one), 4) for name, one in best.items()}
        return {"value": {name: one.value for name, one in best.items()}, "confidences": sure}

    def best(self, texts: Sequence[str]) -> dict[str, list[Best]]:
        """Of each field the best value in each text."""
        return {name: self.best_of(name, texts) for name in invoices.FIELDS}

    def best_of(self, name: str, texts: Sequence[str]) -> list[Best]:
        if name in KINDS:
            kinds = [_kind(told) for told in self.scorers[name].classes_]
            rows = self.scorers[name].predict_proba(texts)
            return [_ranked(zip(kinds, row, strict=True)) for row in rows]
        return [
            _ranked(self._mended(name, one)) for one in _scored(self.scorers[name], name, texts)
        ]

    def _mended(self, name: str, scores: Scores) -> Scores:
        """A name with its misprints undone."""
        return [(self.names.read(v).text, p) for v, p in scores] if name == "supplier" else scores

    def _sure(self, name: str, best: Best) -> float:
        return float(self.confidences[name].predict_proba([_features(best)])[0, 1])

    @property
    def card(self) -> str:
        m = self.metrics
        each = ", ".join(f"{name} {m[f'accuracy_{name}']:.0%}" for name in invoices.FIELDS)
        return (
            f"Logistic regressions over candidate pieces of {LEARNED} generated invoices, their "
            f"confidence learned on {HELD_OUT} others. On {m['n']} that neither had seen, "
            f"generated too: {each}; all six right on {m['accuracy']:.0%}. A misprint that leaves "
            "a plausible number, date or amount is beyond it. Real invoices are more various than "
            "these."
        )


@cache
def trained() -> Extractor:
    """Learns once per process, in about two seconds."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # many small steps: threads would only wait for one another
        return _trained()


def _trained() -> Extractor:
    papers = [invoices.sample(i, SEED) for i in range(LEARNED + HELD_OUT + MEASURED)]
    learned, held_out = papers[:LEARNED], papers[LEARNED : LEARNED + HELD_OUT]
    model = Extractor(Channel(truth["supplier"] for _, truth in learned))
    for name in invoices.FIELDS:
        fit = _fit_kinds if name in KINDS else _fit_candidates
        model.scorers[name] = fit(name, learned)
        model.confidences[name] = _fit_confidence(name, model, held_out)
    model.metrics = _measured(model, papers[-MEASURED:])
    return model


def _fit_candidates(name: str, papers: Sequence[Sample]) -> Any:
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    rows, right = [], []
    for given, truth in papers:
        every, features = candidates.described(name, given["document"])
        rows += features
        right += [_means(name, one, truth) for one in every]
    return make_pipeline(DictVectorizer(), LogisticRegression(max_iter=200)).fit(rows, right)


def _scored(scorer: Any, name: str, texts: Sequence[str]) -> list[list[tuple[str, float]]]:
    """The candidates of each text with their scores; all are scored at once, which is faster."""
    found = [candidates.described(name, text) for text in texts]
    rows = [row for _, features in found for row in features]
    scores = iter(scorer.predict_proba(rows)[:, 1] if rows else ())
    return [[(one.value, next(scores)) for one in every] for every, _ in found]


def _ranked(scores: Scores) -> Best:
    by_value: dict[Any, float] = {}
    for value, score in scores:
        by_value[value] = max(float(score), by_value.get(value, 0.0))
    ranked = sorted(by_value.items(), key=lambda one: -one[1])
    (value, first), (_, second) = (*ranked, (None, 0.0), (None, 0.0))[:2]
    return Best(value, first, second)


def _means(name: str, one: Candidate, truth: dict[str, Any]) -> bool:
    """Whether a candidate is the field's value; a name may be misprinted and is mended later."""
    from rapidfuzz.fuzz import ratio

    if name == "supplier":
        return bool(ratio(one.value, truth[name]) > 80)
    return bool(one.value == truth[name])


def _fit_kinds(name: str, papers: Sequence[Sample]) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4), min_df=3, lowercase=False)
    model = LogisticRegression(C=30.0, max_iter=200)
    texts, kinds = [given["document"] for given, _ in papers], [str(t[name]) for _, t in papers]
    return make_pipeline(pieces, model).fit(texts, kinds)


def _fit_confidence(name: str, model: Extractor, papers: Sequence[Sample]) -> Any:
    from sklearn.linear_model import LogisticRegression

    best = model.best_of(name, [given["document"] for given, _ in papers])
    right = [one.value == truth[name] for one, (_, truth) in zip(best, papers, strict=True)]
    toss = [Best(None, 0.5, 0.5)] * 2  # an even score is a coin's toss, whatever was seen so far
    rows = [_features(one) for one in best + toss]
    return LogisticRegression().fit(rows, [*right, True, False])


def _features(best: Best) -> list[float]:
    return [_logit(best.first), _logit(best.first) - _logit(best.second)]


def _logit(p: float) -> float:
    p = min(max(p, 1e-4), 1 - 1e-4)
    return log(p / (1 - p))


def _kind(told: str) -> object:
    return {"True": True, "False": False, "None": None}.get(told, told)


def _measured(model: Extractor, papers: Sequence[Sample]) -> dict[str, Any]:
    best = model.best([given["document"] for given, _ in papers])
    said = [{name: best[name][i].value for name in best} for i in range(len(papers))]
    return accuracies(said, [truth for _, truth in papers])


def accuracies(said: Sequence[dict[str, Any]], truths: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The share of papers on which each field is right, and all of them."""
    right = [
        {name: one[name] == truth[name] for name in invoices.FIELDS}
        for one, truth in zip(said, truths, strict=True)
    ]
    n = len(right)
    each = {f"accuracy_{name}": sum(one[name] for one in right) / n for name in invoices.FIELDS}
    return each | {"accuracy": sum(all(one.values()) for one in right) / n, "n": n}
