"""Addresses of the web in an input: shown with the host that they really lead to."""

from urllib.parse import urlsplit

from reviews.domain.inputs.shapes import Link

LONGEST = 2000


def link(value: object, title: str, about: str) -> Link | None:
    """The address as a link; None if a browser might read it in another way than we do."""
    if not isinstance(value, str) or len(value) > LONGEST or not value.isprintable():
        return None
    if any(one.isspace() or one == "\\" for one in value):
        return None
    try:
        parts = urlsplit(value)
        host = (parts.hostname or "").encode("idna").decode()  # no letters that look like others
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        return None
    return Link(title, value, host if port is None else f"{host}:{port}", about)
