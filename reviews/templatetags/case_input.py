"""A case's input as a person reads it: its parts, and where its files are."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString

from hitl.services import guidelines
from reviews.domain.inputs import is_long, parts
from reviews.domain.inputs.shapes import Attached

register = template.Library()


@register.inclusion_tag("reviews/inputs/_input.html")
def case_input(
    value: object, schema: Mapping[str, Any], referral_id: UUID | None = None
) -> dict[str, object]:
    """All parts of an input. Without a referral there is no address for its files: they are
    named."""
    shown = parts(value, schema)
    return {
        "parts": shown,
        "about": str(schema.get("description") or "") if isinstance(value, dict) else "",
        "referral_id": referral_id,
        "is_long": is_long(shown),
    }


@register.filter
def file_address(part: Attached, referral_id: UUID) -> str:
    """Where a file of the case is."""
    return reverse("file", args=[referral_id, part.sha256])


@register.filter
def as_markdown(text: str) -> SafeString:
    """Markdown of a foreign hand as HTML that does nothing but stand there."""
    return guidelines.rendered(text)
