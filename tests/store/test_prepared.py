"""Statements that are held ready: compiled for each kind of database, and true to its types."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from dlpguard import store as package
from dlpguard.store.opening import Store
from dlpguard.store.prepared import Prepared, given
from dlpguard.store.schema import rounds
from dlpguard.store.transaction import Transaction

ADD = Prepared(insert(rounds).values(given("name", "done_at")))
FIND = Prepared(
    select(rounds.c.name, (rounds.c.done_at > 5.0).label("late"))
    .where(rounds.c.name != bindparam("other"))
    .order_by(rounds.c.name)
)
MOVE = Prepared(
    update(rounds)
    .where(rounds.c.name == bindparam("of"))
    .values(given("done_at"))
    .returning(rounds.c.done_at)
)
PUT = Prepared(
    lambda insert: (
        insert(rounds)
        .values(given("name", "done_at"))
        .on_conflict_do_update(index_elements=["name"], set_=given("done_at"))
    )
)
COUNT = Prepared(select(func.count()).select_from(rounds))


def test_rows_are_named_and_flags_are_flags(store: Store) -> None:
    def change(tx: Transaction) -> list[tuple[str, bool]]:
        tx.change_each(ADD, [{"name": n, "done_at": t} for n, t in (("a", 1.0), ("b", 9.0))])
        return [(row.name, row.late) for row in tx.rows(FIND, other="c")]

    found = store.database.write_now(change)

    assert [("a", False), ("b", True)] == found
    assert {bool} == {type(late) for _, late in found}


def test_what_changes_says_how_many_and_returns_what_is_asked(store: Store) -> None:
    def change(tx: Transaction) -> tuple[int, int, object, object, object]:
        added = tx.change(ADD, name="a", done_at=1.0)
        changed = tx.change(PUT, name="a", done_at=2.0)
        return (
            added,
            changed,
            tx.scalar(MOVE, of="a", done_at=3.0),
            tx.scalar(COUNT),
            tx.first(FIND, other="a"),
        )

    assert (1, 1, 3.0, 1, None) == store.database.write_now(change)


def test_an_error_of_the_driver_is_an_error_of_the_database(store: Store) -> None:
    def without_a_time(tx: Transaction) -> None:
        tx.change(ADD, name="a", done_at=1.0)
        tx.change(ADD, name="b", done_at=None)

    with pytest.raises(DBAPIError):
        store.database.write_now(without_a_time)

    assert 0 == store.database.read_now(lambda tx: tx.scalar(COUNT))


def test_a_value_that_is_not_given_is_noticed(store: Store) -> None:
    with pytest.raises((KeyError, DBAPIError)):
        store.database.write_now(lambda tx: tx.change(ADD, name="a"))


def test_every_statement_compiles_on_this_database(store: Store) -> None:
    def compile_all(tx: Transaction) -> int:
        number = 0
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" in module.name:
                continue
            for each in vars(importlib.import_module(module.name)).values():
                if isinstance(each, Prepared):
                    each.on(tx.connection)
                    number += 1
        return number

    assert store.database.read_now(compile_all) > 40
