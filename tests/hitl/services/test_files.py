"""Files taken in, referred to, given out."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from hitl.domain.files import NOT_HERE, UNKNOWN
from hitl.models import CaseFile, Client, File, Upload, Workflow
from hitl.services import files, receiving, revisions
from hitl.services.arriving import Submission
from hitl.services.revisions import Head
from models_registry import blobs
from models_registry.domain.errors import Invalid, Missing, TooLarge
from tests import factories
from tests.contents import picture, sound

pytestmark = pytest.mark.django_db

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "scan": {"type": "object", "x-render": "image"},
        "call": {"type": "object", "x-render": "audio"},
        "text": {"type": "string"},
    },
}


@pytest.fixture
def claims() -> Workflow:
    return factories.workflow("claims", schema=SCHEMA, level="human_only")


def client(name: str = "shop") -> Client:
    return Client.objects.get_or_create(name=name)[0]


def stored(content: bytes, name: str = "shop") -> str:
    return str(files.store(content, client_id=client(name).pk).pk)


def receive(workflow: Workflow, *inputs: Any, name: str = "shop") -> list[Any]:
    head = Head(workflow.pk, workflow.slug, workflow.revision_no)
    batch = None if len(inputs) == 1 else workflow.pk
    submissions = [Submission(one) for one in inputs]
    return receiving.receive(submissions, head=head, client_id=client(name).pk, batch=batch)


def test_the_same_bytes_are_stored_once_and_remembered_per_client() -> None:
    first = files.store(picture(), client_id=client().pk)
    assert stored(picture()) == stored(picture(), "bakery") == first.pk
    assert (first.content_type, first.size) == ("image/png", len(picture()))
    assert (File.objects.count(), Upload.objects.count()) == (1, 2)
    assert blobs.get(first.pk) == picture()


def test_a_file_has_a_largest_size(settings: Settings) -> None:
    settings.HITL_FILE_BYTES = len(picture())
    stored(picture())
    settings.HITL_FILE_BYTES -= 1
    with pytest.raises(TooLarge, match="more than") as refused:
        files.store(picture(), client_id=client().pk, where="/input/scan")
    assert refused.value.problems[0].pointer == "/input/scan"


def test_what_is_refused_leaves_nothing_behind() -> None:
    with pytest.raises(Invalid):
        stored(b"<svg/>")
    assert not File.objects.exists()


def test_a_case_has_its_files(claims: Workflow) -> None:
    scan, call = stored(picture()), stored(sound())
    value = {"scan": {"file": scan}, "call": {"file": call}}
    (told,) = receive(claims, value)
    assert set(CaseFile.objects.values_list("case", "file")) == {(told.id, scan), (told.id, call)}


def test_a_file_that_is_in_an_input_twice_is_one_file_of_the_case() -> None:
    both = {name: {"x-render": "file"} for name in ("one", "other")}
    workflow = factories.workflow("both", schema={"properties": both}, level="human_only")
    scan = {"file": stored(picture())}
    receive(workflow, {"one": scan, "other": scan})
    assert CaseFile.objects.count() == 1


def test_a_file_of_somebody_else_is_refused_as_one_that_nobody_has(claims: Workflow) -> None:
    theirs = stored(picture(), "bakery")
    said = []
    for sha256 in (theirs, "0" * 64):
        with pytest.raises(Invalid) as refused:
            receive(claims, {"scan": {"file": sha256}})
        said.append([(p.pointer, p.detail) for p in refused.value.problems])
    assert said == [[("/input/scan", UNKNOWN)]] * 2
    assert not CaseFile.objects.exists()


def test_of_an_array_only_what_is_wrong_is_refused(claims: Workflow) -> None:
    scan = {"file": stored(picture())}
    good, bad, plain = receive(claims, {"scan": scan}, {"call": scan}, {"text": "hi"})
    assert isinstance(bad, Invalid)
    assert bad.problems[0].pointer == "/input/call"
    assert list(CaseFile.objects.values_list("case", flat=True)) == [good.id]
    assert plain.status == "referred"


def test_all_files_of_an_array_cost_one_statement(
    claims: Workflow, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    one, other = stored(picture()), stored(picture(color="red"))
    rules = revisions.revision(claims.pk, claims.revision_no)
    entries = [Submission({"scan": {"file": sha256}}) for sha256 in (one, other) * 50]
    client_id = client().pk
    with django_assert_num_queries(1):
        assert files.checked(entries, rules, client_id) == entries
    with django_assert_num_queries(0):
        files.checked([Submission({"text": "hi"})], rules, client_id)


def test_files_that_come_along_are_put_into_the_input(claims: Workflow) -> None:
    head = Head(claims.pk, claims.slug, claims.revision_no)
    parts = [("scan", picture()), ("call", sound())]
    made = files.attach(Submission({"text": "x"}), parts, head=head, client_id=client().pk)
    scan, call = stored(picture()), stored(sound())
    assert made.input == {"text": "x", "scan": {"file": scan}, "call": {"file": call}}


@pytest.mark.parametrize(
    ("given", "parts", "pointer"),
    [
        pytest.param({}, [("other", picture())], "/input/other", id="no file of the schema"),
        pytest.param({}, [("text", picture())], "/input/text", id="a text by the schema"),
        pytest.param({"scan": 1}, [("scan", picture())], "/input/scan", id="twice"),
        pytest.param([], [("scan", picture())], "/input", id="no object"),
        pytest.param({}, [("scan", b"<html>")], "/input/scan", id="no file for people"),
    ],
)
def test_parts_that_do_not_belong_are_refused(
    claims: Workflow, given: Any, parts: list[tuple[str, bytes]], pointer: str
) -> None:
    head = Head(claims.pk, claims.slug, claims.revision_no)
    with pytest.raises(Invalid) as refused:
        files.attach(Submission(given), parts, head=head, client_id=client().pk)
    assert refused.value.problems[0].pointer == pointer


def test_a_case_has_at_most_20_files() -> None:
    names = [f"p{i}" for i in range(21)]
    schema = {"properties": {name: {"x-render": "file"} for name in names}}
    workflow = factories.workflow("many", schema=schema, level="human_only")
    head = Head(workflow.pk, workflow.slug, workflow.revision_no)
    parts = [(name, picture()) for name in names]
    with pytest.raises(Invalid, match="at most 20 files"):
        files.attach(Submission({}), parts, head=head, client_id=client().pk)
    receive(workflow, {name: {"file": stored(picture())} for name in names[:20]})
    assert CaseFile.objects.count() == 1


def test_a_person_may_only_name_files_of_the_workflow_s_cases(claims: Workflow) -> None:
    rules = revisions.revision(claims.pk, claims.revision_no)
    value = {"scan": {"file": stored(picture())}}
    with pytest.raises(Invalid) as refused:
        files.of_workflow(value, rules, claims.pk)
    assert [(p.pointer, p.detail) for p in refused.value.problems] == [("/input/scan", NOT_HERE)]
    receive(claims, value)
    assert files.of_workflow(value, rules, claims.pk) == [value["scan"]["file"]]
    assert files.of_workflow({}, rules, claims.pk) == []


def test_a_file_is_found_by_its_case_alone(claims: Workflow) -> None:
    scan = stored(picture())
    (told,) = receive(claims, {"scan": {"file": scan}})
    (other,) = receive(claims, {"text": "none"})
    assert files.content(files.of_case(told.id, scan)) == picture()
    for case, sha256 in ((other.id, scan), (told.id, stored(sound())), (told.id, "../x")):
        with pytest.raises(Missing):
            files.of_case(case, sha256)


def test_a_file_that_is_lost_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    file = File(sha256="f" * 64, size=1, content_type="image/png")
    with pytest.raises(Missing, match="lost"):
        files.content(file)
