"""Contract checks over everything in the catalogues."""

from typing import Any

import pytest

from tests.plugins.checks import CHECKS, FAMILIES, TESTS_OWN, Check, everything


@pytest.mark.parametrize(("check", "name", "entry"), list(everything()))
def test_the_plug_in(check: Check, name: str, entry: Any) -> None:
    check(name, entry)


def test_every_family_has_entries_and_checks() -> None:
    assert set(FAMILIES) == set(CHECKS)
    assert all(len(catalogue) for catalogue in FAMILIES.values())


def test_what_only_the_tests_have_is_not_shipped() -> None:
    from models_registry.runtimes import RUNTIMES

    for name in TESTS_OWN:
        assert type(RUNTIMES[name]).__module__.startswith("tests.")
