"""Real scikit-learn estimators with the input schema each is asked by, and files made to harm."""

import io
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import skops.io
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

Json = dict[str, Any]
NUMBER: Json = {"type": "number"}


def schema(**properties: Json) -> Json:
    return {"type": "object", "properties": properties}


VECTOR = schema(features={"type": "array", "items": NUMBER})
TEXT = schema(text={"type": "string"})
ROW = schema(age={"type": ["number", "null"]}, colour={"type": "string"}, code={"type": "string"})


@dataclass(frozen=True)
class Sample:
    """A fitted estimator, inputs as a client sends them, and what the library itself is asked."""

    estimator: Any
    schema: Json
    inputs: list[Json]
    features: Any

    @property
    def artifact(self) -> bytes:
        content: bytes = skops.io.dumps(self.estimator)
        return content


def _numbers() -> tuple[Any, Any]:
    x = np.random.default_rng(0).normal(size=(90, 4))
    return x, np.array(["a", "b", "c"])[np.digitize(x[:, 0] + x[:, 1], [-0.7, 0.7])]


def _vector(estimator: Any) -> Sample:
    x, y = _numbers()
    inputs = [{"features": row} for row in x[:12].tolist()]
    return Sample(estimator.fit(x, y), VECTOR, inputs, x[:12])


def _voting() -> Sample:
    """Every part of it asks for two jobs, as it may have been trained elsewhere."""
    parts = [("forest", RandomForestClassifier(3, random_state=0)), ("nb", GaussianNB())]
    of = _vector(VotingClassifier(parts, voting="soft"))
    of.estimator.n_jobs = parts[0][1].n_jobs = of.estimator.estimators_[0].n_jobs = 2
    return of


def _text() -> Sample:
    texts = ["cheap pills now", "see you at noon", "win a cheap prize", "lunch at noon?"] * 5
    model = make_pipeline(TfidfVectorizer(), SelectKBest(chi2, k=8), LogisticRegression()).fit(
        texts, ["spam", "ham"] * 10
    )
    return Sample(model, TEXT, [{"text": text} for text in texts[:4]], texts[:4])


def _rows() -> list[list[object]]:
    """Age (sometimes missing), colour, and a code that looks like a number but is none."""
    x, _ = _numbers()
    return [
        [None if i % 9 == 0 else round(v, 3), ["red", "blue"][i % 2], ["7", "007", "x"][i % 3]]
        for i, v in enumerate(x[:, 0].tolist())
    ]


def _table() -> Sample:
    rows = _rows()
    table = np.array(rows, dtype=object)
    steps = ColumnTransformer(
        [
            ("age", make_pipeline(SimpleImputer(), StandardScaler()), [0]),
            ("words", OneHotEncoder(handle_unknown="ignore"), [1, 2]),
        ]
    )
    target = ["yes" if row[2] == "7" else "no" for row in rows]
    model = make_pipeline(steps, LogisticRegression()).fit(table, target)
    inputs = [dict(zip(ROW["properties"], row, strict=True)) for row in rows[:12]]
    return Sample(model, ROW, inputs, table[:12])


def _numeric_table() -> Sample:
    x, y = _numbers()
    names = ["length", "width", "height", "weight"]
    x[::7, 2] = np.nan
    inputs = [
        {name: None if np.isnan(v) else v for name, v in zip(names, row, strict=True)}
        for row in x[:12].tolist()
    ]
    columns = {name: {"type": ["number", "null"]} for name in names}
    return Sample(
        HistGradientBoostingClassifier(max_iter=5).fit(x, y), schema(**columns), inputs, x[:12]
    )


MAKERS: dict[str, Callable[[], Sample]] = {
    "logistic regression": lambda: _vector(make_pipeline(StandardScaler(), LogisticRegression())),
    "random forest": lambda: _vector(RandomForestClassifier(5, random_state=0)),
    "histogram boosting": lambda: _vector(HistGradientBoostingClassifier(max_iter=5)),
    "gradient boosting": lambda: _vector(GradientBoostingClassifier(n_estimators=3)),
    "nearest neighbours": lambda: _vector(KNeighborsClassifier(algorithm="kd_tree")),
    "neighbours in balls": lambda: _vector(
        KNeighborsClassifier(algorithm="ball_tree", metric="manhattan")
    ),
    "naive Bayes": lambda: _vector(GaussianNB()),
    "neural network": lambda: _vector(MLPClassifier((8,), max_iter=3000, random_state=0)),
    "neural network, sgd": lambda: _vector(
        MLPClassifier((8,), solver="sgd", max_iter=3000, random_state=0, tol=1e-3)
    ),
    "stochastic descent": lambda: _vector(SGDClassifier(loss="log_loss", random_state=0)),
    "selected features": lambda: _vector(make_pipeline(SelectKBest(k=2), LogisticRegression())),
    "calibrated": lambda: _vector(CalibratedClassifierCV(LinearSVC(), cv=3)),
    "voting": _voting,
    "stacking": lambda: _vector(
        StackingClassifier([("nb", GaussianNB()), ("lr", LogisticRegression())], cv=2)
    ),
    "text": _text,
    "table": _table,
    "table of numbers": _numeric_table,
}


@lru_cache
def sample(name: str) -> Sample:
    return MAKERS[name]()


RAN: list[str] = []
"""What ran that must not run."""


class Evil:
    """A step of a pipeline whose making, loading or unpickling would leave a trace in RAN."""

    def __init__(self) -> None:
        self.armed = True

    def __setstate__(self, state: object) -> None:
        RAN.append("setstate")

    def __reduce__(self) -> Any:
        return RAN.append, ("unpickled",)


def calls_the_shell() -> bytes:
    """A pipeline that would run its input as a command."""
    x, y = _numbers()
    model = make_pipeline(FunctionTransformer(None), LogisticRegression()).fit(x, y)
    model.steps[0][1].func = os.system
    content: bytes = skops.io.dumps(model)
    return content


class Stranger:
    """A class of somebody's own project."""

    def __init__(self) -> None:
        self.classes_ = ["a", "b"]

    def __setstate__(self, state: object) -> None:
        RAN.append("stranger")


def own_class() -> bytes:
    content: bytes = skops.io.dumps(Stranger())
    return content


def pickle_inside() -> bytes:
    """A skops file whose first array was replaced by a pickled one."""
    pickled = io.BytesIO()
    np.save(pickled, np.array([Evil()], dtype=object), allow_pickle=True)
    return _with(lambda name, content: pickled.getvalue() if name.endswith(".npy") else content)


def corrupted() -> bytes:
    """A skops file whose description is no JSON."""
    return _with(lambda name, content: content[:-20] if name == "schema.json" else content)


def _with(change: Callable[[str, bytes], bytes]) -> bytes:
    source = io.BytesIO(sample("logistic regression").artifact)
    changed = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return changed.getvalue()
