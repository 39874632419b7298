"""The generated API description: complete, unchanged unless meant, and true."""

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from hypothesis import given, seed, settings

from hitl.domain.roles import Role
from hitl.models import Idempotency
from hitl.services import clients
from tests import factories

SNAPSHOT = Path(__file__).parents[2] / "openapi.json"
REGENERATE = (
    "If the change is meant, write it down: DEBUG=1 .venv/bin/python manage.py spectacular "
    "--format openapi-json --validate --fail-on-warn --file tests/openapi.json"
)


def test_the_description_is_valid_and_the_one_checked_in(tmp_path: Path) -> None:
    """The API schema diff: a door cannot change its shape unnoticed."""
    made = tmp_path / "openapi.json"
    call_command(
        "spectacular",
        format="openapi-json",
        file=str(made),
        validate=True,
        fail_on_warn=True,
    )
    kept = SNAPSHOT.read_text() if SNAPSHOT.exists() else "{}"
    assert json.loads(made.read_text()) == json.loads(kept), REGENERATE


def test_every_operation_says_what_it_refuses(db: None) -> None:
    for path, operations in json.loads(SNAPSHOT.read_text())["paths"].items():
        for method, operation in operations.items():
            told = set(operation["responses"])
            assert {"401", "403", "404", "429"} <= told, (method, path)
            assert operation["summary"], (method, path)
            if "requestBody" in operation:
                takes_any = "application/octet-stream" in operation["requestBody"]["content"]
                assert {"400", "413"} <= told, (method, path)
                assert takes_any or "415" in told, (method, path)


@pytest.fixture
def callers(transactional_db: None) -> dict[str, str]:
    """Who reads and who sends, by method; `open` is a workflow that takes any input. Requests that
    come through WSGI end with the connection closed, so no transaction may be around them."""
    made = factories.workflow("open", schema={}, level="human_only")
    auditor = factories.person("erin", Role.AUDITOR)
    return {
        "GET": clients.issue_key(name="token", user=auditor)[1],
        "POST": factories.key(made)[1],
    }


READS = [
    ("GET", path)
    for path, operations in json.loads(SNAPSHOT.read_text())["paths"].items()
    if "get" in operations
]


@pytest.mark.parametrize(
    ("method", "path"), [*READS, ("POST", "/api/v1/workflows/{slug}/cases")], ids=str
)
def test_the_doors_answer_as_described(callers: dict[str, str], method: str, path: str) -> None:
    """Whatever is sent, right or wrong: all of schemathesis' checks are on."""
    description = schemathesis.openapi.from_wsgi("/api/schema?format=json", get_wsgi_application())

    @seed(1)
    @settings(max_examples=40, deadline=None, database=None)
    @given(case=description[path][method].as_strategy())
    def check(case: Any) -> None:
        if "slug" in case.path_parameters:
            case.path_parameters["slug"] = "open"
        Idempotency.objects.all().delete()  # or one example's key would meet another's body
        answer = case.call(headers={"Authorization": f"Bearer {callers[method]}"})
        if case.media_type == "multipart/form-data":  # which files fit, the workflow's schema says
            assert answer.status_code < 500, answer.content
            return
        # What no schema can express: a rule about two parameters, a name that the workflow's
        # policy knows, the parts that its answers have, and that 1.0 is no integer.
        if b"`from` must be before `to`" in answer.content:
            return
        if b"There is no pool" in answer.content or b"has no such part" in answer.content:
            return
        if b"Expected `int`, got `float`" in answer.content:
            return
        case.validate_response(answer, headers={"Authorization": f"Bearer {callers[method]}"})

    check()
