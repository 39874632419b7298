"""The client runtime: there is nothing here to load."""

import pytest

from models_registry.domain.errors import Invalid
from models_registry.domain.scoring import PredictionFailed
from models_registry.runtimes import RUNTIMES

CLIENT = RUNTIMES["client"]


def test_a_client_model_has_no_artifact() -> None:
    assert CLIENT.inspect(b"", {}).classes == []
    assert not CLIENT.needs_artifact
    assert not CLIENT.answers


def test_a_file_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        CLIENT.inspect(b"a model", {})
    assert refused.value.problems[0].pointer == "/artifact"


def test_asking_it_fails_with_the_reason() -> None:
    with pytest.raises(PredictionFailed, match="The client brings"):
        CLIENT.load(b"", {}, ["a", "b"])
