"""Inputs as HTML: each look, and nothing of an input ever acts."""

from typing import Any
from uuid import UUID

import pytest
from django.template import Context, Template

REFERRAL = UUID(int=7)
ONE = "a" * 64
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg onload=alert(3)>"
LOOKS = ["image", "audio", "pdf", "file", "link", "markdown", "text", "table", "values", "json"]


def drawn(value: object, schema: dict[str, Any], referral_id: UUID | None = REFERRAL) -> str:
    page = Template("{% load case_input %}{% case_input value schema referral %}")
    return page.render(Context({"value": value, "schema": schema, "referral": referral_id}))


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize("render", [*LOOKS, "none"])
@pytest.mark.parametrize(
    "value",
    [
        EVIL,
        [EVIL],
        [[EVIL]],
        [{EVIL: EVIL}],
        {EVIL: EVIL},
        {"file": EVIL},
        f"[{EVIL}](javascript:alert(1))",
        "<https://x.example/'onclick=alert(4)>",
        "![x](https://x.example/a.png)",
    ],
)
def test_whatever_an_input_says_nothing_of_it_acts(render: str, value: object) -> None:
    hints = {"x-render": render, "title": EVIL, "description": EVIL}
    shown = drawn({"it": value, EVIL: EVIL}, of(it=hints) | {"description": EVIL})
    for tag in ("<script", "<svg", "<img src=x", "onerror=alert(2)>", '<img src="https'):
        assert tag not in shown.replace("&lt;", "")
    assert 'href="javascript' not in shown


@pytest.mark.parametrize(
    ("render", "said"),
    [
        ("image", f'<img src="/files/{REFERRAL}/{ONE}"'),
        ("audio", f'<audio controls preload="metadata" src="/files/{REFERRAL}/{ONE}"'),
        ("pdf", f"/files/{REFERRAL}/{ONE}/pages/1?width=1200"),
        ("file", f'<a class="button" href="/files/{REFERRAL}/{ONE}" target="_blank"'),
    ],
)
def test_a_file_is_shown_from_its_address_or_named(render: str, said: str) -> None:
    schema = of(it={"x-render": render, "title": "The file"})
    assert said in drawn({"it": {"file": ONE}}, schema)
    named = drawn({"it": {"file": ONE}}, schema, None)
    assert "/files/" not in named
    assert ONE[:12] in named


def test_a_link_tells_where_it_leads_and_not_where_it_comes_from() -> None:
    shown = drawn({"it": "https://example.org/a"}, of(it={"x-render": "link"}))
    assert 'target="_blank" rel="noopener noreferrer"' in shown
    assert "<b>example.org</b>" in shown


def test_markdown_is_drawn() -> None:
    shown = drawn({"it": "# Title\n\n*words*"}, of(it={"x-render": "markdown"}))
    assert "<h3>Title</h3>" in shown
    assert "<em>words</em>" in shown


def test_a_table_has_its_head() -> None:
    schema = of(it={"x-render": "table", "title": "Lines"})
    shown = drawn({"it": [{"name": "tea", "price": 2}]}, schema)
    assert '<th scope="col">name</th>' in shown
    assert "<td>tea</td><td>2</td>" in shown
    assert 'aria-label="Lines"' in shown


def test_titles_and_descriptions_are_shown() -> None:
    schema = of(it={"title": "A title", "description": "What it is"}, n={"description": "A count"})
    shown = drawn({"it": "words", "n": 1}, schema | {"description": "All of it"})
    for words in ("A title", "What it is", "A count", "All of it"):
        assert words in shown


def test_only_what_is_long_is_searched() -> None:
    assert "text-search" not in drawn({"it": "short"}, of())
    assert "text-search" in drawn({"it": "long " * 100}, of())


def test_a_grid_of_numbers_is_a_picture() -> None:
    hints = {"x-render": "image", "title": "Scan"}
    assert 'class="image coarse veiled"' in drawn({"it": [[0, 1]]}, of(it=hints))
    large = drawn({"it": [[0, 1] * 100]}, of(it=hints))
    assert '<img src="data:image/png;base64,' in large
    assert "image-view" in large
