"""Addresses that a browser reads as we do, and no others."""

import pytest

from reviews.domain.inputs.links import link


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://example.org/a?b=c#d", "example.org"),
        ("http://127.0.0.1:8000/", "127.0.0.1:8000"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("HTTPS://EXAMPLE.org", "example.org"),
    ],
)
def test_the_host_is_where_it_really_leads(address: str, host: str) -> None:
    made = link(address, "t", "")
    assert made is not None
    assert (made.address, made.host) == (address, host)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "ftp://example.org",
        "//example.org",
        "/admin/",
        "https://",
        "https://good.example@evil.example/",
        "https://evil.example\\@good.example/",
        "https://exa mple.org",
        "https://[::1",
        "https://example.org:port/",
        "https://" + "a" * 64 + ".example",
        "https://example.org/" + "a" * 3000,
        "https://example.org/\u202egpj.exe",
        7,
        None,
    ],
)
def test_all_else_is_no_link(address: object) -> None:
    assert link(address, "t", "") is None
