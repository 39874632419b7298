"""Guidelines: texts are appended, the newest one holds, and what is shown of it is safe."""

import pytest
from django.contrib.auth.models import User
from pytest_django import DjangoAssertNumQueries

from hitl.models import Guideline, Workflow
from hitl.services import guidelines
from hitl.services.guidelines import LONGEST, rendered
from models_registry.domain.errors import Invalid
from tests import factories


@pytest.mark.django_db
def test_a_workflow_without_guidelines_shows_none(spam: Workflow) -> None:
    assert guidelines.newest(spam.pk) is None
    assert guidelines.write(spam, " \n ", None) is None
    assert not Guideline.objects.exists()


@pytest.mark.django_db
def test_each_text_is_kept_and_the_newest_holds(spam: Workflow, alice: User) -> None:
    guidelines.write(spam, "# One", alice)
    guidelines.write(spam, "Two\r\nlines\n", alice)
    rows = list(guidelines.versions(spam))
    assert [(row.no, row.text, row.by) for row in rows] == [
        (2, "Two\nlines", alice),
        (1, "# One", alice),
    ]
    shown = guidelines.newest(spam.pk)
    assert shown is not None
    assert (shown.no, shown.html) == (2, "<p>Two\nlines</p>\n")


@pytest.mark.django_db
def test_the_same_text_again_appends_nothing(spam: Workflow, alice: User) -> None:
    first = guidelines.write(spam, "# One", alice)
    assert guidelines.write(spam, "# One\n", None) == first
    assert Guideline.objects.count() == 1


@pytest.mark.django_db
def test_a_blank_text_ends_the_guidelines_and_a_new_one_begins_again(spam: Workflow) -> None:
    guidelines.write(spam, "One", None)
    guidelines.write(spam, "", None)
    assert guidelines.newest(spam.pk) is None
    assert guidelines.write(spam, "One", None) is not None
    shown = guidelines.newest(spam.pk)
    assert shown is not None
    assert shown.no == 3


@pytest.mark.django_db
def test_a_text_that_is_too_long_is_refused(spam: Workflow) -> None:
    with pytest.raises(Invalid, match=r"at most 50,000") as refused:
        guidelines.write(spam, "a" * (LONGEST + 1), None)
    assert refused.value.problems[0].pointer == "/text"
    assert guidelines.write(spam, "a" * LONGEST, None) is not None


@pytest.mark.django_db
def test_what_was_shown_once_costs_one_query(
    spam: Workflow, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    guidelines.write(spam, "One", None)
    guidelines.newest(spam.pk)
    with django_assert_num_queries(1):
        guidelines.newest(spam.pk)
    other = factories.workflow("other")
    assert guidelines.newest(other.pk) is None


@pytest.mark.parametrize(
    ("text", "html"),
    [
        pytest.param("# A\n###### B", "<h3>A</h3>\n<h6>B</h6>\n", id="headings"),
        pytest.param("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;", id="html"),
        pytest.param("[a](javascript:x)", "<p>[a](javascript:x)</p>\n", id="no script"),
        pytest.param("|a|\n|-|\n|1|", "<table>\n<thead>\n<tr>\n<th>a</th>", id="tables"),
        pytest.param("`x<1`", "<p><code>x&lt;1</code></p>\n", id="code"),
    ],
)
def test_markdown_becomes_html_without_surprises(text: str, html: str) -> None:
    assert html in rendered(text)
    assert "<script" not in rendered(text)


@pytest.mark.parametrize("text", ["[a](https://e.com/p)", "![a](https://e.com/p)"])
def test_links_tell_nobody_and_pictures_load_only_when_followed(text: str) -> None:
    shown = rendered(text)
    assert 'href="https://e.com/p"' in shown
    assert 'rel="noopener noreferrer nofollow"' in shown
    assert "<img" not in shown


@pytest.mark.parametrize(
    "text",
    ["[a](/admin)", "[a](mailto:x@e.com)", "![a](data:image/png;base64,AAAA)", "[a](//e.com/p)"],
)
def test_links_go_to_the_web_alone(text: str) -> None:
    assert "href" not in rendered(text)
