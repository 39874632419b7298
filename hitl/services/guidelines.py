"""Guidelines: how to judge a workflow's cases, in Markdown; every text that ever held is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import nh3
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from hitl.models import Guideline, Workflow
from models_registry.domain.errors import Conflict, Invalid

LONGEST = 50_000  # characters
BELOW = 2  # the pages' own headings stand above those of a text
TAGS = {
    *("p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "a", "ul", "ol", "li"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """The guidelines that hold, ready for a page."""

    no: int
    html: SafeString


def newest(workflow_id: UUID) -> Shown | None:
    """What holds now; None where there are none, or the newest text is blank."""
    rows = Guideline.objects.filter(workflow_id=workflow_id).order_by("-no")
    no = rows.values_list("no", flat=True).first()
    return _shown(workflow_id, no) if no else None


@lru_cache(maxsize=256)
def _shown(workflow_id: UUID, no: int) -> Shown | None:
    """Rows never change, so neither does what is made of them."""
    text = Guideline.objects.values_list("text", flat=True).get(workflow_id=workflow_id, no=no)
    return Shown(no, rendered(text)) if text else None


def rendered(text: str) -> SafeString:
    """Markdown, ready for a page."""
    return mark_safe(sanitised(text))  # noqa: S308  # that is what it is


def sanitised(text: str) -> str:
    """Markdown as HTML that is safe to show: nothing loads from elsewhere, scripts and styles are
    gone, links go to the web alone and tell nobody where they were followed."""
    tokens = _markdown.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1:]) + BELOW)}"
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        attribute_filter=_kept,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def _kept(tag: str, attribute: str, value: str) -> str | None:
    """A link without a scheme would lead into this site."""
    if attribute == "href" and not value.lower().startswith(("http://", "https://")):
        return None
    return value


def _image_as_link(
    renderer: RendererHTML,
    tokens: Sequence[Token],
    at: int,
    options: OptionsDict,
    env: EnvType,
) -> str:
    """A picture that loaded from elsewhere would tell who reads when."""
    token = tokens[at]
    words = renderer.renderInlineAsText(token.children or [], options, env) or "picture"
    return f'<a href="{escape(token.attrs.get("src", ""))}">{escape(words)}</a>'


def _made() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable("table")
    made.add_render_rule("image", _image_as_link)
    return made


_markdown = _made()


def checked(text: str) -> str:
    """A text as it is stored; Invalid if it cannot be."""
    text = "\n".join(text.replace("\0", "").splitlines()).strip("\n") if text.strip() else ""
    if len(text) > LONGEST:
        raise Invalid.at(
            "/text", f"Guidelines have at most {LONGEST:,} characters; these have {len(text):,}."
        )
    return text


def write(
    workflow: Workflow, text: str, by: User | None, *, seen: int | None = None
) -> Guideline | None:
    """Appends a text; blank, and no guidelines are shown any more. One that is the same as what
    holds appends nothing. Answers with what holds, None if nothing was ever written. Conflict if
    what holds is not what was `seen`."""
    text = checked(text)
    with transaction.atomic():
        Workflow.objects.select_for_update(no_key=True).get(pk=workflow.pk)
        last = versions(workflow)[:1]
        held = last[0] if last else None
        no = held.no if held else 0
        if seen is not None and seen != no:
            raise Conflict(f"Number {no} was written after the {seen} that you read.", number=no)
        if text == (held.text if held else ""):
            return held
        return Guideline.objects.create(workflow=workflow, no=no + 1, text=text, by=by)


def versions(workflow: Workflow) -> QuerySet[Guideline]:
    """All texts, the newest first."""
    return Guideline.objects.filter(workflow=workflow).select_related("by").order_by("-no")
