"""Errors: stable codes, one per kind, with the field where there is one."""

import pytest

from models_registry.domain import errors, scoring
from models_registry.domain.errors import DomainError, Invalid, Problem, Stale

CODES = {
    errors.DomainError: "refused",
    errors.Invalid: "invalid",
    errors.Missing: "not-found",
    errors.Forbidden: "forbidden",
    errors.Conflict: "conflict",
    errors.Stale: "stale-claim",
    errors.Reused: "idempotency-key-reused",
    errors.TooLarge: "too-large",
    errors.Busy: "busy",
    scoring.PredictionFailed: "prediction-failed",
}


@pytest.mark.parametrize(("kind", "code"), CODES.items(), ids=CODES.values())
def test_a_code_that_clients_know_never_changes(kind: type[DomainError], code: str) -> None:
    assert kind.code == code
    assert issubclass(kind, DomainError)


def test_every_error_of_the_module_is_listed_above() -> None:
    here = {e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, DomainError)}
    assert here <= set(CODES)


def test_an_error_carries_its_detail_problems_and_facts() -> None:
    error = Stale("Too late.", held_by="bob", held_until=None)
    assert str(error) == error.detail == "Too late."
    assert error.facts == {"held_by": "bob", "held_until": None}
    assert error.problems == ()


def test_invalid_points_at_the_field() -> None:
    assert Invalid.at("/value", "No.").problems == (Problem("/value", "No."),)
    assert Invalid.at("/value", "No.").detail == "No."
