"""Guidelines over HTTP: who reads, who writes, what is refused."""

import pytest
from django.contrib.auth.models import User

from hitl.models import Guideline, Workflow
from tests.conftest import Api, token
from tests.problems import refused

pytestmark = pytest.mark.django_db
AT = "workflows/spam/guidelines"


def test_before_the_first_there_are_none(spam: Workflow, bob: User) -> None:
    told = token(bob).send("GET", AT).json()
    assert told == {"number": 0, "text": "", "html": "", "by": None, "at": None}


def test_what_an_operator_writes_reviewers_read(alice: User, bob: User) -> None:
    written = token(alice).send("POST", AT, {"text": "# How\n<script>"})
    assert written.status_code == 200
    told = token(bob).send("GET", AT).json()
    assert told == written.json()
    assert (told["number"], told["text"], told["by"]) == (1, "# How\n<script>", "alice")
    assert told["html"] == "<h3>How</h3>\n<p>&lt;script&gt;</p>\n"


def test_an_empty_text_ends_them(alice: User) -> None:
    token(alice).send("POST", AT, {"text": "One"})
    told = token(alice).send("POST", AT, {"text": ""}).json()
    assert (told["number"], told["text"], told["html"]) == (2, "", "")


def test_what_was_written_over_an_older_text_is_refused(alice: User) -> None:
    assert token(alice).send("POST", AT, {"text": "One", "seen": 0}).status_code == 200
    told = refused(token(alice).send("POST", AT, {"text": "Two", "seen": 0}), 409, "conflict")
    assert told["number"] == 1
    assert Guideline.objects.get().text == "One"
    assert token(alice).send("POST", AT, {"text": "Two", "seen": 1}).json()["number"] == 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/text"),
        ({"text": 1}, "/text"),
        ({"text": "a" * 50_001}, "/text"),
        ({"text": "a\0"}, "/text"),
        ({"text": "a", "html": "a"}, "/html"),
        ({"text": "a", "seen": -1}, "/seen"),
    ],
)
def test_what_is_no_text_is_refused(alice: User, body: object, pointer: str) -> None:
    refused(token(alice).send("POST", AT, body), 400, "invalid", pointer)
    assert not Guideline.objects.exists()


def test_only_operators_write_and_outsiders_read_nothing(
    shop: Api, bob: User, charlie: User
) -> None:
    refused(token(bob).send("POST", AT, {"text": "x"}), 403, "forbidden")
    for api in (token(charlie), shop):
        refused(api.send("GET", AT), 403, "forbidden")
        refused(api.send("POST", AT, {"text": "x"}), 403, "forbidden")
    refused(Api().send("GET", AT), 401, "not-authenticated")
    assert not Guideline.objects.exists()
