"""Documentation is tested: what the product has, the documents name."""

import ast
import re
from pathlib import Path

import pytest

from hitl.domain.levels import LEVELS
from hitl.domain.metrics import METRICS
from hitl.domain.policy import Policy
from hitl.domain.roles import Role
from models_registry.domain.task_types import TASK_TYPES
from models_registry.runtimes import RUNTIMES
from tests.architecture.source import APPS, ROOT, calls, chain, texts

SHIPPED = [name for name in RUNTIMES if type(RUNTIMES[name]).__module__.startswith("models_")]


def variables() -> list[str]:
    """The environment variables that the settings read."""
    readers = {"text", "flag", "number", "names", "secret", "os.environ.get"}
    found = set()
    for call in calls("hitl/settings.py"):
        name = call.args[0] if call.args else None
        if ".".join(chain(call.func)) in readers and isinstance(name, ast.Constant):
            found.add(str(name.value))
    return sorted(found)


def commands() -> list[str]:
    return sorted(
        path.stem
        for app in APPS
        for path in (ROOT / app / "management" / "commands").glob("[a-z]*.py")
    )


@pytest.mark.parametrize("name", [*LEVELS, *METRICS, *TASK_TYPES, *SHIPPED, *Role])
def test_each_level_metric_task_type_runtime_and_role_is_in_the_docs(name: str) -> None:
    assert re.search(rf"\b{name}\b", texts())


@pytest.mark.parametrize("name", variables())
def test_each_setting_is_in_the_docs(name: str) -> None:
    assert f"`{name}`" in texts()


def test_settings_are_read_at_all() -> None:
    assert {"SECRET_KEY", "DATABASE_URL", "REDIS_URL", "HITL_EXTRA_RUNTIMES"} <= set(variables())


@pytest.mark.parametrize("name", commands())
def test_each_command_is_in_the_docs(name: str) -> None:
    assert f"manage.py {name}" in texts()


def test_there_are_commands() -> None:
    assert {"demo", "register_model"} <= set(commands())


@pytest.mark.parametrize("dial", Policy.__struct_fields__)
def test_each_dial_of_the_policy_is_in_the_docs(dial: str) -> None:
    assert f"`{dial}`" in texts()


def test_links_between_documents_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


def glossary() -> list[list[str]]:
    rows = (ROOT / "docs" / "glossary.md").read_text().splitlines()
    return [row.strip("| ").split(" | ") for row in rows if row.startswith("| **")]


def test_the_glossary_has_each_word_once_and_explains_it() -> None:
    words = [re.findall(r"\*\*(.+?)\*\*", row[0]) for row in glossary()]
    flat = [word.lower() for some in words for word in some]
    assert len(flat) == len(set(flat)) > 40
    assert all(len(row[1]) > 20 for row in glossary())


@pytest.mark.parametrize(
    "word",
    ["Workflow", "Revision", "Case", "Prediction", "Referral", "Claim", "Review", "Decision"],
)
def test_the_glossary_follows_the_flow_of_data(word: str) -> None:
    words = [row[0].strip("* ") for row in glossary()]
    order = [
        "Workflow",
        "Revision",
        "Case",
        "Prediction",
        "Referral",
        "Claim",
        "Review",
        "Decision",
    ]
    assert word in words
    assert [w for w in words if w in order] == order


def test_no_document_points_at_a_file_that_is_gone() -> None:
    """`path/like/this.py` in the documents of the code must exist."""
    for page in (ROOT / "docs").glob("*.md"):
        for path in re.findall(
            r"`((?:hitl|models_registry|reviews|tests)/[\w/]+\.py)`", page.read_text()
        ):
            assert Path(ROOT / path).is_file(), f"{page.name} names {path}"
