"""/files/<referral>/<hash>: the file, a document's pages, a sound's course."""

from io import BytesIO

import pytest
from django.contrib.auth.models import User
from django.test import Client
from PIL import Image

from hitl.domain.roles import Role
from hitl.models import Workflow
from tests import factories
from tests.contents import document, picture, sound
from tests.hitl.services.test_files import receive, stored
from tests.problems import refused
from tests.reviews.desks import taken

pytestmark = pytest.mark.django_db
SCHEMA = {
    "properties": {
        "scan": {"x-render": "image"},
        "call": {"x-render": "audio"},
        "paper": {"x-render": "pdf"},
        "note": {"x-render": "file"},
    }
}
CONTENTS = {"scan": picture(), "call": sound(), "paper": document(2), "note": b"plain words"}


@pytest.fixture
def claims() -> Workflow:
    return factories.workflow("claims", schema=SCHEMA, level="human_only")


@pytest.fixture
def rita(claims: Workflow) -> User:
    return factories.person("rita", Role.REVIEWER, workflow=claims)


@pytest.fixture
def addresses(claims: Workflow, rita: User) -> dict[str, str]:
    """Where the files of the case on Rita's desk are."""
    hashes = {name: stored(content) for name, content in CONTENTS.items()}
    receive(claims, {name: {"file": sha256} for name, sha256 in hashes.items()})
    referral_id = taken(rita).referral_id
    return {name: f"/files/{referral_id}/{sha256}" for name, sha256 in hashes.items()}


@pytest.fixture
def desk(client: Client, rita: User) -> Client:
    client.force_login(rita)
    return client


DOORS = [("scan", ""), ("paper", "/pages"), ("paper", "/pages/1"), ("call", "/peaks")]


@pytest.mark.parametrize(
    ("name", "content_type", "shown"),
    [
        ("scan", "image/png", "inline"),
        ("call", "audio/wav", "inline"),
        ("paper", "application/pdf", "attachment"),
        ("note", "text/plain", "attachment"),
    ],
)
def test_a_file_of_the_case_on_the_desk(
    desk: Client, addresses: dict[str, str], name: str, content_type: str, shown: str
) -> None:
    answer = desk.get(addresses[name])
    assert (answer.status_code, answer.content) == (200, CONTENTS[name])
    assert answer["Content-Type"] == content_type
    assert answer["Content-Disposition"].startswith(shown)
    part = desk.get(addresses[name], headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, CONTENTS[name][2:5])


@pytest.mark.parametrize(("name", "more"), DOORS)
def test_whatever_is_made_of_a_file_can_do_nothing(
    desk: Client, addresses: dict[str, str], name: str, more: str
) -> None:
    answer = desk.get(addresses[name] + more)
    assert answer.status_code == 200
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"].startswith("private")


def test_pages_are_images_of_bounded_width(desk: Client, addresses: dict[str, str]) -> None:
    paper = addresses["paper"]
    assert desk.get(f"{paper}/pages").json() == {"pages": 2}
    for asked, width in (("", 1200), ("?width=1", 400), ("?width=99999", 2400)):
        image = Image.open(BytesIO(desk.get(f"{paper}/pages/2{asked}").content))
        assert abs(image.width - width) <= 1
    refused(desk.get(f"{paper}/pages/3"), 404, "not-found")
    refused(desk.get(f"{paper}/pages/0"), 404, "not-found")


@pytest.mark.parametrize("width", ["", "-1", "1e9", "٣", "1" * 6, "x"])
def test_a_width_is_a_number(desk: Client, addresses: dict[str, str], width: str) -> None:
    refused(desk.get(f"{addresses['paper']}/pages/1", {"width": width}), 400, "invalid", "width")


def test_a_sound_has_its_course(desk: Client, addresses: dict[str, str]) -> None:
    told = desk.get(f"{addresses['call']}/peaks").json()
    assert told["seconds"] == 2.0
    assert len(told["peaks"]) == 800


@pytest.mark.parametrize(("name", "more"), [*DOORS, ("note", "")])
def test_nobody_else_sees_any_of_it(
    client: Client, addresses: dict[str, str], charlie: User, claims: Workflow, name: str, more: str
) -> None:
    address = addresses[name] + more
    answer = client.get(address)
    assert (answer.status_code, answer["Location"]) == (302, f"/sign-in?next={address}")
    colleague = factories.person("carl", Role.REVIEWER, workflow=claims)
    for person in (charlie, colleague):
        client.force_login(person)
        refused(client.get(address), 404, "not-found")
    auditor = factories.person("erin", Role.AUDITOR, workflow=claims)
    client.force_login(auditor)
    assert client.get(address).status_code == 200


def test_the_file_of_another_case_is_not_there(
    desk: Client, claims: Workflow, addresses: dict[str, str]
) -> None:
    other = stored(picture(color="red"))
    receive(claims, {"scan": {"file": other}})
    folder = addresses["scan"].rpartition("/")[0]
    refused(desk.get(f"{folder}/{other}"), 404, "not-found")
    assert desk.get(f"{folder}/..%2f..%2fmanage.py").status_code == 404
    assert desk.post(addresses["scan"]).status_code == 405
