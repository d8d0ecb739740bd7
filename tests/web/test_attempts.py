"""A stranger who guesses is slowed down, and keeps nobody out who has signed in here before."""

from __future__ import annotations

from dataclasses import replace

import pyotp
import pytest
from starlette.testclient import TestClient

from dlpguard import passwords
from dlpguard.store import accounts, devices, schema
from dlpguard.store.accounts import Account
from dlpguard.web import app
from dlpguard.web.throttle import FREE
from tests.web._site import APPROVER, PASSWORD, REVIEWER, Desk, csrf, sign_in

SECRET = pyotp.random_base32()


def attempt(client: TestClient, name: str, password: str, **headers: str) -> int:
    data = {"csrf": csrf(client.get("/sign-in").text), "name": name, "password": password}
    return client.post("/sign-in", data=data, headers=headers).status_code


def account(desk: Desk, name: str = REVIEWER) -> Account:
    return desk.store.database.read_now(lambda tx: accounts.known(tx, name))


def lock(desk: Desk, name: str = REVIEWER) -> None:
    """What a stranger does who guesses, from several addresses."""
    id = account(desk, name).id
    for _ in range(accounts.FREE_FAILURES + 1):
        desk.store.database.write_now(lambda tx: accounts.failed(tx, id))
    assert account(desk, name).locked_until > 0


def browser(desk: Desk, known: TestClient) -> TestClient:
    """The same browser after its session has ended: only what it is known by is left."""
    made = desk.visitor()
    for cookie in known.cookies.jar:
        if cookie.name.startswith("dlpguard-"):
            made.cookies.set(cookie.name, str(cookie.value))
    return made


def test_a_stranger_who_guesses_does_not_keep_a_reviewer_out(here: Desk) -> None:
    known = here.visitor(REVIEWER)
    for _ in range(accounts.FREE_FAILURES + 1):
        attempt(here.visitor(), REVIEWER, "wrong")

    assert 303 == attempt(browser(here, known), REVIEWER, PASSWORD)
    assert 422 == attempt(here.visitor(), REVIEWER, PASSWORD)


def test_that_somebody_signs_in_at_their_browser_gives_strangers_no_new_tries(here: Desk) -> None:
    known = here.visitor(REVIEWER)
    lock(here)
    before = account(here).locked_until

    attempt(browser(here, known), REVIEWER, PASSWORD)

    assert before == account(here).locked_until


def test_a_browser_is_known_for_one_account_and_not_for_another(here: Desk) -> None:
    known = here.visitor(REVIEWER)
    lock(here, APPROVER)

    assert 422 == attempt(browser(here, known), APPROVER, PASSWORD)


def test_a_shared_desk_is_known_for_everybody_who_works_there(here: Desk) -> None:
    desk = here.visitor(REVIEWER)
    proof = csrf(desk.get("/queue").text)
    desk.post("/sign-out", data={"csrf": proof})
    sign_in(desk, APPROVER)
    lock(here)

    assert 303 == attempt(browser(here, desk), REVIEWER, PASSWORD)


def test_a_known_browser_that_is_often_wrong_is_not_known_any_more(here: Desk) -> None:
    known = browser(here, here.visitor(REVIEWER))
    for _ in range(accounts.FREE_FAILURES + 1):
        assert 422 == attempt(known, REVIEWER, "wrong")

    assert 0.0 == account(here).locked_until
    lock(here)
    assert 422 == attempt(known, REVIEWER, PASSWORD)


def test_what_a_browser_is_known_by_opens_nothing_and_changes_with_each_sign_in(here: Desk) -> None:
    first = here.visitor(REVIEWER)
    stolen = browser(here, first)
    assert 303 == stolen.get("/queue").status_code

    again = browser(here, first)
    sign_in(again, REVIEWER)
    lock(here)

    assert 422 == attempt(stolen, REVIEWER, PASSWORD)
    assert 303 == attempt(browser(here, again), REVIEWER, PASSWORD)


def test_a_new_password_makes_browsers_unknown(here: Desk) -> None:
    known = here.visitor(REVIEWER)
    new = "three words that differ"
    id = account(here).id
    here.store.database.write_now(
        lambda tx: accounts.change(tx, id, password_hash=passwords.hashed(new))
    )
    lock(here)

    assert 422 == attempt(browser(here, known), REVIEWER, new)


def test_a_browser_that_nobody_used_for_long_is_forgotten(here: Desk) -> None:
    known = here.visitor(REVIEWER)
    write = here.store.database.write_now
    long_ago = -devices.LONGEST_SECONDS - 1
    write(
        lambda tx: tx.execute(
            schema.devices.update().values(known_at=schema.devices.c.known_at + long_ago)
        )
    )
    lock(here)

    assert 422 == attempt(browser(here, known), REVIEWER, PASSWORD)
    write(devices.forget)
    assert not here.store.database.read_now(lambda tx: tx.execute(schema.devices.select()).all())


def test_somebody_has_so_many_known_browsers_and_no_more(here: Desk) -> None:
    store = here.store.database
    who = account(here)
    tokens = [
        store.write_now(lambda tx: devices.remember(tx, who, "")) for _ in range(devices.MOST + 2)
    ]

    known = store.read_now(lambda tx: [devices.is_known(tx, who, token) for token in tokens])

    assert [False] * 2 + [True] * devices.MOST == known


def test_a_known_browser_counts_wrong_codes_for_itself(strict: Desk) -> None:
    write = strict.store.database.write_now
    id = account(strict).id
    write(lambda tx: accounts.set_second_factor(tx, id, SECRET))
    device = write(lambda tx: devices.remember(tx, account(strict), ""))
    client = strict.visitor()
    client.base_url = strict.site.url
    attempt(client, REVIEWER, PASSWORD)
    name = f"__Host-dlpguard-{strict.store.keys.digest('device name', str(id)).hex()[:12]}"
    client.cookies.set(name, device)
    proof = csrf(client.get("/sign-in/code").text)

    for _ in range(accounts.FREE_FAILURES):
        client.post("/sign-in/code", data={"csrf": proof, "code": "000000x"})

    assert 0.0 == account(strict).locked_until
    write(lambda tx: accounts.change(tx, id, locked_until=tx.now() + 60))
    code = pyotp.TOTP(SECRET).now()
    answer = client.post("/sign-in/code", data={"csrf": proof, "code": code})
    assert 303 == answer.status_code
    cookies = [c for c in answer.headers.get_list("set-cookie") if c.startswith(name)]
    for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/", "Max-Age=15552000"):
        assert word in cookies[0]


def test_whoever_tries_many_accounts_is_slowed_down_and_told_for_how_long(here: Desk) -> None:
    stranger = here.visitor()
    statuses = [attempt(stranger, f"person{n}@council.example", "x") for n in range(FREE)]
    assert [422] * FREE == statuses

    proof = csrf(stranger.get("/sign-in").text)
    data = {"csrf": proof, "name": REVIEWER, "password": PASSWORD}
    answer = stranger.post("/sign-in", data=data)

    assert 429 == answer.status_code
    assert 0 < int(answer.headers["retry-after"]) <= 20
    assert "too many tries" in answer.text
    assert "dlpguard" not in stranger.cookies


def test_who_signs_in_spends_nothing_of_what_their_office_may_be_wrong(here: Desk) -> None:
    office = here.visitor()
    for _ in range(FREE + 2):
        assert 303 == attempt(office, REVIEWER, PASSWORD)
        office.cookies.clear()


@pytest.mark.parametrize(("proxies", "expected"), [((), 429), (("0.0.0.0/0",), 422)])
def test_behind_a_proxy_that_is_named_clients_are_told_apart(
    here: Desk, proxies: tuple[str, ...], expected: int
) -> None:
    site = replace(here.site, proxies=proxies)
    client = TestClient(app.create(site), follow_redirects=False, client=("10.0.0.9", 5000))
    for _ in range(FREE):
        attempt(client, "nobody", "x", **{"x-forwarded-for": "203.0.113.5"})

    assert expected == attempt(client, "nobody", "x", **{"x-forwarded-for": "203.0.113.6"})


def test_a_stranger_does_not_keep_a_known_browser_of_the_same_office_out(here: Desk) -> None:
    """Where the settings name no proxy everybody comes from one address."""
    known = here.visitor(REVIEWER)
    stranger = TestClient(known.app, follow_redirects=False)
    for n in range(FREE):
        attempt(stranger, f"person{n}@council.example", "x")
    assert 429 == attempt(stranger, REVIEWER, PASSWORD)

    known.cookies.delete("dlpguard")

    assert 303 == attempt(known, REVIEWER, PASSWORD)
