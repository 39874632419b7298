"""Every source file has tests at the mirrored place, or is on the list that says where they are."""

import ast

from tests.architecture.source import ROOT, modules, tree

ELSEWHERE: dict[str, str] = {
    # Addresses: every test of a door goes through them.
    "hitl/urls.py": "tests/hitl/test_views.py",
    "hitl/api/urls.py": "tests/hitl/api",
    "models_registry/api/urls.py": "tests/models_registry/api",
    "reviews/urls.py": "tests/reviews/views",
    "reviews/api/urls.py": "tests/reviews/api",
    # Wiring: a process that starts at all has run them.
    "hitl/apps.py": "tests/plugins/test_entry_points.py",
    "hitl/celery.py": "tests/plugins/test_entry_points.py",
    "hitl/formats/en_GB/formats.py": "tests/hitl/admin/test_deliveries.py",
    "hitl/wsgi.py": "tests/hitl/management/test_demo.py",
    "reviews/apps.py": "tests/architecture/test_tables.py",
    # Columns without methods: what they are for is tested where they are written.
    "hitl/models/cases.py": "tests/hitl/services/test_receiving.py",
    "hitl/models/files.py": "tests/hitl/services/test_files.py",
    "hitl/models/clients.py": "tests/hitl/services/test_clients.py",
    "hitl/models/deliveries.py": "tests/hitl/services/deliveries",
    "hitl/models/rollouts.py": "tests/hitl/services/rollouts",
    "hitl/models/monitoring.py": "tests/hitl/services/test_monitoring.py",
    "hitl/models/workflows.py": "tests/hitl/services/test_workflows.py",
    "reviews/models/people.py": "tests/reviews/services/test_comments.py",
    "reviews/models/rows.py": "tests/reviews/services/test_judging.py",
    # One caller each, whose tests ask all that they do, on both databases.
    "hitl/models/together.py": "tests/hitl/services/test_receiving.py",
    "hitl/admin/bulk_list.py": "tests/hitl/admin/test_bulk.py",
    "reviews/services/onboarding.py": "tests/reviews/services/test_standing.py",
    "reviews/models/claiming.py": "tests/reviews/services/test_claims.py",
    "hitl/services/arriving.py": "tests/hitl/services/test_receiving.py",
    # Parts of doors: tested through the doors.
    "hitl/api/access.py": "tests/hitl/api",
    "hitl/api/nowhere.py": "tests/hitl/api",
    "hitl/api/preferring.py": "tests/hitl/api/test_cases.py",
    "hitl/api/times.py": "tests/hitl/api/test_send.py",
    "reviews/forms.py": "tests/reviews/views",
    "reviews/templatetags/desk.py": "tests/reviews/views",
    # Doors with one test file per address.
    "reviews/api/views.py": "tests/reviews/api/test_review.py",
    "hitl/management/commands/demo.py": "tests/hitl/management/test_demo.py",
}
"""Modules without tests of their own name, and where they are tested."""


def says_something(path: str) -> bool:
    """Whether a module has code of its own: more than its text, imports and `__all__`."""
    return any(
        not isinstance(node, ast.Expr | ast.Import | ast.ImportFrom)
        and not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__")
        for node in tree(path).body
    )


def mirrors(path: str) -> list[str]:
    """Where the tests of a module may stand: a file, or a folder of files."""
    folder, _, name = path.rpartition("/")
    stem = name.removesuffix(".py")
    if stem == "__init__":
        stem = folder.rpartition("/")[2]
    return [f"tests/{folder}/test_{stem}.py", f"tests/{folder}/{stem}"]


def is_mirrored(path: str) -> bool:
    file, folder = (ROOT / place for place in mirrors(path))
    return file.is_file() or any(folder.glob("test_*.py"))


def test_every_module_has_its_tests() -> None:
    missing = [path for path in modules() if says_something(path) and not is_mirrored(path)]
    assert [path for path in missing if path not in ELSEWHERE] == []


def test_what_the_list_of_exceptions_names_is_there() -> None:
    for path, tests in ELSEWHERE.items():
        assert (ROOT / path).is_file(), f"{path} is gone"
        assert (ROOT / tests).exists(), f"{tests}, which tests {path}, is gone"
