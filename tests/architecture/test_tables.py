"""Tables: facts are never edited, keys point down the line, migrations have names."""

import re
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from models_registry.models import Fact
from tests.architecture.source import APPS, ROOT, calls, chain, modules

STATES = {
    "models_registry.RegisteredModel",
    "hitl.Workflow",
    "hitl.Membership",
    "hitl.Client",
    "hitl.ApiKey",
    "hitl.Case",
    "hitl.Referral",
    "hitl.Condition",
    "hitl.Cursor",
    "hitl.Delivery",
    "hitl.Endpoint",
    "hitl.EndpointSecret",
    "hitl.Epoch",
    "hitl.Proposal",
    "hitl.Rollout",
    "hitl.SavedFilter",
    "reviews.Claim",
    "reviews.Mention",
    "reviews.Preference",
    "reviews.Gold",
    "reviews.Standing",
}
TALLIES = {"hitl.Series", "hitl.Measurement"}
EDITS = {"update", "aupdate", "bulk_update", "update_or_create", "aupdate_or_create"}


def tables() -> list[type[models.Model]]:
    return [model for app in APPS for model in apps.get_app_config(app).get_models()]


def facts() -> list[type[models.Model]]:
    return [model for model in tables() if issubclass(model, Fact)]


def test_every_table_is_a_fact_a_state_or_a_tally() -> None:
    labels = {model._meta.label for model in tables()}
    known = {model._meta.label for model in facts()}
    assert known.isdisjoint(STATES | TALLIES)
    assert labels == known | STATES | TALLIES, "a new table says here what it is"


def test_facts_are_never_edited_in_bulk() -> None:
    """`save` and `delete` refuse by themselves; this looks for the ways around them."""
    names = {model.__name__ for model in facts()}
    backwards = {
        relation.get_accessor_name()
        for model in facts()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        for relation in [field.remote_field]
        if not relation.hidden
    }
    for path in modules():
        for call in calls(path):
            steps = chain(call.func)
            if len(steps) < 2 or steps[-1] not in EDITS:
                continue
            assert steps[0] not in names, f"{path}:{call.lineno} edits {steps[0]}"
            edited = set(steps[1:-1]) & backwards
            assert not edited, f"{path}:{call.lineno} edits {edited}"


def test_no_statement_of_our_own_updates_a_fact() -> None:
    updates = re.compile(r"UPDATE\s+\{?(\w+)", re.I)
    names = {model._meta.db_table for model in facts()} | {
        model.__name__.upper() for model in facts()
    }
    for path in modules():
        found = set(updates.findall((ROOT / path).read_text()))
        assert not found & names, path


def line(model: type[models.Model]) -> int:
    """How high a model's app stands; Django's own tables lie below all."""
    label = model._meta.app_label
    return APPS.index(label) if label in APPS else -1


@pytest.mark.parametrize("model", tables(), ids=lambda model: model._meta.label)
def test_foreign_keys_point_down_the_line(model: type[models.Model]) -> None:
    for field in model._meta.get_fields():
        related: Any = field.related_model
        owned = isinstance(field, models.ForeignKey | models.ManyToManyField)
        if owned and isinstance(related, type):
            assert line(related) <= line(model), f"{model._meta.label}.{field.name} points up"


def test_no_key_column_is_null_by_itself() -> None:
    for model in tables():
        assert not model._meta.pk.null


def test_migrations_have_names() -> None:
    for app in APPS:
        names = [path.stem for path in (ROOT / app / "migrations").glob("0*.py")]
        assert names
        for name in names:
            assert re.fullmatch(r"\d{4}_[a-z][a-z0-9_]*", name)
            assert "_auto_" not in name
            assert "_alter_" not in name or len(name) < 40
        numbers = sorted(name[:4] for name in names)
        assert len(numbers) == len(set(numbers)), f"two migrations of {app} share a number"
