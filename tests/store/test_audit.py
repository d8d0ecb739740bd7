"""Entries of the audit: recorded with what they tell, found by whom they are about."""

from __future__ import annotations

import pytest

from dlpguard.errors import KeyDestroyedError, NotFoundError
from dlpguard.store import audit, batches
from dlpguard.store.audit import Entry
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from tests.store._world import Clock, Poster, do


def entries(store: Store, about: str = "", *, everything: bool = False) -> list[Entry]:
    return do(store, lambda tx: list(audit.entries(tx, about, everything=everything)))


def test_entries_are_numbered_in_their_order(store: Store, clock: Clock) -> None:
    for n in range(3):
        clock.time += 1
        assert n + 1 == do(store, audit.record, "rita", "show", f"m{n}", f"said {n}")

    assert [(1, "m0", "said 0"), (2, "m1", "said 1"), (3, "m2", "said 2")] == [
        (e.number, e.subject, e.detail) for e in entries(store)
    ]
    assert 3 == len({e.mac for e in entries(store)})


def test_what_is_undone_is_not_in_the_chain(store: Store) -> None:
    def work(tx: Transaction) -> None:
        audit.record(tx, "rita", "release", "m1")
        raise NotFoundError("there is none")

    do(store, audit.record, "rita", "show", "m1")
    with pytest.raises(NotFoundError):
        store.database.write_now(work)

    assert 2 == do(store, audit.record, "rita", "show", "m2")
    assert ["show", "show"] == [e.act for e in entries(store)]


def test_bookkeeping_is_left_out_unless_everything_is_wanted(store: Store, post: Poster) -> None:
    post()
    do(store, batches.seal)
    do(store, audit.record, "rita", "show", "m1")

    assert ["show"] == [e.act for e in entries(store)]
    sealed, shown = entries(store, everything=True)
    assert ("dlpguard", "moves", "1-1", 1) == (
        sealed.actor, sealed.act, sealed.subject, sealed.seals[0].rows,
    )  # fmt: skip
    assert () == shown.seals


def test_nothing_new_is_sealed_twice(store: Store, post: Poster) -> None:
    post()

    assert [1, 0] == [do(store, batches.seal) for _ in range(2)]


@pytest.mark.parametrize(
    ("beginning", "found"), [("01AB", "01ABC"), ("01abc", "01ABC"), ("pol", "policies")]
)
def test_the_beginning_of_a_subject_is_enough(store: Store, beginning: str, found: str) -> None:
    for subject in ("01ABC", "01ABC", "02ABC", "policies"):
        do(store, audit.record, "rita", "show", subject)

    assert found == do(store, audit.complete, beginning)


def test_a_whole_subject_is_itself_though_another_begins_like_it(store: Store) -> None:
    for subject in ("epoch 1", "epoch 10"):
        do(store, audit.record, "rita", "destroy", subject)

    assert "epoch 1" == do(store, audit.complete, "epoch 1")
    with pytest.raises(NotFoundError, match="more than one"):
        do(store, audit.complete, "epoch")
    for nobody in ("%", "_poch 1", "x"):
        with pytest.raises(NotFoundError, match="nothing about"):
            do(store, audit.complete, nobody)


def test_policies_are_noted_when_others_come_into_force(store: Store) -> None:
    for digest in ("aa", "aa", "bb", "bb", "aa"):
        do(store, audit.note_policies, digest, "3 policies")

    assert ["aa", "bb", "aa"] == [e.subject for e in entries(store)]


def test_what_was_said_under_a_key_that_is_gone_is_said_to_be(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> bytes:
        raise KeyDestroyedError("the key of epoch 1 is not in the file")

    do(store, audit.record, "rita", "release", "m1", "because")
    monkeypatch.setattr("dlpguard.store.secrets.Keyring.open_lasting", gone)

    assert ["(its key was destroyed)"] == [e.detail for e in entries(store)]
