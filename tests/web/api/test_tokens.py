"""Tokens: whose they are, what they may do, and when they are worth nothing."""

from __future__ import annotations

import re

import pytest

from dlpguard.store import accounts, audit, schema, tokens
from dlpguard.store.audit import Entry
from dlpguard.web.throttle import FREE
from tests.web._site import AUDITOR, NOBODY, PASSWORD, REVIEWER, Desk, csrf
from tests.web.api._program import made, program, program_of


def entries(desk: Desk) -> list[Entry]:
    return desk.store.database.read_now(lambda tx: list(audit.entries(tx)))


def account_id(desk: Desk, name: str = REVIEWER) -> int:
    return desk.store.database.read_now(lambda tx: accounts.known(tx, name)).id


def test_a_token_says_whose_it_is_and_what_it_may_do(here: Desk) -> None:
    answer = program_of(here, REVIEWER, ["see-queue", "decide"]).get("/me")

    assert 200 == answer.status_code
    said = answer.json()
    assert (REVIEWER, "reports") == (said["account"], said["token"])
    assert ["decide", "see-queue"] == said["scopes"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", said["expires"])


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer dlpg_",
        "Bearer dlpg_" + "0" * 46,
        "Basic cml0YTp4",
        "dlpg_" + "0" * 46,
        "Bearer ünïcode",
    ],
)
def test_what_is_no_token_opens_nothing(here: Desk, header: str) -> None:
    headers = {b"authorization": header.encode("latin-1")} if header else {}

    answer = program(here).get("/me", headers=headers)

    assert 401 == answer.status_code
    assert answer.headers["www-authenticate"].startswith('Bearer realm="dlpguard"')
    assert "application/problem+json" == answer.headers["content-type"]
    assert "urn:dlpguard:problem:no-token" == answer.json()["type"]


def test_a_session_at_the_site_is_no_token(here: Desk) -> None:
    browser = here.visitor(REVIEWER)

    assert 401 == browser.get("/api/v1/me").status_code
    assert 401 == browser.get("/api/v1/queue").status_code


def test_a_token_opens_no_page(here: Desk) -> None:
    answer = here.visitor().get("/queue", headers={"authorization": f"Bearer {made(here)}"})

    assert 303 == answer.status_code


def test_a_revoked_token_is_worth_nothing_at_once(here: Desk) -> None:
    client = program_of(here)
    assert 200 == client.get("/me").status_code
    browser = here.visitor(REVIEWER)
    html = browser.get("/account/tokens").text
    id = re.search(r'name="token" value="(\d+)"', html)
    assert id

    browser.post("/account/tokens/revoke", data={"csrf": csrf(html), "token": id[1]})

    assert 401 == client.get("/me").status_code
    assert ("revoke token", REVIEWER, "reports") in [
        (e.act, e.subject, e.detail) for e in entries(here)
    ]


def test_nobody_revokes_the_token_of_somebody_else(here: Desk) -> None:
    client = program_of(here)
    browser = here.visitor(AUDITOR)
    proof = csrf(browser.get("/account/tokens").text)
    for id in range(1, 5):
        browser.post("/account/tokens/revoke", data={"csrf": proof, "token": id})

    assert 200 == client.get("/me").status_code


def test_a_token_runs_out(here: Desk) -> None:
    client = program_of(here)
    here.store.database.write_now(
        lambda tx: tx.execute(schema.tokens.update().values(expires_at=tx.now() - 1))
    )

    assert 401 == client.get("/me").status_code
    assert "run out" in here.visitor(REVIEWER).get("/account/tokens").text


def test_the_token_of_a_disabled_account_is_dead_at_once(here: Desk) -> None:
    client, id = program_of(here), account_id(here)
    here.store.database.write_now(lambda tx: accounts.change(tx, id, disabled=True))

    assert 401 == client.get("/me").status_code


def test_a_token_never_may_more_than_its_account_now(here: Desk) -> None:
    client, id = program_of(here, REVIEWER, ["see-queue", "decide"]), account_id(here)
    assert 200 == client.get("/queue").status_code
    here.store.database.write_now(lambda tx: accounts.change(tx, id, roles=("mail-administrator",)))

    answer = client.get("/queue")

    assert 403 == answer.status_code
    assert "Your account may not see the queue" in answer.json()["detail"]
    assert [] == client.get("/me").json()["scopes"]


def test_a_scope_that_is_missing_is_named(here: Desk) -> None:
    client = program_of(here, REVIEWER, ["see-figures"])

    answer = client.get("/queue")

    assert 403 == answer.status_code
    assert "see-queue" == answer.json()["scope"]
    assert 'error="insufficient_scope", scope="see-queue"' in answer.headers["www-authenticate"]
    assert "This token was not made to see the queue" in answer.json()["detail"]


def test_whoever_guesses_is_slowed_down_and_a_working_token_spends_nothing(here: Desk) -> None:
    client = program_of(here)
    for _ in range(FREE + 5):
        assert 200 == client.get("/me").status_code
    for _ in range(FREE):
        assert 401 == client.get("/me", headers={"authorization": "Bearer x"}).status_code

    answer = client.get("/me", headers={"authorization": "Bearer x"})

    assert 429 == answer.status_code
    assert int(answer.headers["retry-after"]) > 0
    assert "urn:dlpguard:problem:too-often" == answer.json()["type"]


def test_only_the_digest_of_a_token_is_kept(here: Desk) -> None:
    token = made(here)
    here.store.database.truncate_log()

    assert re.fullmatch(tokens.PATTERN, token)
    for file in here.folder.iterdir():
        if file.is_file():
            assert token.encode() not in file.read_bytes()


def test_what_only_looks_like_a_token_is_told_from_one_without_asking_us(here: Desk) -> None:
    token = made(here)
    other = token[:10] + ("a" if token[10] != "a" else "b") + token[11:]

    assert tokens.is_whole(token)
    assert not tokens.is_whole(other)
    assert not tokens.is_whole(token + "0")
    assert not tokens.is_whole(token + "\n")


def test_when_a_token_was_used_last_is_told(here: Desk) -> None:
    token = made(here)
    browser = here.visitor(REVIEWER)
    assert "Never used" in browser.get("/account/tokens").text

    program(here, token).get("/me")

    assert "Last used" in browser.get("/account/tokens").text


FORM = {"name": "nightly report", "scopes": ["see-queue", "see-figures"], "days": "90"}


def test_a_token_is_made_on_a_page_and_shown_once(here: Desk) -> None:
    browser = here.visitor(REVIEWER)
    proof = csrf(browser.get("/account/tokens").text)

    html = browser.post("/account/tokens", data={"csrf": proof, "password": PASSWORD, **FORM}).text

    token = re.search(tokens.PATTERN, html)
    assert token
    assert "not shown again" in html
    assert ["see-figures", "see-queue"] == program(here, token[0]).get("/me").json()["scopes"]
    assert not re.search(tokens.PATTERN, browser.get("/account/tokens").text)
    told = [e for e in entries(here) if e.act == "make token"]
    assert ["nightly report: see-figures, see-queue"] == [e.detail for e in told]
    assert [(REVIEWER, REVIEWER)] == [(e.actor, e.subject) for e in told]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "wrong"}, "Your password is not right"),
        ({"name": ""}, "Give it a name"),
        ({"name": "a (by token b)"}, "Give it a name"),
        ({"name": "x" * 61}, "Give it a name"),
        ({"scopes": []}, "Choose at least one"),
        ({"scopes": ["see-audit", "nonsense"]}, "Choose at least one"),
        ({"days": "366"}, "Choose how long"),
        ({"days": "0"}, "Choose how long"),
        ({"name": "reports"}, "You have a token called reports already"),
    ],
)
def test_a_form_that_is_not_right_makes_no_token(
    here: Desk, change: dict[str, object], words: str
) -> None:
    made(here)
    browser = here.visitor(REVIEWER)
    proof = csrf(browser.get("/account/tokens").text)

    data = {"csrf": proof, "password": PASSWORD} | FORM | change
    answer = browser.post("/account/tokens", data=data)

    assert 422 == answer.status_code
    assert words in answer.text
    assert not re.search(tokens.PATTERN, answer.text)
    id = account_id(here)
    assert 1 == here.store.database.read_now(lambda tx: tokens.count(tx, id))


def test_the_password_cannot_be_guessed_in_a_session_that_was_left_open(here: Desk) -> None:
    browser = here.visitor(REVIEWER)
    data = {"csrf": csrf(browser.get("/account/tokens").text), "password": "wrong"} | FORM
    for _ in range(2 * (accounts.FREE_FAILURES + 1)):
        assert 422 == browser.post("/account/tokens", data=data).status_code

    answer = browser.post("/account/tokens", data=data | {"password": PASSWORD})

    assert 422 == answer.status_code
    assert not re.search(tokens.PATTERN, answer.text)


def test_nobody_makes_a_token_for_what_their_account_may_not(here: Desk) -> None:
    browser = here.visitor(REVIEWER)
    proof = csrf(browser.get("/account/tokens").text)
    scopes = ["see-queue", "see-audit", "manage-accounts"]

    data = {"csrf": proof, "password": PASSWORD} | FORM | {"scopes": scopes}
    html = browser.post("/account/tokens", data=data).text

    token = re.search(tokens.PATTERN, html)
    assert token
    assert ["see-queue"] == program(here, token[0]).get("/me").json()["scopes"]


def test_who_has_no_role_is_told_that_a_token_could_do_nothing(here: Desk) -> None:
    html = here.visitor(NOBODY).get("/account/tokens").text

    assert "a token could do nothing" in html
    assert 'name="password"' not in html


def test_an_account_has_so_many_tokens_and_no_more(here: Desk) -> None:
    who = here.store.database.read_now(lambda tx: accounts.known(tx, REVIEWER))
    for number in range(tokens.MOST):
        here.store.database.write_now(
            lambda tx, n=number: tokens.make(tx, who, f"token {n}", ["decide"], 1)  # type: ignore[misc]
        )
    browser = here.visitor(REVIEWER)
    proof = csrf(browser.get("/account/tokens").text)

    answer = browser.post("/account/tokens", data={"csrf": proof, "password": PASSWORD} | FORM)

    assert "You have 20 tokens; revoke one" in answer.text
    assert 20 == here.store.database.write_now(lambda tx: tokens.revoke_all(tx, who, "max"))


def test_tokens_that_ran_out_long_ago_are_forgotten(here: Desk) -> None:
    made(here)
    long_ago = tokens.SHOWN_SECONDS + 1
    write = here.store.database.write_now
    write(lambda tx: tx.execute(schema.tokens.update().values(expires_at=tx.now() - long_ago)))

    write(tokens.forget)

    id = account_id(here)
    assert [] == here.store.database.read_now(lambda tx: list(tokens.of(tx, id)))


@pytest.mark.parametrize("days", [0, 366])
def test_a_token_has_an_end_within_a_year(here: Desk, days: int) -> None:
    with pytest.raises(ValueError, match="within a year"):
        made(here, days=days)
