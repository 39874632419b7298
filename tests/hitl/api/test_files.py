"""POST /files, cases with files, GET /cases/{id}/files/{hash}."""

from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from hitl.domain.roles import Role
from hitl.models import CaseFile, File, Upload, Workflow
from tests import factories
from tests.conftest import Api, token
from tests.contents import document, picture, sound
from tests.hitl.services.test_files import SCHEMA
from tests.problems import refused

pytestmark = pytest.mark.django_db
CASES = "workflows/claims/cases"


@pytest.fixture
def claims(db: None) -> Workflow:
    return factories.workflow("claims", schema=SCHEMA, level="human_only")


@pytest.fixture
def insurer(claims: Workflow) -> Api:
    return Api(factories.key(claims, client="insurer")[1])


@pytest.fixture
def rival(claims: Workflow) -> Api:
    """Another client of the same workflow."""
    return Api(factories.key(claims, client="rival")[1])


def upload(api: Api, content: Any, content_type: str = "image/png") -> Any:
    return api.generic("POST", "/api/v1/files", content, content_type)


def part(content: bytes | str, name: str = "../../scan.svg") -> SimpleUploadedFile:
    content = content.encode() if isinstance(content, str) else content
    return SimpleUploadedFile(name, content, "image/svg+xml")


def multipart(api: Api, parts: dict[str, Any], path: str = CASES, **headers: Any) -> Any:
    return api.post(f"/api/v1/{path}", parts, format="multipart", headers=headers)


def sent(api: Api, content: bytes | None = None) -> tuple[str, str]:
    """A case with an image: its id and the file's hash."""
    answer = multipart(api, {"case": '{"input": {}}', "scan": part(content or picture())})
    assert answer.status_code == 201, answer.content
    case = answer.json()["id"]
    return case, CaseFile.objects.get(case=case).file_id


def test_a_file_is_sent_as_its_bytes(insurer: Api) -> None:
    answer = upload(insurer, picture(), "text/html")  # what it is called does not matter
    assert answer.status_code == 201
    file = File.objects.get()
    told = {"file": file.pk, "size": len(picture()), "content_type": "image/png"}
    assert answer.json() == told
    assert upload(insurer, picture(), "").json() == told
    assert Upload.objects.count() == 1


def test_a_file_is_sent_as_a_part(insurer: Api) -> None:
    answer = multipart(insurer, {"file": part(sound())}, "files")
    assert answer.status_code == 201
    assert answer.json()["content_type"] == "audio/wav"


@pytest.mark.parametrize(
    ("parts", "pointer"),
    [
        ({}, "/file"),
        ({"other": part(picture())}, "/file"),
        ({"file": part(picture()), "other": part(picture())}, "/file"),
        ({"file": "text"}, "/file"),
        ({"file": [part(picture()), part(picture())]}, "/file"),
        ({"file": part(b"<svg/>")}, "/file"),
    ],
)
def test_a_part_that_is_no_file_is_refused(
    insurer: Api, parts: dict[str, Any], pointer: str
) -> None:
    refused(multipart(insurer, parts, "files"), 400, "invalid", pointer)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04" + b"\0" * 99, picture()[:50]])
def test_bytes_that_people_cannot_be_shown_are_refused(insurer: Api, content: bytes) -> None:
    answer = upload(insurer, content)
    refused(answer, 400, "invalid", "" if not content else "/file")
    assert not File.objects.exists()


def test_a_file_that_is_too_large_is_refused(insurer: Api, settings: Settings) -> None:
    settings.HITL_FILE_BYTES = 2000
    refused(upload(insurer, picture() + b"\0" * 2000), 413, "too-large", "/file")
    answer = multipart(insurer, {"case": '{"input": {}}', "scan": part(picture() + b"\0" * 2000)})
    refused(answer, 413, "too-large", "/input/scan")
    settings.HITL_BODY_LIMIT = 1000
    huge = multipart(insurer, {"file": part(b"\0" * 50_000)}, "files")
    refused(huge, 413, "too-large")


def test_a_body_that_is_no_multipart_is_refused(insurer: Api) -> None:
    for path in ("files", CASES):
        answer = insurer.generic("POST", f"/api/v1/{path}", "junk", "multipart/form-data")
        assert answer.status_code == 400


def test_people_and_strangers_send_no_files(insurer: Api, claims: Workflow, charlie: User) -> None:
    operator = factories.person("olga", Role.OPERATOR, workflow=claims)
    for person in (operator, charlie):
        refused(upload(token(person), picture()), 403, "forbidden")
    assert upload(Api(), picture()).status_code == 401
    assert not File.objects.exists()


def test_a_case_comes_with_its_files(insurer: Api) -> None:
    case = {"input": {"text": "hi"}, "reference": "r-1"}
    parts = {
        "case": msgspec.json.encode(case).decode(),
        "scan": part(picture()),
        "call": part(sound()),
    }
    answer = multipart(insurer, parts)
    assert answer.status_code == 201, answer.content
    assert answer.json()["reference"] == "r-1"
    assert CaseFile.objects.filter(case=answer.json()["id"]).count() == 2


def test_the_case_itself_may_come_as_a_file(insurer: Api) -> None:
    answer = multipart(insurer, {"case": part('{"input": {}}'), "scan": part(picture())})
    assert answer.status_code == 201, answer.content


def test_a_case_names_a_file_that_was_sent_before(insurer: Api) -> None:
    file = upload(insurer, picture()).json()["file"]
    answer = insurer.send("POST", CASES, {"input": {"scan": {"file": file}}})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("parts", "pointer"),
    [
        ({"scan": part(picture())}, "/case"),
        ({"case": ""}, "/case"),
        ({"case": ["{}", "{}"]}, "/case"),
        ({"case": '[{"input": {}}]', "scan": part(picture())}, "/case"),
        ({"case": '{"input": {}}', "scan": "text"}, "/input/scan"),
        ({"case": '{"input": {}}', "scan": [part(picture())] * 2}, "/input/scan"),
        ({"case": '{"input": {}}', "other": part(picture())}, "/input/other"),
        ({"case": '{"input": {}}', "scan": part(sound())}, "/input/scan"),
        ({"case": '{"input": {}}', "scan": part(document())}, "/input/scan"),
        ({"case": '{"input": 7}', "scan": part(picture())}, "/input"),
        ({"case": '{"input": {}, "odd": 1}', "scan": part(picture())}, "/odd"),
    ],
)
def test_parts_that_do_not_fit_are_refused_where_they_stand(
    insurer: Api, parts: dict[str, Any], pointer: str
) -> None:
    refused(multipart(insurer, parts), 400, "invalid", pointer)
    assert not CaseFile.objects.exists()


def test_the_same_key_and_parts_get_the_same_answer(insurer: Api) -> None:
    def again(content: bytes, case: str = '{"input": {}}') -> Any:
        return multipart(insurer, {"case": case, "scan": part(content)}, **{"Idempotency-Key": "k"})

    first = again(picture())
    assert first.status_code == 201
    assert again(picture()).json() == first.json()
    assert CaseFile.objects.count() == 1
    refused(again(picture(color="red")), 422, "idempotency-key-reused")
    refused(again(picture(), '{"input": {"text": "x"}}'), 422, "idempotency-key-reused")


def test_another_client_s_file_is_as_unknown_as_none(insurer: Api, rival: Api) -> None:
    _, sha256 = sent(insurer)
    said = [
        refused(
            rival.send("POST", CASES, {"input": {"scan": {"file": one}}}),
            400,
            "invalid",
            "/input/scan",
        )
        for one in (sha256, "0" * 64)
    ]
    assert said[0] == said[1]


def test_a_file_of_a_case_is_read_with_what_keeps_it_harmless(insurer: Api) -> None:
    case, sha256 = sent(insurer)
    answer = insurer.get(f"/api/v1/cases/{case}/files/{sha256}")
    assert answer.status_code == 200
    assert answer.content == picture()
    expected = {
        "Content-Type": "image/png",
        "Content-Disposition": f'inline; filename="{sha256[:12]}.png"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Accept-Ranges": "bytes",
        "ETag": f'"{sha256}"',
    }
    assert {name: answer[name] for name in expected} == expected
    assert answer["Cache-Control"].startswith("private")


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ("bytes=0-9", 206, "bytes 0-9/{size}"),
        ("bytes=-1", 206, "bytes {last}-{last}/{size}"),
        ("bytes=9999999-", 416, "bytes */{size}"),
        ("bytes=0-1,3-4", 200, None),
    ],
)
def test_a_part_of_a_file(insurer: Api, asked: str, status: int, said: str | None) -> None:
    case, sha256 = sent(insurer)
    path = f"/api/v1/cases/{case}/files/{sha256}"
    answer = insurer.get(path, headers={"Range": asked})
    assert answer.status_code == status
    size = len(picture())
    assert answer.headers.get("Content-Range") == (said and said.format(size=size, last=size - 1))
    if status == 206:
        assert answer.content in picture()
    other = {"Range": asked, "If-Range": '"other"'}
    assert insurer.get(path, headers=other).status_code == 200


def test_what_the_caller_has_already_is_not_sent_again(insurer: Api) -> None:
    case, sha256 = sent(insurer)
    path = f"/api/v1/cases/{case}/files/{sha256}"
    answer = insurer.get(path, headers={"If-None-Match": f'"{sha256}"'})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_only_who_may_see_the_case_reads_its_file(
    insurer: Api, rival: Api, claims: Workflow, charlie: User
) -> None:
    case, sha256 = sent(insurer)
    mine, _ = sent(rival, picture(color="red"))
    path = f"/api/v1/cases/{case}/files/{sha256}"
    auditor = factories.person("erin", Role.AUDITOR, workflow=claims)
    reviewer = factories.person("rita", Role.REVIEWER, workflow=claims)
    assert token(auditor).get(path).status_code == 200
    refused(token(reviewer).get(path), 403, "forbidden")
    refused(token(charlie).get(path), 403, "forbidden")
    refused(rival.get(path), 404, "not-found")
    refused(rival.get(f"/api/v1/cases/{mine}/files/{sha256}"), 404, "not-found")
    assert Api().get(path).status_code == 401


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "x" * 500, "%00", "a.b"])
def test_a_file_has_no_other_name_than_its_hash(insurer: Api, name: str) -> None:
    case, _ = sent(insurer)
    refused(insurer.get(f"/api/v1/cases/{case}/files/{name}"), 404, "not-found")
