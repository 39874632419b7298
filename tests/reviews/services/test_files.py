"""Files of a case as people see them: who may, and what is made of them."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from redis.exceptions import RedisError

from hitl.domain.roles import Role
from hitl.models import Case, CaseFile, File, Membership, Referral, Sight, Workflow
from hitl.services import files as kept
from models_registry.domain.errors import Conflict, Invalid, Missing
from reviews.domain.claims import ClaimState
from reviews.models import Claim
from reviews.services import files, golds
from tests import factories
from tests.contents import document, picture, sound
from tests.hitl.services.test_files import SCHEMA, receive, stored
from tests.reviews.desks import judge, later, taken

pytestmark = pytest.mark.django_db


@pytest.fixture
def claims() -> Workflow:
    return factories.workflow("claims", schema=SCHEMA, level="human_only")


@pytest.fixture
def rita(claims: Workflow) -> User:
    return factories.person("rita", Role.REVIEWER, workflow=claims)


@pytest.fixture
def scan(claims: Workflow) -> str:
    """The image of a case that waits."""
    sha256 = stored(picture())
    receive(claims, {"scan": {"file": sha256}})
    return sha256


def test_who_has_the_case_sees_its_files_and_nobody_else(rita: User, scan: str) -> None:
    referral = Referral.objects.get()
    with pytest.raises(Missing):
        files.one(rita, referral.pk, scan)
    taken(rita)
    assert files.one(rita, referral.pk, scan).pk == scan
    with pytest.raises(Missing):
        files.one(rita, referral.pk, stored(sound()))


@pytest.mark.parametrize(
    ("state", "sees"), [(s, s in (ClaimState.HELD, ClaimState.DONE)) for s in ClaimState]
)
def test_a_claim_shows_files_while_held_and_once_done(
    rita: User, scan: str, state: ClaimState, sees: bool
) -> None:
    referral_id = taken(rita).referral_id
    Claim.objects.update(state=state)
    if sees:
        assert files.one(rita, referral_id, scan).pk == scan
    else:
        with pytest.raises(Missing):
            files.one(rita, referral_id, scan)


def test_who_lost_the_role_sees_no_files(rita: User, scan: str) -> None:
    referral_id = taken(rita).referral_id
    Membership.objects.all().delete()
    with pytest.raises(Missing):
        files.one(rita, referral_id, scan)


def test_who_opened_the_case_sees_its_files(rita: User, scan: str) -> None:
    Sight.objects.create(case=Case.objects.get(), user=rita)
    assert files.one(rita, Referral.objects.get().pk, scan).pk == scan


@pytest.mark.parametrize(("role", "sees"), [(Role.AUDITOR, True), (Role.REVIEWER, False)])
def test_who_may_see_cases_sees_their_files(
    claims: Workflow, scan: str, role: Role, sees: bool
) -> None:
    somebody = factories.person("erin", role, workflow=claims)
    elsewhere = factories.person("olga", Role.OPERATOR, workflow=factories.workflow("ham"))
    referral = Referral.objects.get()
    if sees:
        assert files.one(somebody, referral.pk, scan).pk == scan
    for person in [elsewhere] if sees else [elsewhere, somebody]:
        with pytest.raises(Missing):
            files.one(person, referral.pk, scan)


def file(content: bytes) -> File:
    return File.objects.get(pk=stored(content))


def test_pages_and_courses_are_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    paper, call = file(document(2)), file(sound())

    def all_of_it() -> list[Any]:
        return [files.page_count(paper), files.page(paper, 2, 700), files.peaks(call)]

    made = all_of_it()
    assert made[0] == 2
    assert made[2]["seconds"] == 2.0
    monkeypatch.setattr(kept, "content", lambda of: pytest.fail("read again"))
    assert all_of_it() == made


def test_without_the_cache_they_are_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object) -> None:
        raise RedisError

    monkeypatch.setattr(cache, "get", away)
    monkeypatch.setattr(cache, "set", away)
    assert files.page_count(file(document(2))) == 2


def test_a_large_page_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST_KEPT", 10)
    paper = file(document(1))
    files.page(paper, 1, 400)
    assert cache.get(f"page:{paper.pk}:1:400") is None


def test_an_image_has_no_pages_and_no_course() -> None:
    image = file(picture())
    for make in (files.page_count, files.peaks, lambda of: files.page(of, 1, 400)):
        with pytest.raises(Missing, match="image/png"):
            make(image)


def test_a_known_answer_has_the_files_of_its_input(claims: Workflow, rita: User, scan: str) -> None:
    judge(rita)
    later()
    operator = factories.person("olga", Role.OPERATOR, workflow=claims)
    copied = golds.from_case(Case.objects.get(), by=operator)
    typed = golds.create(claims, input={"scan": {"file": scan}}, answer="no", by=operator)
    for gold in (copied, typed):
        assert CaseFile.objects.get(case=gold.case_id).file_id == scan


def test_a_known_answer_names_no_file_of_elsewhere(claims: Workflow, scan: str) -> None:
    other = stored(sound())
    with pytest.raises(Invalid) as refused:
        golds.create(claims, input={"call": {"file": other}}, answer="no")
    assert refused.value.problems[0].pointer == "/input/call"
    ham = factories.workflow("ham", schema=SCHEMA)
    with pytest.raises(Invalid):
        golds.create(ham, input={"scan": {"file": scan}}, answer="no")
    with pytest.raises(Conflict):
        golds.from_case(Case.objects.get())
