"""Signing in and out, and what a page says that cannot be shown."""

import pytest
from django.contrib.auth.models import User
from django.test import Client


def test_a_person_signs_in_and_goes_on_where_they_were(client: Client, bob: User) -> None:
    given = {"username": "bob", "password": "bob-pass-word", "next": "/review/spam/"}
    answer = client.post("/sign-in", given)
    assert answer.status_code == 302
    assert answer["Location"] == "/review/spam/"


def test_a_wrong_password_is_said_beside_the_form(client: Client, bob: User) -> None:
    answer = client.post("/sign-in", {"username": "bob", "password": "wrong"})
    page = answer.content.decode()
    assert "Please enter a correct username and password." in page
    assert 'value="bob"' in page


def test_signing_out_leads_to_the_sign_in_page(client: Client, bob: User) -> None:
    client.force_login(bob)
    assert client.post("/sign-out")["Location"] == "/sign-in"
    assert client.get("/").status_code == 302


def test_an_unknown_address_is_answered_in_the_same_look(client: Client, db: None) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()


def test_a_fault_is_said_without_its_details(
    client: Client, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("reviews.services.entrance.my_workflows", broken)
    client.raise_request_exception = False
    client.force_login(bob)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()
    assert "secret detail" not in answer.content.decode()


def test_a_form_without_its_token_is_refused_in_the_same_look(bob: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(bob)
    answer = strict.post("/sign-out")
    assert answer.status_code == 403
    assert "Please send that again" in answer.content.decode()
