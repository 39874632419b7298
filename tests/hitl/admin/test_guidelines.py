"""Guidelines on the control room: previewed, saved as versions, compared."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser

from hitl.admin.guidelines import Line, compared
from hitl.models import Guideline, Workflow
from hitl.services import guidelines
from tests.hitl.admin.conftest import Enter, at


@pytest.fixture
def browser(spam: Workflow, alice: User, enter: Enter) -> Browser:
    return enter(alice)


def send(browser: Browser, workflow: Workflow, text: str, seen: int = 0, how: str = "write") -> Any:
    given = {"text": text, "seen": seen, how: "1"}
    return browser.post(at(workflow, "guidelines"), given, follow=True)


@pytest.mark.django_db
def test_without_guidelines_the_page_teaches(spam: Workflow, browser: Browser) -> None:
    page = browser.get(at(spam, "guidelines")).content.decode()
    assert "Nothing to show." in page
    assert "Here would stand every text" in page


@pytest.mark.django_db
def test_a_preview_shows_the_text_and_its_changes_and_saves_nothing(
    spam: Workflow, browser: Browser
) -> None:
    guidelines.write(spam, "Old", None)
    page = send(browser, spam, "**New** <b>", 1, "preview")
    assert page.context["preview"] == "<p><strong>New</strong> &lt;b&gt;</p>\n"
    assert page.context["lines"] == [Line("removed", "Old"), Line("added", "**New** <b>")]
    assert Guideline.objects.count() == 1


@pytest.mark.django_db
def test_a_saved_text_is_a_new_version_by_its_author(
    spam: Workflow, browser: Browser, alice: User
) -> None:
    page = send(browser, spam, "# One")
    assert "Version 1 is shown beside the cases from now on." in page.content.decode()
    row = Guideline.objects.get()
    assert (row.no, row.text, row.by) == (1, "# One", alice)
    assert "the text is the same" in send(browser, spam, "# One", 1).content.decode()
    assert "no guidelines are shown any more" in send(browser, spam, "", 1).content.decode()
    assert Guideline.objects.count() == 2


@pytest.mark.django_db
def test_a_text_written_over_an_older_one_is_asked_about_first(
    spam: Workflow, browser: Browser, bob: User
) -> None:
    guidelines.write(spam, "Theirs", bob)
    page = send(browser, spam, "Mine", 0)
    assert "Nothing was saved: version 1 by bob came in" in page.content.decode()
    assert page.context["lines"] == [Line("removed", "Theirs"), Line("added", "Mine")]
    assert Guideline.objects.count() == 1
    assert 'name="seen" value="1"' in page.content.decode()
    send(browser, spam, "Mine", 1)
    assert Guideline.objects.count() == 2


@pytest.mark.django_db
def test_a_text_that_is_too_long_is_refused_beside_it(spam: Workflow, browser: Browser) -> None:
    page = send(browser, spam, "a" * 50_001)
    assert list(page.context["form"].errors) == ["text"]
    assert not Guideline.objects.exists()


@pytest.mark.django_db
def test_each_version_says_what_it_changed(spam: Workflow, browser: Browser) -> None:
    for text in ("a\nb", "a\nc"):
        guidelines.write(spam, text, None)
    listed = browser.get(at(spam, "guidelines")).context["versions"]
    assert [row.no for row in listed] == [2, 1]
    page = browser.get(at(spam, "guideline"), {"no": "2"})
    assert page.context["lines"] == [Line("same", "a"), Line("removed", "b"), Line("added", "c")]
    first = browser.get(at(spam, "guideline"), {"no": "1"})
    assert "The first version" in first.content.decode()
    for no in ("3", "x", ""):
        assert browser.get(at(spam, "guideline"), {"no": no}).status_code == 404


@pytest.mark.django_db
def test_who_may_not_operate_reads_and_outsiders_learn_nothing(
    spam: Workflow, audrey: User, charlie: User, enter: Enter
) -> None:
    guidelines.write(spam, "Text", None)
    reads = enter(audrey)
    assert "Save as a new version" not in reads.get(at(spam, "guidelines")).content.decode()
    assert reads.post(at(spam, "guidelines"), {"text": "x", "write": "1"}).status_code == 403
    for page in ("guidelines", "guideline"):
        assert enter(charlie).get(at(spam, page)).status_code in {302, 403}
    assert Guideline.objects.count() == 1


def test_far_changes_are_told_apart() -> None:
    lines = [str(n) for n in range(20)]
    found = list(compared("\n".join(lines), "\n".join(["x", *lines, "y"])))
    assert [line.what for line in found] == [
        "added",
        "same",
        "same",
        "gap",
        "same",
        "same",
        "added",
    ]
