"""The scikit-learn runtime: estimators in skops format. Pickle is never loaded.

Inputs become features by the version's input schema: its `properties`, in their order, are the
features. One property that is an array of numbers (nested or flat) is the feature vector itself;
one that is a string makes a vector of texts; several make one row of values.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings

from models_registry.domain.errors import Invalid
from models_registry.domain.scoring import Outcome, PredictionFailed, best
from models_registry.runtimes.base import RUNTIMES, Inspection, Loaded

if TYPE_CHECKING:
    import numpy as np

TRUSTED = [
    # Compiled parts of scikit-learn's own tree models, which skops does not trust by itself.
    "sklearn.tree._tree.Tree",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    "sklearn._loss.link.Interval",
    "sklearn._loss.link.LogitLink",
    "sklearn._loss.link.MultinomialLogit",
    "sklearn._loss.loss.HalfBinomialLoss",
    "sklearn._loss.loss.HalfMultinomialLoss",
]


def features(schema: Mapping[str, object], inputs: Sequence[object]) -> "np.ndarray[Any, Any]":
    """The feature array of shape (n, k), or (n,) of texts, for n inputs; see the module's text."""
    import numpy as np

    names = list(cast(Mapping[str, object], schema.get("properties", {})))
    rows = [[cast(Mapping[str, object], value).get(name) for name in names] for value in inputs]
    if len(names) == 1 and all(isinstance(row[0], str) for row in rows):
        return np.array([row[0] for row in rows], dtype=object)
    try:
        if len(names) == 1 and all(isinstance(row[0], list) for row in rows):
            return np.asarray([row[0] for row in rows], dtype=np.float64).reshape(len(rows), -1)
        return np.asarray(rows, dtype=np.float64)
    except (TypeError, ValueError):
        return np.asarray(rows, dtype=object)


class LoadedEstimator:
    """A fitted classifier in memory."""

    def __init__(
        self, estimator: Any, schema: Mapping[str, object], classes: Sequence[str]
    ) -> None:
        self._estimator = estimator
        self._schema = schema
        self._classes = list(classes)

    def predict(self, inputs: Sequence[object]) -> list[Outcome]:
        try:
            rows = self._estimator.predict_proba(features(self._schema, inputs))
        except Exception as error:  # whatever a third-party estimator raises is a failed prediction
            raise PredictionFailed(f"{type(error).__name__}: {error}") from error
        answers = (best(self._classes, row) for row in rows.tolist())
        return [Outcome(value, confidence) for value, confidence in answers]


@RUNTIMES.named("sklearn")
class SklearnRuntime:
    """Fitted scikit-learn classifiers with `predict_proba`, saved by `skops.io.dump`."""

    name = "sklearn"
    title = "scikit-learn (skops file)"
    needs_artifact = True
    answers = True

    def inspect(self, artifact: bytes, schema: Mapping[str, object]) -> Inspection:
        estimator = self._read(artifact)
        if not hasattr(estimator, "predict_proba") or not hasattr(estimator, "classes_"):
            raise Invalid.at(
                "/artifact",
                f"{type(estimator).__name__} is no fitted classifier with predict_proba.",
            )
        return Inspection(classes=[str(label) for label in estimator.classes_])

    def load(self, artifact: bytes, schema: Mapping[str, object], classes: Sequence[str]) -> Loaded:
        from threadpoolctl import threadpool_limits

        estimator = self._read(artifact)
        threadpool_limits(limits=1)  # one thread per prediction; web threads are the parallelism
        _one_job(estimator)
        return LoadedEstimator(estimator, schema, classes)

    def _read(self, artifact: bytes) -> Any:
        import skops.io

        self._check_size(artifact)
        try:
            unknown = set(skops.io.get_untrusted_types(data=artifact)) - set(TRUSTED)
        except Exception as error:  # a damaged file fails wherever its damage happens to be
            raise Invalid.at(
                "/artifact", f"The file cannot be read as a skops model: {error}"
            ) from error
        if unknown:
            raise Invalid.at(
                "/artifact",
                f"The file holds types that are not trusted: {', '.join(sorted(unknown))}.",
            )
        try:
            return skops.io.loads(artifact, trusted=TRUSTED)
        except Exception as error:  # as above: the reason is passed on, nothing is hidden
            raise Invalid.at(
                "/artifact", f"The model cannot be loaded: {type(error).__name__}: {error}"
            ) from error

    def _check_size(self, artifact: bytes) -> None:
        try:
            with zipfile.ZipFile(io.BytesIO(artifact)) as archive:
                unpacked = sum(entry.file_size for entry in archive.infolist())
        except zipfile.BadZipFile as error:
            raise Invalid.at(
                "/artifact", "The file is no skops model (make one with skops.io.dump)."
            ) from error
        limit = settings.HITL_ARTIFACT_LIMIT
        if unpacked > limit:
            raise Invalid.at(
                "/artifact", f"Unpacked the model has {unpacked:,} bytes; at most {limit:,}."
            )


def _one_job(estimator: Any) -> None:
    """n_jobs=1 everywhere: a pool of processes per prediction is slower than the prediction."""
    for name in estimator.get_params(deep=True):
        if name == "n_jobs" or name.endswith("__n_jobs"):
            estimator.set_params(**{name: 1})
