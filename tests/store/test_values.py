"""What may stand in a column, and in which order it comes, is the same whatever the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import select

from dlpguard.errors import ConfigurationError, NotFoundError
from dlpguard.store import (
    accounts,
    audit,
    casework,
    lines,
    messages,
    presences,
    schema,
    verification,
)
from dlpguard.store.database import Transaction
from dlpguard.store.lines import Wanted
from dlpguard.store.opening import Store, open_store
from tests import _postgres
from tests.store._world import Clock, Poster, do

LONG = f"{'ann.bee.' * 40}@{'office.' * 25}council.example"
"""More than half a kilobyte: longer than any sender (`smtp`)."""

LOOKS: dict[str, Callable[[Transaction, str], object]] = {
    "a message": messages.get,
    "the beginning of an id": messages.complete,
    "the beginning of a subject": audit.complete,
    "an account": accounts.known,
}

LISTS: dict[str, Callable[[Transaction, str], object]] = {
    "entries by somebody": lambda tx, what: audit.newest(tx, audit.Wanted(what, about=what), 10),
    "lines of a policy": lambda tx, what: lines.page(tx, Wanted(policy=what), 1)[0],
}


@pytest.fixture(scope="module")
def server() -> Iterator[_postgres.Server]:
    with _postgres.server() as made:
        yield made


@pytest.mark.parametrize("name", LOOKS)
def test_nothing_is_called_by_a_name_with_a_nul(store: Store, name: str) -> None:
    look = LOOKS[name]

    with pytest.raises(NotFoundError):
        store.database.read_now(lambda tx: look(tx, "a\0b"))
    with pytest.raises(NotFoundError):
        store.database.write_now(lambda tx: look(tx, "a\0b"))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_what_is_called_by_a_name_with_a_nul_is_empty(store: Store, name: str) -> None:
    assert () == store.database.read_now(lambda tx: LISTS[name](tx, "a\0b"))


def test_who_does_something_is_kept_whole_however_long_their_name_is(
    store: Store, post: Poster
) -> None:
    id = post(sender=LONG)
    do(store, casework.assign, id, LONG)
    do(store, casework.comment, id, LONG, "seen")
    do(store, audit.record, LONG, "show", LONG)

    [entry] = store.database.read_now(lambda tx: audit.newest(tx, audit.Wanted(LONG), 2))
    [comment] = store.database.read_now(lambda tx: tuple(casework.said(tx, id)))
    row = store.database.read_now(lambda tx: messages.get(tx, id))
    assert (LONG, LONG, LONG, LONG) == (entry.actor, entry.subject, comment.actor, row.owner)
    assert () == store.database.read_now(verification.verify).faults


def test_a_node_says_what_its_next_hop_offers_however_much_that_is(
    server: _postgres.Server, tmp_path: Path
) -> None:
    offered = tuple(f"X-KEYWORD-{number}" for number in range(500))
    with closing(_store(server.url(server.create()), tmp_path)) as store:
        node = presences.begin(store.database.engine, "")
        do(store, node.beat, presences.Card(("deliver",), offered))
        node.end()

        assert offered == store.database.read_now(presences.next_hop)


@pytest.mark.parametrize(
    ("name", "locale"),
    [("english", "LOCALE_PROVIDER icu ICU_LOCALE 'en-GB'"), ("unicode", "LOCALE 'C.UTF-8'")],
)
def test_ids_are_in_the_order_of_their_times_in_a_database_of_any_language(
    server: _postgres.Server, tmp_path: Path, name: str, locale: str
) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 {locale}")
    with closing(_store(server.url(name), tmp_path)) as store:
        poster = Poster(store)
        for number in range(40):
            poster.number = number * 7919 * 2**20
            poster()
        ids = select(schema.messages.c.id).order_by(schema.messages.c.id)
        found = store.database.read_now(lambda tx: list(tx.execute(ids).scalars()))

        assert sorted(found) == found
        assert found[3] == store.database.read_now(lambda tx: messages.complete(tx, found[3]))


def test_a_database_that_cannot_hold_every_name_is_refused(
    server: _postgres.Server, tmp_path: Path
) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1'")

    with pytest.raises(ConfigurationError, match="encoding is LATIN1; dlpguard needs UTF8"):
        _store(server.url("latin"), tmp_path)


def _store(url: str, folder: Path) -> Store:
    return open_store(url, folder / "dlpguard.key", folder, clock=Clock())
