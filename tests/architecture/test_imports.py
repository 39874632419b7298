"""Who may import whom: the contracts, and what no linter sees."""

import os
import subprocess
import sys

import pytest

from tests.architecture.source import APPS, ROOT, calls, chain, imported, modules

BY_NAME = {"models_registry/apps.py", "hitl/apps.py"}
"""The only files that import modules by a name in a text: those that load plug-ins."""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_import_contracts_hold() -> None:
    done = run("-c", "from importlinter.cli import lint_imports_command as lint; lint()")
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("app", APPS)
def test_a_domain_loads_without_django_celery_or_scikit_learn(app: str) -> None:
    """And without starting anything: in a process of its own, all its modules imported."""
    program = f"""
import importlib, pkgutil, sys
package = importlib.import_module("{app}.domain")
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
roots = {{name.partition(".")[0] for name in sys.modules}}
heavy = {{"django", "rest_framework", "celery", "redis", "sklearn", "skops", "joblib", "httpx"}}
print(sorted(roots & heavy))
"""
    done = run("-W", "error", "-c", program)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_the_tests_of_the_domains_import_no_django_either() -> None:
    files = [
        str(path.relative_to(ROOT))
        for app in APPS
        for path in (ROOT / "tests" / app / "domain").rglob("*.py")
    ]
    assert files
    heavy = {"django", "rest_framework", "celery", "pytest_django", "tests.factories"}
    for file in files:
        reached = {part for name in imported(file) for part in (name, name.partition(".")[0])}
        assert not reached & heavy, file


def test_modules_are_imported_by_name_only_where_plug_ins_are_loaded() -> None:
    def by_name(path: str) -> bool:
        asked = {".".join(chain(call.func)) for call in calls(path)}
        return bool(
            asked & {"import_module", "import_string", "__import__"}
            or any(name.endswith((".import_module", ".import_string")) for name in asked)
            or "importlib.metadata.entry_points" in imported(path)
        )

    assert {path for path in modules() if by_name(path)} == BY_NAME


@pytest.mark.parametrize("app", ["hitl", "reviews"])
def test_services_enqueue_nothing(app: str) -> None:
    """Doors and beat do; a service that enqueues makes a circle with the tasks that call it."""
    services = [path for path in modules() if path.startswith(f"{app}/services/")]
    assert services
    for path in services:
        names = imported(path)
        assert not {name for name in names if name.split(".")[0] == "celery"}, path
        assert not {name for name in names if name.split(".")[1:2] == ["tasks"]}, path
        ends = {chain(call.func)[-1] for call in calls(path) if chain(call.func)}
        assert not ends & {"delay", "apply_async", "send_task"}, path


def test_the_project_package_starts_nothing_when_it_is_imported() -> None:
    assert (ROOT / "hitl" / "__init__.py").read_text() == ""
