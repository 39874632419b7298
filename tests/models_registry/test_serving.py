"""Serving: one load per process, never an error for the caller, the same answers in an array."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection

from models_registry import services, serving
from models_registry.domain.scoring import Outcome
from models_registry.models import ModelVersion
from models_registry.runtimes import RUNTIMES, Inspection
from tests import factories
from tests.models_registry.estimators import VECTOR, sample

WAIT = 20  # seconds until a test that waits for another thread gives up


class Plugged:
    """A runtime for one test: what happens on loading and on asking comes from outside."""

    name = "plugged"
    title = "Plugged"
    needs_artifact = False
    answers = True

    def __init__(self) -> None:
        self.loads = 0
        self.on_load: Callable[[], object] = lambda: None
        self.answer: Callable[[Sequence[object]], Any] = lambda inputs: (
            [Outcome("yes", 0.9)] * len(inputs)
        )

    def inspect(self, artifact: bytes, schema: Mapping[str, object]) -> Inspection:
        return Inspection(["no", "yes"])

    def load(self, artifact: bytes, schema: Mapping[str, object], classes: Sequence[str]) -> Any:
        self.loads += 1
        self.on_load()
        return self

    def predict(self, inputs: Sequence[object]) -> Any:
        return self.answer(inputs)


@pytest.fixture
def plugged() -> Iterator[Plugged]:
    made = Plugged()
    RUNTIMES.register("plugged", made)
    yield made
    del RUNTIMES._entries["plugged"]


@pytest.fixture(autouse=True)
def _nothing_loaded() -> Iterator[None]:
    serving.forget()
    yield
    serving.forget()


def version(model: str = "plugged") -> UUID:
    return factories.version(model, runtime="plugged").pk


def in_a_thread(version_id: UUID) -> list[Outcome]:
    try:
        return serving.predict(version_id, [{}])
    finally:
        connection.close()


@pytest.mark.django_db
class TestAnswers:
    def test_there_is_one_outcome_per_input_in_order_with_its_share_of_the_time(
        self, plugged: Plugged
    ) -> None:
        plugged.answer = lambda inputs: [Outcome(str(value), 0.5) for value in inputs]
        outcomes = serving.predict(version(), [3, 1, 2])
        assert [o.value for o in outcomes] == ["3", "1", "2"]
        assert len({o.latency for o in outcomes}) == 1
        assert outcomes[0].latency > 0.0

    def test_no_inputs_give_no_outcomes(self, plugged: Plugged) -> None:
        assert serving.predict(version(), []) == []

    def test_a_real_model_answers_alone_as_in_an_array(self) -> None:
        services.register_model(name="real", runtime="sklearn")
        of = sample("random forest")
        made = services.register_version(model="real", artifact=of.artifact, schema=VECTOR)
        together = serving.predict(made.pk, of.inputs)
        alone = [serving.predict(made.pk, [value])[0] for value in of.inputs]
        assert [(o.value, o.confidence) for o in together] == [
            (o.value, o.confidence) for o in alone
        ]
        assert {o.error for o in together} == {""}


@pytest.mark.django_db
class TestFailures:
    """What fails is a NULL prediction with its reason, one per input."""

    def failed(self, version_id: UUID) -> str:
        outcomes = serving.predict(version_id, [{}, {}])
        assert [(o.value, o.confidence) for o in outcomes] == [(None, None)] * 2
        (reason,) = {o.error for o in outcomes}
        return reason

    def test_a_model_that_says_why(self) -> None:
        assert self.failed(factories.version(fails="out of memory").pk) == "out of memory"

    def test_a_model_that_raises_anything(self, plugged: Plugged) -> None:
        def fail(inputs: Sequence[object]) -> None:
            raise KeyError("weights")

        plugged.answer = fail
        assert self.failed(version()) == "'weights'"

    def test_a_model_that_raises_without_a_word(self, plugged: Plugged) -> None:
        def fail(inputs: Sequence[object]) -> None:
            raise ZeroDivisionError

        plugged.answer = fail
        assert self.failed(version()) == "ZeroDivisionError"

    @pytest.mark.parametrize("answers", [0, 1, 3])
    def test_a_model_with_the_wrong_number_of_answers(self, plugged: Plugged, answers: int) -> None:
        plugged.answer = lambda inputs: [Outcome("yes", 0.9)] * answers
        assert self.failed(version()) == f"{answers} answers for 2 inputs"

    def test_a_model_that_answers_nothing(self, plugged: Plugged) -> None:
        plugged.answer = lambda inputs: None
        assert "NoneType" in self.failed(version())

    def test_a_model_that_cannot_be_loaded_is_tried_again(self, plugged: Plugged) -> None:
        def fail() -> None:
            raise MemoryError("too large")

        plugged.on_load = fail
        made = version()
        assert self.failed(made) == "too large"
        plugged.on_load = lambda: None
        assert serving.predict(made, [{}])[0].value == "yes"

    def test_a_client_model_has_nothing_to_ask(self) -> None:
        assert "The client brings" in self.failed(factories.version(runtime="client").pk)

    def test_a_version_that_is_unknown(self) -> None:
        assert "does not exist" in self.failed(UUID(int=1))

    def test_an_artifact_that_was_tampered_with_on_disk(self) -> None:
        made = factories.version("tampered", value="no")
        file = blob(made)
        before = file.read_bytes()
        file.write_bytes(before.replace(b'"no"', b'"yes"', 1))
        assert self.failed(made.pk) == f"artifact {str(made.artifact_id)[:12]} was changed on disk"
        file.write_bytes(before)
        assert serving.predict(made.pk, [{}])[0].value == "no"


def blob(of: ModelVersion) -> Path:
    sha256 = str(of.artifact_id)
    return Path(settings.DATA_DIR) / "blobs" / "sha256" / sha256[:2] / sha256


@pytest.mark.django_db
class TestMemory:
    def test_a_version_is_loaded_once(self, plugged: Plugged) -> None:
        made = version()
        for _ in range(3):
            serving.predict(made, [{}])
        assert plugged.loads == 1

    def test_forgetting_loads_anew(self, plugged: Plugged) -> None:
        made = version()
        serving.warm(made)
        serving.forget()
        serving.warm(made)
        assert plugged.loads == 2

    def test_only_so_many_versions_are_kept(self, plugged: Plugged) -> None:
        made = [version(f"model-{i}") for i in range(serving.MOST_LOADED + 1)]
        for one in made:
            serving.warm(one)
        serving.warm(made[-1])
        assert plugged.loads == len(made)
        serving.warm(made[0])
        assert plugged.loads == len(made) + 1


@pytest.mark.django_db(transaction=True)
class TestThreads:
    def test_many_threads_that_ask_at_once_load_it_once(self, plugged: Plugged) -> None:
        threads = 8
        all_here = threading.Barrier(threads)
        made = version()

        def ask() -> list[Outcome]:
            all_here.wait(WAIT)
            return in_a_thread(made)

        with ThreadPoolExecutor(threads) as pool:
            answers = [future.result() for future in [pool.submit(ask) for _ in range(threads)]]
        assert {outcome.value for (outcome,) in answers} == {"yes"}
        assert plugged.loads == 1

    def test_a_loaded_version_answers_while_another_is_being_loaded(self, plugged: Plugged) -> None:
        quick, slow = version("quick"), version("slow")
        serving.warm(quick)
        loading, go_on = threading.Event(), threading.Event()
        in_time: list[bool] = []

        def load_slowly() -> None:
            loading.set()
            in_time.append(go_on.wait(WAIT))

        plugged.on_load = load_slowly
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(in_a_thread, slow)
            assert loading.wait(WAIT)
            assert serving.predict(quick, [{}])[0].value == "yes"
            go_on.set()
            assert answer.result()[0].value == "yes"
        assert in_time == [True]
