"""manage.py register_model."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from models_registry import services
from models_registry.models import ModelVersion, RegisteredModel
from tests.models_registry import estimators
from tests.models_registry.estimators import VECTOR, sample

pytestmark = pytest.mark.django_db


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "model.skops").write_bytes(sample("naive Bayes").artifact)
    (tmp_path / "schema.json").write_text(json.dumps(VECTOR))
    (tmp_path / "metrics.json").write_text('{"accuracy": 0.9}')
    (tmp_path / "card.md").write_text("# Größe")
    return tmp_path


def register(files: Path, *more: str, name: str = "flowers", artifact: str = "model.skops") -> str:
    out = io.StringIO()
    given = [name, "--schema", f"{files}/schema.json"]
    if artifact:
        given += ["--artifact", f"{files}/{artifact}"]
    call_command("register_model", *given, *more, stdout=out)
    return out.getvalue()


def refused(files: Path, *more: str, **given: str) -> str:
    """The reason; no model and no version stays behind."""
    with pytest.raises(CommandError) as error:
        register(files, *more, **given)
    assert not ModelVersion.objects.exists()
    assert not RegisteredModel.objects.filter(name="flowers").exists()
    return str(error.value)


def test_a_model_is_made_with_its_first_version(files: Path) -> None:
    said = register(files, "--metrics", f"{files}/metrics.json", "--card", f"{files}/card.md")
    assert said == "flowers v1: sklearn, a, b, c\n"
    made = ModelVersion.objects.get()
    assert made.model.name == "flowers"
    assert (made.schema, made.metrics, made.card) == (VECTOR, {"accuracy": 0.9}, "# Größe")
    assert made.by is None


def test_the_next_version_joins_the_model(files: Path) -> None:
    register(files)
    assert register(files).startswith("flowers v2")
    assert RegisteredModel.objects.count() == 1


def test_a_client_model_has_classes_and_no_file(files: Path) -> None:
    said = register(files, "--runtime", "client", "--classes", "no, yes", artifact="")
    assert said == "flowers v1: client, no, yes\n"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        pytest.param(["--runtime", "pickle"], "Valid: sklearn, client", id="unknown runtime"),
        pytest.param(["--classes", "a,b"], "The artifact's classes are a, b, c.", id="classes"),
        pytest.param(["--runtime", "client"], "has no artifact", id="file for a client model"),
        pytest.param(
            ["--metrics", "/no/such"], "/no/such cannot be read: No such", id="no metrics"
        ),
        pytest.param(["--card", "/no/such"], "/no/such cannot be read: No such", id="no card"),
    ],
)
def test_a_wrong_option_is_refused_with_the_reason(
    files: Path, more: list[str], reason: str
) -> None:
    assert reason in refused(files, *more)


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        pytest.param("schema.json", b"{", "schema.json is no JSON object", id="no JSON"),
        pytest.param("schema.json", b"[]", "schema.json is no JSON object", id="no object"),
        pytest.param("schema.json", b"\xff", "schema.json is no JSON object", id="no UTF-8"),
        pytest.param("schema.json", b'{"type": 7}', "Not a usable JSON Schema", id="unusable"),
        pytest.param("model.skops", b"hello", "no skops model", id="no model"),
        pytest.param("model.skops", b"", "needs its file", id="empty"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(
    files: Path, file: str, content: bytes, reason: str
) -> None:
    (files / file).write_bytes(content)
    assert reason in refused(files)


def test_a_card_that_is_no_text_is_refused(files: Path) -> None:
    (files / "card.md").write_bytes(b"\xff")
    assert refused(files, "--card", f"{files}/card.md").endswith("card.md is no UTF-8 text.")


def test_a_file_that_is_not_there_is_refused(files: Path) -> None:
    assert "cannot be read: No such file" in refused(files, artifact="other.skops")


def test_a_sklearn_model_needs_its_file(files: Path) -> None:
    assert refused(files, artifact="") == "A sklearn model needs its file."


def test_a_name_that_no_address_could_hold_is_refused(files: Path) -> None:
    assert "a letter or digit" in refused(files, name="My Flowers")


def test_a_file_that_would_run_commands_is_refused(files: Path) -> None:
    (files / "model.skops").write_bytes(estimators.calls_the_shell())
    assert "not trusted: posix.system" in refused(files)


def test_a_file_over_the_limit_is_refused(files: Path, settings: Settings) -> None:
    settings.HITL_ARTIFACT_LIMIT = 1000
    assert "more than 1,000 bytes" in refused(files)


def test_a_name_taken_by_a_model_of_another_kind_is_refused(files: Path) -> None:
    services.register_model(name="device", runtime="client")
    assert refused(files, name="device") == (
        "The name 'device' is taken by a model of runtime 'client'."
    )
