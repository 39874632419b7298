"""Loaded before Django: gives the tests a database, a broker and a data directory of their own.

HITL_TEST_DATABASE=postgres runs the same tests on PostgreSQL instead of SQLite.
"""

import atexit
import os
import shutil
import tempfile

from tests.servers import postgres_url, valkey_url

_data = tempfile.mkdtemp(prefix="hitl-test-")
atexit.register(shutil.rmtree, _data, ignore_errors=True)

os.environ.update(
    {
        "DJANGO_SETTINGS_MODULE": "hitl.settings",
        "SECRET_KEY": "only-for-tests-" * 4,
        "HITL_HTTPS": "0",
        "HITL_DATA": _data,
        "HITL_RATE_LIMIT": "100000/second",
        "HITL_LOG_LEVEL": "WARNING",
        "HITL_EXTRA_RUNTIMES": "tests.runtimes",
        "REDIS_URL": valkey_url(),
        "DATABASE_URL": (
            postgres_url()
            if os.environ.get("HITL_TEST_DATABASE") == "postgres"
            else f"sqlite:///{_data}/hitl.sqlite3"
        ),
    }
)
