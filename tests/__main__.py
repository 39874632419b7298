"""`python -m tests`: all tests on SQLite but those of endurance, then those that talk to a database
on PostgreSQL. `python -m tests --all`: every check of the project, all tests with branch coverage
among them."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTEST = ["-m", "pytest", "-q"]
TWO_AT_ONCE = ["-n", "2"]
SOON = [*PYTEST, *TWO_AT_ONCE, "-m", "not endurance"]
ON_POSTGRES = [*PYTEST, "-m", "not browser and not processes"]
SCHEMA = ["manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", os.devnull]
PRODUCTION = {
    "SECRET_KEY": "only-for-checks-" * 4,
    "HITL_HTTPS": "1",
    "DEBUG": "0",
    "DATABASE_URL": "sqlite:///:memory:",
}


def run(title: str, arguments: list[str], **environment: str) -> bool:
    print(f"── {title}", flush=True)
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=False)
    return done.returncode == 0


def checks() -> list[bool]:
    covered = ["-m", "coverage", "run", "-p"]
    report = ["-m", "coverage", "report", "--fail-under"]
    imports = "from importlinter.cli import lint_imports_command as c; c()"
    deploy = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return [
        run("format", ["-m", "ruff", "format", "--check", "."]),
        run("lint", ["-m", "ruff", "check", "."]),
        run("types", ["-m", "mypy", "."], **PRODUCTION),
        run("import contracts", ["-c", imports]),
        run("settings", deploy, **PRODUCTION),
        run("migrations", ["manage.py", "makemigrations", "--check", "--dry-run"], **PRODUCTION),
        run("API description", SCHEMA, **PRODUCTION),
        run("tests on SQLite", [*covered, *PYTEST]),
        run("tests on PostgreSQL", [*covered, *ON_POSTGRES], HITL_TEST_DATABASE="postgres"),
        run("coverage, combined", ["-m", "coverage", "combine", "-q"]),
        run("coverage of the domain", [*report, "100", "--include", "*/domain/*"]),
        run("coverage", [*report, "95", "--skip-covered"]),
    ]


def tests() -> list[bool]:
    return [
        run("tests on SQLite", SOON),
        run("tests on PostgreSQL", [*ON_POSTGRES, *TWO_AT_ONCE], HITL_TEST_DATABASE="postgres"),
    ]


if __name__ == "__main__":
    results = checks() if sys.argv[1:] == ["--all"] else tests()
    print("all green" if all(results) else f"{results.count(False)} failed", flush=True)
    sys.exit(0 if all(results) else 1)
