"""A wrong setting refuses to start and names its variable."""

import os
import subprocess
import sys

import pytest

from tests.demo import ROOT

GOOD = {"SECRET_KEY": "x9" * 40}


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    """Loads the settings in a process of their own."""
    kept = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "-c", "import hitl.settings as s; print(s.DATABASES['default'])"],
        cwd=ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("SECRET_KEY", "short", id="secret too short"),
        pytest.param("DEBUG", "yes", id="flag that is no 0 or 1"),
        pytest.param("HITL_HTTPS", "true", id="another flag"),
        pytest.param("HITL_BODY_LIMIT", "10 MB", id="number with a unit"),
        pytest.param("HITL_BODY_LIMIT", "-1", id="negative number"),
        pytest.param("HITL_IDEMPOTENCY_HOURS", "0", id="number below the least"),
        pytest.param("DATABASE_URL", "mysql://x", id="unknown database"),
        pytest.param("DATABASE_URL", "postgresql://h/d?nonsense=1", id="unreadable address"),
    ],
)
def test_a_wrong_value_names_its_variable(name: str, value: str) -> None:
    refused = start(**GOOD | {name: value})
    assert refused.returncode != 0
    assert "ImproperlyConfigured" in refused.stderr
    assert name in refused.stderr.strip().splitlines()[-1]


def test_without_a_secret_there_is_no_start() -> None:
    refused = start()
    assert refused.returncode != 0
    assert "SECRET_KEY" in refused.stderr.strip().splitlines()[-1]


def test_a_secret_may_come_from_a_file(tmp_path: os.PathLike[str]) -> None:
    path = os.path.join(tmp_path, "secret")
    with open(path, "w") as file:
        file.write("x9" * 40)
    assert start(SECRET_KEY_FILE=path).returncode == 0


def test_postgres_addresses_are_read_as_libpq_reads_them() -> None:
    done = start(**GOOD, DATABASE_URL="postgresql://u:p%40ss@/d?host=/var/run/pg&sslmode=disable")
    for part in ("'HOST': '/var/run/pg'", "'PASSWORD': 'p@ss'", "'sslmode': 'disable'"):
        assert part in done.stdout, done.stderr
