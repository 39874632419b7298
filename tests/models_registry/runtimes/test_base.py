"""The family of runtimes."""

import pytest

from models_registry.domain.errors import Invalid
from models_registry.runtimes import RUNTIMES, Inspection


def test_the_built_in_runtimes_are_loaded_as_the_settings_name_them() -> None:
    assert {"sklearn", "client"} <= set(RUNTIMES)


def test_an_unknown_runtime_is_refused_with_the_valid_ones() -> None:
    with pytest.raises(Invalid, match="sklearn, client") as refused:
        RUNTIMES.get("pickle", "/runtime")
    assert refused.value.problems[0].pointer == "/runtime"


def test_an_inspection_is_what_it_found() -> None:
    assert Inspection(["a", "b"]) == Inspection(classes=["a", "b"])
