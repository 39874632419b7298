"""The scikit-learn runtime: estimators in skops format. Pickle is never loaded.

Inputs become features by the version's input schema: its `properties`, in their order, are the
features. One property that is an array of numbers (nested or flat) is the feature vector itself;
one that is a string makes a vector of texts; several make one row of values, of numbers where the
schema says that each is one (a missing one is NaN), else of Python objects. What an input becomes
never depends on the inputs that come with it, so one answer is the same alone and in an array.
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
    # Parts of scikit-learn's own estimators that skops does not trust by itself, mostly compiled
    # ones. Nothing here runs code that a file brings along.
    "sklearn.tree._tree.Tree",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._dist_metrics.ManhattanDistance64",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.feature_selection._univariate_selection.f_classif",
    "sklearn.feature_selection._univariate_selection.chi2",
    "sklearn.utils._bunch.Bunch",
    "numpy.dtype",  # the name of a number format, kept by imputers and encoders
]
NUMBERS = {"number", "integer", "boolean", "null"}


def features(schema: Mapping[str, object], inputs: Sequence[object]) -> "np.ndarray[Any, Any]":
    """The feature array of shape (n, k), or (n,) of texts, for n inputs; see the module's text."""
    import numpy as np

    properties = cast(Mapping[str, object], schema.get("properties", {}))
    given = cast(Sequence[Mapping[str, object]], inputs)
    rows = [[value.get(name) for name in properties] for value in given]
    if len(properties) == 1:
        alone = [row[0] for row in rows]
        if all(isinstance(value, str) for value in alone):
            return np.array(alone, dtype=object)
        if all(isinstance(value, list) for value in alone):
            return np.asarray(alone, dtype=np.float64).reshape(len(alone), -1)
    numeric = all(_is_number(declared) for declared in properties.values())
    return np.asarray(rows, dtype=np.float64 if numeric else object)


def _is_number(declared: object) -> bool:
    """Whether a property's schema allows nothing but numbers (and null, for a missing one)."""
    said = declared.get("type") if isinstance(declared, Mapping) else None
    types = {said} if isinstance(said, str) else set(cast(Sequence[str], said or ()))
    return bool(types) and types <= NUMBERS


class LoadedEstimator:
    """A fitted classifier in memory."""

    def __init__(
        self, estimator: Any, schema: Mapping[str, object], classes: Sequence[str]
    ) -> None:
        self._estimator = estimator
        self._schema = schema
        self._classes = list(classes)

    def predict(self, inputs: Sequence[object]) -> list[Outcome]:
        """All at once; if that fails, one by one, so that an odd input spoils its own case only."""
        try:
            rows = self._estimator.predict_proba(features(self._schema, inputs)).tolist()
            return [Outcome(*best(self._classes, row)) for row in rows]
        except Exception as error:  # whatever a third-party estimator raises is a failed prediction
            if len(inputs) == 1:
                raise PredictionFailed(f"{type(error).__name__}: {error}") from error
        return [self._alone(value) for value in inputs]

    def _alone(self, value: object) -> Outcome:
        try:
            return self.predict([value])[0]
        except PredictionFailed as error:
            return Outcome(None, None, error.detail)


@RUNTIMES.named("sklearn")
class SklearnRuntime:
    """Fitted scikit-learn classifiers with `predict_proba`, saved by `skops.io.dump`.

    >>> import skops.io
    >>> from sklearn.naive_bayes import GaussianNB
    >>> fitted = GaussianNB().fit([[1], [2], [8], [9]], ["low", "low", "high", "high"])
    >>> file = skops.io.dumps(fitted)
    >>> schema = {"properties": {"size": {"type": "number"}}}
    >>> runtime = SklearnRuntime()
    >>> model = runtime.load(file, schema, runtime.inspect(file, schema).classes)
    >>> [outcome.value for outcome in model.predict([{"size": 1.5}, {"size": 9}])]
    ['low', 'high']
    """

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
        labels = estimator.classes_
        if getattr(labels, "ndim", 0) != 1:
            raise Invalid.at("/artifact", "The model answers more than one question.")
        return Inspection(classes=[str(label) for label in labels.tolist()])

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
    """n_jobs=1 everywhere, in the fitted parts of parts too (get_params sees the unfitted ones): a
    pool of processes per prediction is slower than the prediction."""
    import numpy as np

    seen: set[int] = set()
    parts = [estimator]
    while parts:
        part = parts.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, dict):
            parts += part.values()
        elif isinstance(part, list | tuple):
            parts += part
        elif isinstance(part, np.ndarray) and part.dtype.hasobject:
            parts += part.ravel().tolist()
        elif type(part).__module__.startswith("sklearn.") and hasattr(part, "__dict__"):
            if "n_jobs" in vars(part):
                part.n_jobs = 1
            parts += vars(part).values()
