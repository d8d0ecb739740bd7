"""Signing in: a password, a one-time code, and nothing for those who guess."""

from __future__ import annotations

import re

import pyotp
import pytest

from dlpguard.store import accounts, schema, sessions
from tests.web._site import NOBODY, PASSWORD, REVIEWER, Desk, csrf, sign_in


def test_whoever_is_not_signed_in_is_sent_to_sign_in_and_back(here: Desk) -> None:
    client = here.visitor()

    sent = client.get("/queue?page=2")

    assert (303, "/sign-in?after=/queue%3Fpage%3D2") == (sent.status_code, sent.headers["location"])
    proof = csrf(client.get(sent.headers["location"]).text)
    data = {"csrf": proof, "name": REVIEWER, "password": PASSWORD, "after": "/queue?page=2"}
    back = client.post("/sign-in", data=data)
    assert (303, "/queue?page=2") == (back.status_code, back.headers["location"])
    assert client.get("/queue").status_code == 200


@pytest.mark.parametrize(
    "after", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", "/\nx"]
)
def test_nobody_is_sent_to_another_site(here: Desk, after: str) -> None:
    client = here.visitor()
    proof = csrf(client.get("/sign-in").text)

    data = {"csrf": proof, "name": REVIEWER, "password": PASSWORD, "after": after}
    answer = client.post("/sign-in", data=data)

    assert "/" == answer.headers["location"]


@pytest.mark.parametrize(("name", "password"), [(REVIEWER, "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_password_and_an_unknown_name_are_told_the_same(
    here: Desk, name: str, password: str
) -> None:
    client = here.visitor()
    proof = csrf(client.get("/sign-in").text)

    answer = client.post("/sign-in", data={"csrf": proof, "name": name, "password": password})

    assert 422 == answer.status_code
    assert "do not belong together" in answer.text
    assert "dlpguard" not in client.cookies


def test_after_some_wrong_passwords_the_right_one_does_not_open_for_a_while(here: Desk) -> None:
    client = here.visitor()
    proof = csrf(client.get("/sign-in").text)

    for _ in range(accounts.FREE_FAILURES + 1):
        client.post("/sign-in", data={"csrf": proof, "name": REVIEWER, "password": "wrong"})
    answer = client.post("/sign-in", data={"csrf": proof, "name": REVIEWER, "password": PASSWORD})

    assert 422 == answer.status_code


def test_a_second_factor_is_set_up_at_the_first_sign_in_and_asked_for_at_the_next(
    strict: Desk,
) -> None:
    first = strict.visitor()
    first.base_url = strict.site.url
    sign_in(first, REVIEWER)
    assert first.get("/queue").status_code == 200

    second = strict.visitor()
    second.base_url = strict.site.url
    proof = csrf(second.get("/sign-in").text)
    asked = second.post("/sign-in", data={"csrf": proof, "name": REVIEWER, "password": PASSWORD})
    assert "/sign-in/code" == asked.headers["location"]
    assert second.get("/queue").headers["location"].startswith("/sign-in")
    html = second.get("/sign-in/code").text
    assert not re.search(r'name="secret" value="[A-Z2-7]', html)


def test_a_one_time_code_works_once(strict: Desk) -> None:
    secret = pyotp.random_base32()
    store = strict.store
    account = store.database.read_now(lambda tx: accounts.known(tx, REVIEWER))
    store.database.write_now(lambda tx: accounts.set_second_factor(tx, account.id, secret))
    code = pyotp.TOTP(secret).now()
    ends = []
    for _ in range(2):
        client = strict.visitor()
        client.base_url = strict.site.url
        proof = csrf(client.get("/sign-in").text)
        client.post("/sign-in", data={"csrf": proof, "name": REVIEWER, "password": PASSWORD})
        proof = csrf(client.get("/sign-in/code").text)
        ends.append(client.post("/sign-in/code", data={"csrf": proof, "code": code}).status_code)

    assert [303, 422] == ends


def test_a_recovery_code_opens_once(strict: Desk) -> None:
    store = strict.store
    account = store.database.read_now(lambda tx: accounts.known(tx, REVIEWER))
    codes = store.database.write_now(
        lambda tx: accounts.set_second_factor(tx, account.id, pyotp.random_base32())
    )
    ends = []
    for _ in range(2):
        client = strict.visitor()
        client.base_url = strict.site.url
        proof = csrf(client.get("/sign-in").text)
        client.post("/sign-in", data={"csrf": proof, "name": REVIEWER, "password": PASSWORD})
        proof = csrf(client.get("/sign-in/code").text)
        answer = client.post("/sign-in/code", data={"csrf": proof, "code": codes[0]})
        ends.append(answer.status_code)

    assert [303, 422] == ends


def test_a_token_from_before_signing_in_is_worth_nothing_after(here: Desk) -> None:
    client = here.visitor()
    client.cookies.set("dlpguard", "planted", domain="testserver.local")
    sign_in(client, REVIEWER)

    assert "planted" != client.cookies["dlpguard"]
    planted = here.visitor()
    planted.cookies.set("dlpguard", "planted")
    assert 303 == planted.get("/queue").status_code


def test_after_signing_out_the_old_cookie_opens_nothing(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    token = client.cookies["dlpguard"]
    proof = csrf(client.get("/queue").text)

    client.post("/sign-out", data={"csrf": proof})

    again = here.visitor()
    again.cookies.set("dlpguard", token)
    assert 303 == again.get("/queue").status_code


def test_a_session_ends_when_it_is_not_used_and_after_a_working_day(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    token = client.cookies["dlpguard"]
    database = here.store.database
    session = database.read_now(lambda tx: sessions.find(tx, token))
    assert session

    for column, seconds in (("used_at", sessions.IDLE_SECONDS), ("opened_at", 12 * 3600.0)):
        earlier = getattr(session, column) - seconds - 1
        database.write_now(
            lambda tx, c=column, e=earlier: tx.execute(  # type: ignore[misc]
                schema.sessions.update().values({c: e})
            )
        )
        assert 303 == client.get("/queue").status_code
        database.write_now(
            lambda tx: tx.execute(schema.sessions.update().values(used_at=session.used_at))
        )


@pytest.mark.parametrize("proof", ["", "0" * 32])
def test_a_form_without_our_proof_changes_nothing(here: Desk, proof: str) -> None:
    client = here.visitor(REVIEWER)

    assert 403 == client.post("/sign-out", data={"csrf": proof}).status_code
    assert 200 == client.get("/queue").status_code


@pytest.mark.parametrize(
    "header", [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}]
)
def test_a_form_from_another_site_changes_nothing(here: Desk, header: dict[str, str]) -> None:
    client = here.visitor(REVIEWER)
    proof = csrf(client.get("/queue").text)

    assert 403 == client.post("/sign-out", data={"csrf": proof}, headers=header).status_code


def test_a_disabled_account_is_out_at_once(here: Desk) -> None:
    client = here.visitor(REVIEWER)
    database = here.store.database
    account = database.read_now(lambda tx: accounts.known(tx, REVIEWER))

    database.write_now(lambda tx: accounts.change(tx, account.id, disabled=True))

    assert 303 == client.get("/queue").status_code


def test_who_has_no_role_sees_no_queue(here: Desk) -> None:
    client = here.visitor(NOBODY)

    assert 403 == client.get("/queue").status_code


def test_every_answer_has_the_headers_that_protect_it(strict: Desk) -> None:
    client = strict.visitor()
    client.base_url = strict.site.url
    for path in ("/sign-in", "/nothing", "/healthz", "/queue"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "max-age=31536000" in headers["strict-transport-security"]
        assert "nosniff" == headers["x-content-type-options"]
        assert "no-store" == headers["cache-control"]
    proof = csrf(client.get("/sign-in").text)
    answer = client.post("/sign-in", data={"csrf": proof, "name": REVIEWER, "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    for word in ("__Host-dlpguard=", "HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert word in cookie
