"""The bundled digits: an endless supply of images that the model has never seen."""

import json
from functools import lru_cache

import msgspec
import pytest

from models_registry.domain.schemas import InputSchema
from models_registry.runtimes import RUNTIMES, digits


@lru_cache
def unseen() -> digits.Unseen:
    return digits.Unseen()


def test_every_image_fits_the_schema_and_has_a_class() -> None:
    schema = InputSchema(digits.SCHEMA)
    for i in (0, 1, 1196, 1197, 5000, 123_456):
        value, label = unseen().sample(i)
        assert schema.problems(value) == []
        assert label in digits.CLASSES


def test_an_image_is_the_same_in_every_run() -> None:
    assert digits.Unseen().sample(2000) == unseen().sample(2000)


def test_images_are_distinct() -> None:
    prints = {digits.fingerprint(unseen().sample(i)[0]) for i in range(0, 3000, 7)}
    assert len(prints) == len(range(0, 3000, 7))


def test_a_fingerprint_is_that_of_the_input_as_the_service_stores_it() -> None:
    value, _ = unseen().sample(3)
    again = json.loads(json.dumps(value))
    assert digits.fingerprint(again) == digits.fingerprint(value)
    assert len(digits.fingerprint(msgspec.json.decode(msgspec.json.encode(value)))) == 64


@pytest.fixture(scope="module")
def trained() -> digits.Trained:
    return digits.train()


def test_the_trained_model_is_good_but_not_perfect(trained: digits.Trained) -> None:
    assert 0.85 < trained.metrics["accuracy"] < 0.99
    assert f"{trained.metrics['accuracy']:.3f}" in trained.card


def test_the_trained_model_is_served_by_the_sklearn_runtime(trained: digits.Trained) -> None:
    runtime = RUNTIMES["sklearn"]
    found = runtime.inspect(trained.artifact, digits.SCHEMA)
    assert found.classes == digits.CLASSES
    model = runtime.load(trained.artifact, digits.SCHEMA, found.classes)
    samples = [unseen().sample(i) for i in range(100)]
    answers = model.predict([value for value, _ in samples])
    right = sum(a.value == label for a, (_, label) in zip(answers, samples, strict=True))
    assert right >= 85


def test_the_trained_model_comes_with_confidences_on_images_such_as_it_will_see(
    trained: digits.Trained,
) -> None:
    scores = trained.profile["scores"]
    assert len(scores) == 1197
    assert all(0.1 <= score <= 1.0 for score in scores)
    assert len(set(scores)) > 1000


def test_a_degraded_image_is_the_same_digit_and_harder_to_read(trained: digits.Trained) -> None:
    runtime, schema = RUNTIMES["sklearn"], InputSchema(digits.SCHEMA)
    model = runtime.load(trained.artifact, digits.SCHEMA, digits.CLASSES)

    def wrong(*, degraded: bool) -> int:
        """Of what a threshold of .9 would automate, the wrong ones in 100."""
        samples = [unseen().varied(i, degraded=degraded) for i in range(400)]
        assert all(schema.problems(value) == [] for value, _ in samples)
        answers = model.predict([value for value, _ in samples])
        sure = [
            answer.value != truth
            for answer, (_, truth) in zip(answers, samples, strict=True)
            if answer.confidence is not None and answer.confidence >= 0.9
        ]
        assert len(sure) > 100
        return 100 * sum(sure) // len(sure)

    assert unseen().varied(7) != unseen().varied(7, degraded=True)
    assert unseen().varied(7)[1] == unseen().varied(7, degraded=True)[1]
    assert wrong(degraded=False) <= 3
    assert wrong(degraded=True) >= 5
