"""Content security policy: strict on our pages, wider where a library draws."""

import pytest
from django.test import Client


@pytest.mark.django_db
def test_our_pages_allow_no_inline_script_and_no_eval(client: Client) -> None:
    policy = client.get("/sign-in")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.django_db
def test_the_admin_may_eval(client: Client) -> None:
    policy = client.get("/admin/login/")["Content-Security-Policy"]
    assert "'unsafe-eval'" in policy


@pytest.mark.django_db
def test_the_api_page_may_style_inline_but_not_eval(client: Client) -> None:
    policy = client.get("/api/")["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "eval" not in policy


def test_a_body_of_unknown_length_is_refused_not_taken_for_an_empty_one(client: Client) -> None:
    answer = client.post(
        "/api/v1/referrals/claim", b"", "application/json", headers={"Transfer-Encoding": "chunked"}
    )
    assert answer.status_code == 411
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:hitl:length-required"
