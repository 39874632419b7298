"""The scikit-learn runtime against real estimators, and against files made to harm."""

import io
import os
import pickle
import zipfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import skops.io
from pytest_django import Settings
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.svm import LinearSVC

from models_registry.domain.errors import Invalid
from models_registry.domain.scoring import PredictionFailed
from models_registry.runtimes import RUNTIMES
from models_registry.runtimes.sklearn import TRUSTED, features
from tests.models_registry import estimators
from tests.models_registry.estimators import MAKERS, RAN, VECTOR, Sample, sample, schema

SKLEARN = RUNTIMES["sklearn"]
every_estimator = pytest.mark.parametrize("name", MAKERS)


def loaded(of: Sample) -> Any:
    artifact = of.artifact
    return SKLEARN.load(artifact, of.schema, SKLEARN.inspect(artifact, of.schema).classes)


def refused(artifact: bytes) -> str:
    """Why a file is refused; it is pointed at, and nothing in it ran."""
    with pytest.raises(Invalid) as error:
        SKLEARN.inspect(artifact, VECTOR)
    with pytest.raises(Invalid):
        SKLEARN.load(artifact, VECTOR, ["a", "b"])
    assert [problem.pointer for problem in error.value.problems] == ["/artifact"]
    assert RAN == []
    return error.value.detail


@pytest.fixture(autouse=True)
def _nothing_ran() -> Iterator[None]:
    RAN.clear()
    yield
    RAN.clear()


@every_estimator
def test_answers_are_exactly_the_librarys_own(name: str) -> None:
    of = sample(name)
    answers = loaded(of).predict(of.inputs)
    rows = of.estimator.predict_proba(of.features)
    assert [a.value for a in answers] == [str(of.estimator.classes_[i]) for i in rows.argmax(1)]
    assert [a.confidence for a in answers] == rows.max(1).tolist()
    assert {a.error for a in answers} == {""}


@every_estimator
def test_an_answer_is_the_same_alone_and_in_an_array(name: str) -> None:
    of = sample(name)
    model = loaded(of)
    together = model.predict(of.inputs)
    alone = [model.predict([value])[0] for value in of.inputs]
    assert [a.value for a in alone] == [a.value for a in together]
    assert [a.confidence for a in alone] == pytest.approx([a.confidence for a in together])


@every_estimator
def test_the_classes_are_found_in_the_file(name: str) -> None:
    of = sample(name)
    found = SKLEARN.inspect(of.artifact, of.schema).classes
    assert found == [str(label) for label in of.estimator.classes_]


def test_classes_that_are_numbers_become_texts() -> None:
    x = np.arange(20.0).reshape(-1, 1)
    model = LogisticRegression().fit(x, x[:, 0].astype(int) // 10)
    assert SKLEARN.inspect(skops.io.dumps(model), VECTOR).classes == ["0", "1"]


def test_every_trusted_type_is_needed_by_an_estimator_of_these_tests() -> None:
    needed = {
        unknown
        for name in MAKERS
        for unknown in skops.io.get_untrusted_types(data=sample(name).artifact)
    }
    assert needed == set(TRUSTED)


def test_only_types_of_scikit_learn_and_the_number_format_are_trusted() -> None:
    assert {name for name in TRUSTED if not name.startswith("sklearn.")} == {"numpy.dtype"}
    assert len(TRUSTED) == len(set(TRUSTED))


class TestJobs:
    """A pool of processes per prediction is slower than the prediction."""

    def test_a_model_runs_in_one_job_whatever_it_was_trained_with(self) -> None:
        forest = RandomForestClassifier(3, n_jobs=-1, random_state=0)
        x = sample("random forest").features
        of = Sample(forest.fit(x, ["a", "b"] * 6), VECTOR, [], x)
        assert loaded(of)._estimator.n_jobs == 1

    def test_so_do_the_fitted_parts_of_its_parts(self) -> None:
        voting = loaded(sample("voting"))._estimator
        assert voting.n_jobs == 1
        assert voting.estimators_[0].n_jobs == 1
        assert dict(voting.estimators)["forest"].n_jobs == 1


class TestFeatures:
    def test_properties_in_their_order_are_the_columns(self) -> None:
        two = schema(b={"type": "number"}, a={"type": "integer"})
        assert features(two, [{"a": 1, "b": 2.5}]).tolist() == [[2.5, 1.0]]

    def test_a_nested_array_of_numbers_is_one_flat_vector(self) -> None:
        image = schema(image={"type": "array"})
        assert features(image, [{"image": [[1, 2], [3, 4]]}]).tolist() == [[1.0, 2.0, 3.0, 4.0]]

    def test_one_text_property_is_a_vector_of_texts(self) -> None:
        found = features(schema(text={"type": "string"}), [{"text": "a"}, {"text": "12"}])
        assert found.tolist() == ["a", "12"]

    def test_a_missing_number_is_nan(self) -> None:
        two = schema(a={"type": ["number", "null"]}, b={"type": "number"})
        assert np.isnan(features(two, [{"a": None, "b": 1}, {"b": 1}])[:, 0]).all()

    def test_a_text_that_looks_like_a_number_stays_a_text(self) -> None:
        found = features(schema(a={"type": "string"}, b={"type": "number"}), [{"a": "007", "b": 1}])
        assert found.tolist() == [["007", 1]]

    @pytest.mark.parametrize("declared", [{}, True, {"enum": ["1", "2"]}, {"type": []}])
    def test_what_is_not_declared_a_number_is_kept_as_it_is(self, declared: Any) -> None:
        found = features(schema(a=declared, b={"type": "number"}), [{"a": "1", "b": 2}])
        assert found.tolist() == [["1", 2]]


class TestOddInputs:
    def test_one_that_fails_spoils_only_its_own_answer(self) -> None:
        of = sample("logistic regression")
        odd: Any = {"features": [1.0]}
        answers = loaded(of).predict([of.inputs[0], odd, of.inputs[1]])
        assert answers[1].value is None
        assert answers[1].confidence is None
        assert "ValueError" in answers[1].error
        expected = loaded(of).predict(of.inputs[:2])
        assert [a.value for a in (answers[0], answers[2])] == [a.value for a in expected]

    def test_alone_it_fails_with_the_reason(self) -> None:
        of = sample("logistic regression")
        with pytest.raises(PredictionFailed, match="ValueError"):
            loaded(of).predict([{"features": ["a", "b", "c", "d"]}])

    def test_a_missing_number_is_no_answer_where_the_model_cannot_do_without(self) -> None:
        of = sample("logistic regression")
        with pytest.raises(PredictionFailed, match="NaN"):
            loaded(of).predict([{"features": [None, 1.0, 1.0, 1.0]}])

    def test_no_inputs_give_no_answers(self) -> None:
        assert loaded(sample("text")).predict([]) == []

    def test_classes_that_are_not_the_models_give_no_answer(self) -> None:
        of = sample("logistic regression")
        model = SKLEARN.load(of.artifact, of.schema, ["a", "b"])
        with pytest.raises(PredictionFailed, match="3 probabilities for 2 classes"):
            model.predict(of.inputs[:1])


class TestRefusedFiles:
    def test_a_function_that_runs_commands_is_named_and_never_run(self) -> None:
        shell = f"{os.system.__module__}.system"
        assert refused(estimators.calls_the_shell()) == (
            f"The file holds types that are not trusted: {shell}."
        )

    def test_a_class_of_somebodys_own_is_named_and_never_made(self) -> None:
        assert "tests.models_registry.estimators.Stranger" in refused(estimators.own_class())

    def test_a_pickle_is_refused_unread(self) -> None:
        assert "no skops model" in refused(pickle.dumps(estimators.Evil()))

    def test_a_pickled_array_inside_a_skops_file_is_not_unpickled(self) -> None:
        assert "cannot be loaded" in refused(estimators.pickle_inside())

    def test_a_broken_description_is_refused(self) -> None:
        assert "cannot be read as a skops model" in refused(estimators.corrupted())

    def test_any_zip_is_not_a_model(self) -> None:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("hello.txt", "hello")
        assert "cannot be read as a skops model" in refused(made.getvalue())

    @pytest.mark.parametrize(
        "content", [b"", b"hello", b"PK\x05\x06"], ids=["empty", "text", "stub"]
    )
    def test_what_is_no_zip_is_refused(self, content: bytes) -> None:
        assert "no skops model" in refused(content)

    @pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
    def test_a_file_cut_short_is_refused(self, part: float) -> None:
        whole = sample("random forest").artifact
        refused(whole[: int(len(whole) * part)])

    @pytest.mark.parametrize("at", [0.2, 0.4, 0.6, 0.8])
    def test_a_file_with_a_flipped_byte_is_refused(self, at: float) -> None:
        damaged = bytearray(sample("random forest").artifact)
        damaged[int(len(damaged) * at)] ^= 0xFF
        refused(bytes(damaged))

    def test_a_file_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(
        self, settings: Settings
    ) -> None:
        packed = skops.io.dumps(sample("random forest").estimator, compression=zipfile.ZIP_DEFLATED)
        settings.HITL_ARTIFACT_LIMIT = len(packed)
        assert "Unpacked the model has" in refused(packed)

    @pytest.mark.parametrize(
        "estimator",
        [
            pytest.param(LinearRegression().fit([[0.0], [1.0]], [0, 1]), id="a regressor"),
            pytest.param(LogisticRegression(), id="not fitted"),
            pytest.param(LinearSVC().fit([[0.0], [1.0]], [0, 1]), id="without probabilities"),
            pytest.param({"a": 1}, id="no estimator"),
        ],
    )
    def test_what_cannot_give_probabilities_is_refused(self, estimator: Any) -> None:
        with pytest.raises(Invalid) as error:
            SKLEARN.inspect(skops.io.dumps(estimator), VECTOR)
        assert type(estimator).__name__ in error.value.detail
        assert error.value.detail.endswith("is no fitted classifier with predict_proba.")

    def test_a_model_of_several_answers_is_refused(self) -> None:
        x = [[0.0], [1.0], [2.0], [3.0]]
        forest = RandomForestClassifier(2, random_state=0).fit(x, [[0, 1], [1, 0]] * 2)
        with pytest.raises(Invalid, match="more than one question"):
            SKLEARN.inspect(skops.io.dumps(forest), VECTOR)
