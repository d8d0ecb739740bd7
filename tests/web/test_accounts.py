"""Accounts: who is added sets their own password, and nobody makes themselves a reader of mail."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from dlpguard.errors import NotFoundError, RefusedError
from dlpguard.store import accounts, audit, bodies, schema, sessions, tokens
from dlpguard.store.accounts import Account
from dlpguard.store.opening import Store
from dlpguard.web import staff
from dlpguard.web.pages import accounts as accounts_page
from dlpguard.web.roles import Role
from tests import _stores
from tests.store._world import Clock, do
from tests.web._site import (
    HASH,
    HEAD,
    MAIL_ADMINISTRATOR,
    REVIEWER,
    Desk,
    csrf,
    sign_in,
)

ADDRESS = "https://dlpguard.council.example"
NEW = "petra.lane@council.example"
WORDS = "four quite different words"
OTHER = "olive.marsh@council.example"


@pytest.fixture
def known(here: Desk) -> Desk:
    """A site that knows where it is."""
    here.site = replace(here.site, head=replace(HEAD, site=ADDRESS))
    return here


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """Of two who manage accounts and one who reviews."""
    made = _stores.open_in(tmp_path, clock)
    with closing(made):
        for name, role in (
            (MAIL_ADMINISTRATOR, "mail-administrator"),
            (OTHER, "mail-administrator"),
            (REVIEWER, "reviewer"),
        ):
            do(made, accounts.add, name, name.partition("@")[0], HASH, [role])
        yield made


def post(client: TestClient, path: str, **data: str | list[str]) -> int:
    proof = csrf(client.get("/accounts/add").text)
    return client.post(path, data={"csrf": proof, **data}).status_code


def account(store: Store, name: str) -> Account:
    return store.database.read_now(lambda tx: accounts.known(tx, name))


def change(store: Store, actor: str, name: str, *roles: str, groups: tuple[str, ...] = ()) -> None:
    id = account(store, name).id
    do(store, staff.change, actor, id, name.partition("@")[0], roles, groups)


def link_to(store: Store, name: str) -> str:
    """The path of the link that somebody was mailed last."""
    rows = schema.messages.c
    with store.database.engine.connect() as connection:
        ids = connection.execute(
            select(rows.id).where(rows.origin == "notice").order_by(rows.id.desc())
        ).scalars()
        for id in ids:
            body = store.database.read_now(partial(bodies.find, message_id=id))
            content = body.read(store.keys, store.shelf)
            mail = email.message_from_bytes(content, policy=email.policy.default)
            found = re.search(rf"{ADDRESS}(/welcome/\S+)", mail.get_content())
            if found and mail["To"] == name:
                return found[1]
    raise AssertionError(f"{name} was sent no link")


def said(store: Store) -> list[tuple[str, str, str, str]]:
    """What the audit says, signing in left out."""
    entries = store.database.read_now(lambda tx: tuple(audit.entries(tx)))
    return [(e.actor, e.act, e.subject, e.detail) for e in entries if e.act != "sign in"]


def test_somebody_new_sets_a_password_that_nobody_else_knows(known: Desk) -> None:
    client = known.visitor(MAIL_ADMINISTRATOR)
    data = {"name": NEW.title(), "full_name": "Petra Lane", "groups": "legal councillors"}
    assert 303 == post(client, "/accounts/add", roles=["reviewer", "auditor"], **data)

    path = link_to(known.store, NEW)
    page = client.get("/accounts").text
    hers = known.visitor()
    form = csrf(hers.get(path).text)
    done = hers.post(path, data={"csrf": form, "password": WORDS})
    sign_in(hers, NEW, WORDS)

    assert "Petra Lane" in page
    assert "no password yet" in page
    assert path not in page
    assert 200 == done.status_code
    assert ("auditor", "reviewer") == account(known.store, NEW).roles
    assert ("councillors", "legal") == account(known.store, NEW).groups
    assert [
        (
            MAIL_ADMINISTRATOR,
            "add account",
            NEW,
            "+auditor, +group councillors, +group legal, +reviewer",
        ),
        (MAIL_ADMINISTRATOR, "set password", NEW, "a link was sent"),
        (NEW, "set password", NEW, "by the link"),
    ] == said(known.store)[-3:]


def test_a_link_works_once_and_looking_at_it_uses_nothing_up(known: Desk) -> None:
    client = known.visitor(MAIL_ADMINISTRATOR)
    post(client, "/accounts/add", name=NEW, full_name="Petra Lane", roles=["reviewer"])
    path, anybody = link_to(known.store, NEW), known.visitor()
    for _ in range(3):
        form = csrf(anybody.get(path).text)
    first = anybody.post(path, data={"csrf": form, "password": WORDS})
    second = anybody.post(path, data={"csrf": form, "password": "some other words"})

    assert [200, 404] == [first.status_code, second.status_code]
    assert 404 == anybody.get(path).status_code
    sign_in(known.visitor(), NEW, WORDS)


def test_a_short_password_is_asked_for_again(known: Desk) -> None:
    post(known.visitor(MAIL_ADMINISTRATOR), "/accounts/add", name=NEW, full_name="P", roles=[])
    path, anybody = link_to(known.store, NEW), known.visitor()
    form = csrf(anybody.get(path).text)
    short = anybody.post(path, data={"csrf": form, "password": "short"})

    assert 422 == short.status_code
    assert 200 == anybody.post(path, data={"csrf": form, "password": WORDS}).status_code


def test_a_link_runs_out_and_a_guess_is_none(store: Store, clock: Clock) -> None:
    head, petra = replace(HEAD, site=ADDRESS), account(store, REVIEWER)
    do(store, staff.send_link, head, MAIL_ADMINISTRATOR, petra.id)
    code = link_to(store, REVIEWER).rpartition("/")[2]
    id, until, proof = code.split("-")
    later = f"{id}-{int(until) + 86400}-{proof}"
    others = f"{account(store, OTHER).id}-{until}-{proof}"
    for wrong in ("", "-", later, others, code[:-1], f"{id}-{until}-é", "9" * 40, "٣-٣-x"):
        with pytest.raises(NotFoundError):
            do(store, staff.invited, wrong)
    assert petra.id == do(store, staff.invited, code).id
    clock.time += staff.LINK_SECONDS + 1

    with pytest.raises(NotFoundError):
        do(store, staff.accept, code, HASH)


def test_a_link_that_was_used_is_not_good_again_when_another_is_sent(store: Store) -> None:
    head, id = replace(HEAD, site=ADDRESS), account(store, REVIEWER).id
    do(store, staff.send_link, head, MAIL_ADMINISTRATOR, id)
    first = link_to(store, REVIEWER).rpartition("/")[2]
    do(store, staff.accept, first, HASH)
    do(store, staff.send_link, head, MAIL_ADMINISTRATOR, id)

    with pytest.raises(NotFoundError):
        do(store, staff.invited, first)


def test_who_asks_for_a_link_shuts_the_old_password_and_every_session(known: Desk) -> None:
    theirs = known.visitor(REVIEWER)
    id = account(known.store, REVIEWER).id
    assert 303 == post(known.visitor(MAIL_ADMINISTRATOR), f"/accounts/{id}/act", what="link")

    assert 303 == theirs.get("/account").status_code
    with pytest.raises(AssertionError, match="do not belong together"):
        sign_in(known.visitor(), REVIEWER)


def test_with_a_new_password_the_tokens_end(store: Store) -> None:
    ann = account(store, REVIEWER)
    secret, _ = do(store, tokens.make, ann, "reports", ["see-queue"], 30)
    assert do(store, tokens.find, secret)

    do(store, staff.set_password, MAIL_ADMINISTRATOR, ann.id, "$hash", said="at the machine")

    assert do(store, tokens.find, secret) is None


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"name": "petra", "full_name": "Petra"}, "the address at work"),
        ({"name": "petra@webmail.example", "full_name": "Petra"}, "not an address of the organ"),
        ({"name": NEW, "full_name": "Petra\nLane"}, "in one line"),
        ({"name": NEW, "full_name": "Petra", "groups": "Legal!"}, "small letters"),
        ({"name": NEW, "full_name": "Petra", "groups": "a b c d e f g h i"}, "more than 8 groups"),
    ],
)
def test_what_is_wrong_is_said_and_nobody_is_added(
    known: Desk, data: dict[str, str], told: str
) -> None:
    client = known.visitor(MAIL_ADMINISTRATOR)
    before = said(known.store)
    form = csrf(client.get("/accounts/add").text)
    answer = client.post("/accounts/add", data={"csrf": form, "roles": "reviewer", **data})

    assert 422 == answer.status_code
    assert told in answer.text
    assert before == said(known.store)


def test_without_an_address_of_its_own_the_site_says_what_to_do(here: Desk) -> None:
    client = here.visitor(MAIL_ADMINISTRATOR)
    form = csrf(client.get("/accounts/add").text)
    data = {"csrf": form, "name": NEW, "full_name": "Petra", "roles": "reviewer"}
    answer = client.post("/accounts/add", data=data)

    assert 422 == answer.status_code
    assert "listen.site" in answer.text


def test_nobody_makes_themselves_a_reader_of_mail(here: Desk) -> None:
    client = here.visitor(MAIL_ADMINISTRATOR)
    mine = account(here.store, MAIL_ADMINISTRATOR)
    before = said(here.store)
    path = f"/accounts/{mine.id}"
    roles = ["mail-administrator", "reviewer"]

    assert 422 == post(client, path, full_name="Max", roles=roles)
    assert 422 == post(client, path, full_name="Max", roles=["mail-administrator"], groups="legal")
    assert mine == replace(account(here.store, MAIL_ADMINISTRATOR), last_seen_at=mine.last_seen_at)
    assert before == said(here.store)
    assert 403 == client.get("/queue").status_code


def test_another_administrator_may(store: Store) -> None:
    change(store, OTHER, MAIL_ADMINISTRATOR, "mail-administrator", "reviewer")

    assert [(OTHER, "change account", MAIL_ADMINISTRATOR, "+reviewer")] == said(store)


@pytest.mark.parametrize(
    "act", [staff.stop, staff.reset_codes, lambda *a: staff.send_link(a[0], HEAD, *a[1:])]
)
def test_nobody_stops_or_resets_themselves(store: Store, act: object) -> None:
    with pytest.raises(RefusedError):
        do(store, act, MAIL_ADMINISTRATOR.upper(), account(store, MAIL_ADMINISTRATOR).id)  # type: ignore[arg-type]


def test_the_last_who_manages_accounts_stays(store: Store) -> None:
    """Also when two take it from each other at the same moment: each is in a transaction."""
    change(store, MAIL_ADMINISTRATOR, OTHER, "auditor")
    with pytest.raises(RefusedError, match="last account"):
        change(store, OTHER, MAIL_ADMINISTRATOR, "auditor")
    with pytest.raises(RefusedError, match="last account"):
        do(store, staff.stop, "root", account(store, MAIL_ADMINISTRATOR).id)
    do(store, staff.stop, MAIL_ADMINISTRATOR, account(store, OTHER).id)

    assert ("mail-administrator",) == account(store, MAIL_ADMINISTRATOR).roles
    assert not account(store, MAIL_ADMINISTRATOR).disabled


def test_one_who_is_stopped_does_not_count(store: Store) -> None:
    do(store, staff.stop, MAIL_ADMINISTRATOR, account(store, OTHER).id)

    with pytest.raises(RefusedError, match="last account"):
        change(store, "root", MAIL_ADMINISTRATOR, "auditor")


def test_roles_and_groups_that_are_taken_count_at_once(here: Desk) -> None:
    theirs = here.visitor(REVIEWER)
    id = account(here.store, REVIEWER).id
    client = here.visitor(MAIL_ADMINISTRATOR)
    assert 200 == theirs.get("/queue").status_code
    assert 303 == post(client, f"/accounts/{id}", full_name="Rita Reid", roles=["auditor"])

    held = here.held()[0].id
    assert 403 == theirs.post(f"/messages/{held}/reveal", data={
        "csrf": csrf(theirs.get("/account").text), "reason": "x"}).status_code  # fmt: skip
    assert (MAIL_ADMINISTRATOR, "change account", REVIEWER, "+auditor, -reviewer") == said(
        here.store
    )[-1]


def test_a_new_name_is_recorded_and_what_stays_as_it_is_not(store: Store) -> None:
    id = account(store, REVIEWER).id
    do(store, staff.change, OTHER, id, "Rita Reid-Marsh", ["reviewer"], [])
    do(store, staff.change, OTHER, id, "Rita Reid-Marsh", ["reviewer"], [])

    assert [(OTHER, "rename account", REVIEWER, "now Rita Reid-Marsh")] == said(store)


def test_an_account_that_is_stopped_is_out_at_once_until_it_is_used_again(here: Desk) -> None:
    theirs, client = here.visitor(REVIEWER), here.visitor(MAIL_ADMINISTRATOR)
    path = f"/accounts/{account(here.store, REVIEWER).id}/act"
    assert 303 == post(client, path, what="stop")
    assert 303 == theirs.get("/queue").status_code
    with pytest.raises(AssertionError):
        sign_in(here.visitor(), REVIEWER)
    assert 303 == post(client, path, what="restart")

    sign_in(here.visitor(), REVIEWER)
    assert ["stop account", "restart account"] == [s[1] for s in said(here.store)[-2:]]


def test_a_lock_is_opened_and_codes_are_set_up_again(here: Desk) -> None:
    rita = account(here.store, REVIEWER)
    for _ in range(accounts.FREE_FAILURES + 1):
        do(here.store, accounts.failed, rita.id)
    do(here.store, accounts.set_second_factor, rita.id, "JBSWY3DPEHPK3PXP")
    token = do(here.store, sessions.open_, rita.id, "", "")
    client = here.visitor(MAIL_ADMINISTRATOR)
    page = client.get(f"/accounts/{rita.id}").text
    for what in ("unlock", "codes"):
        assert 303 == post(client, f"/accounts/{rita.id}/act", what=what)

    after = account(here.store, REVIEWER)
    assert "Locked for" in page
    assert not after.has_second_factor
    assert 0.0 == after.locked_until
    assert here.store.database.read_now(lambda tx: sessions.find(tx, token)) is None


def test_somebody_is_signed_out_everywhere(here: Desk) -> None:
    browsers = [here.visitor(REVIEWER), here.visitor(REVIEWER)]
    id = account(here.store, REVIEWER).id
    client = here.visitor(MAIL_ADMINISTRATOR)
    assert "Signed in at 2 places" in client.get(f"/accounts/{id}").text
    assert 303 == post(client, f"/accounts/{id}/act", what="sessions")

    assert [303, 303] == [b.get("/account").status_code for b in browsers]
    assert (MAIL_ADMINISTRATOR, "end sessions", REVIEWER, "2 of them") == said(here.store)[-1]


def test_ones_own_account_has_no_buttons_and_no_boxes_to_tick(here: Desk) -> None:
    client = here.visitor(MAIL_ADMINISTRATOR)
    mine = account(here.store, MAIL_ADMINISTRATOR)
    page = client.get(f"/accounts/{mine.id}").text
    named = post(client, f"/accounts/{mine.id}", full_name="Max A", roles=list(mine.roles))

    assert "This is your own account" in page
    assert 'name="what"' not in page
    assert 303 == named
    assert "Max A" == account(here.store, MAIL_ADMINISTRATOR).full_name


def test_a_name_is_text_and_nothing_else(here: Desk) -> None:
    id = account(here.store, REVIEWER).id
    evil = "<script>alert(1)</script>{{ 7 * 7 }}"
    do(here.store, staff.change, "root", id, evil, ["reviewer"], [])
    client = here.visitor(MAIL_ADMINISTRATOR)

    for path in ("/accounts", f"/accounts/{id}"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "{{ 7 * 7 }}" in page


def test_every_role_has_words() -> None:
    assert set(Role) == set(accounts_page.ROLES)


def test_an_account_that_is_not_there_is_nothing(here: Desk) -> None:
    client = here.visitor(MAIL_ADMINISTRATOR)

    assert 404 == client.get("/accounts/999").status_code
    assert 404 == post(client, "/accounts/999", full_name="x", roles=["auditor"])
