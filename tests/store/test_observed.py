"""Records of verdicts, one after another, and what is learned from them, on every engine."""

from __future__ import annotations

import contextlib
from pathlib import Path

from sqlalchemy import Select, func, select

from dlpguard.lifecycle import Event, State
from dlpguard.store import contacts, observed, verdicts, work
from dlpguard.store.schema import contacts as contact_rows
from dlpguard.store.verdicts import Record
from dlpguard.verdict import Action, Plan, Verdict
from tests.store._engines import Factory
from tests.store._world import Clock, Poster, do, facts

RECORD = Record(facts(), Verdict(Action.ALLOW, observed=Action.QUARANTINE), enforced=False)


def test_records_come_in_the_order_of_arrival_each_once(stores: Factory, tmp_path: Path) -> None:
    """Those that arrived at one moment too; what nobody has judged has none."""
    clock = Clock()
    with contextlib.closing(stores(tmp_path, clock)) as store:
        post = Poster(store)
        ids = [post() for _ in range(5)]
        for _ in ids:
            [claim] = do(store, work.claim, State.RECEIVED, "node", 1, 60.0)
            do(store, verdicts.judge, claim.id, claim.fence, RECORD, Plan(Event.PASS))
        post()
        first = do(store, observed.after, None, 2)
        second = do(store, observed.after, first[-1], 10)

        assert 5 == do(store, observed.number)
        assert ids == [judged.id for judged in (*first, *second)]
        assert () == do(store, observed.after, second[-1], 10)
        assert (clock.time, 25, RECORD) == (first[0].received_at, first[0].size, first[0].record)
        assert first[1] == do(store, observed.find, ids[1])
        assert do(store, observed.find, "gone") is None


def test_what_is_learned_twice_is_known_once(stores: Factory, tmp_path: Path) -> None:
    with contextlib.closing(stores(tmp_path, Clock())) as store:
        id = Poster(store)()
        for _ in range(2):
            do(store, contacts.learn, id, ("cy@outside.example", "di@outside.example"))
        do(store, contacts.learn, id, ())

        assert 2 == do(store, lambda tx: tx.execute(_contacts()).scalar_one())


def _contacts() -> Select[int]:
    return select(func.count()).select_from(contact_rows)
