"""Somebody asks what is kept about them, and wants it erased."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from dlpguard import casefile
from dlpguard.casefile import Sought
from dlpguard.casefile.masking import NAMES, masker
from dlpguard.detectors import Setup
from dlpguard.errors import ConfigurationError, NotFoundError, StaleError
from dlpguard.lifecycle import Event
from dlpguard.store import (
    accounts,
    audit,
    epochs,
    messages,
    retention,
    schema,
    traces,
    verification,
)
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store
from dlpguard.store.traces import Links
from tests.casefile._world import ANN, BOB, CY, DORA, delivered, listed, returned
from tests.store._world import Clock, Poster, do


def found(store: Store, *whose: str) -> casefile.Found:
    return casefile.find(store, Sought.of(whose))


def roles(store: Store, *whose: str) -> dict[str, tuple[str, ...]]:
    return {mention.id: mention.roles for mention in found(store, *whose).mentions}


def test_everything_about_a_person_is_found_and_what_may_be_is_erased(
    store: Store, post: Poster
) -> None:
    held, back, went = listed(store, post), returned(store, post), delivered(store, post)
    named = ("in its subject", "named in it")

    assert {held: ("sender",), back: ("sender",), went: ("sender",)} == {
        id: said[:1] for id, said in roles(store, ANN).items()
    }
    assert {went: ("recipient", "address shown")} == roles(store, BOB.upper())
    assert {
        held: named,
        back: ("in what people wrote about it", *named),
        went: named,
    } == roles(store, "finch, dora")
    dora = found(store, DORA)
    assert ("case_reference", "person_name", "phone") == dora.mentions[0].kinds
    assert {"told about": 1, "people of mailings": 3} == {k: n for k, n in dora.links.items() if n}

    done = casefile.erase(store, dora, "olu@council.example", "she asked")

    assert {back, went} == set(done.messages)
    assert {held} == set(roles(store, DORA))
    assert {"told about": 1, "people of mailings": 1} == {
        what: number for what, number in found(store, DORA).links.items() if number
    }
    assert [f"message {held}"] == [kept.what for kept in done.kept]
    for id in (back, went):
        with pytest.raises(NotFoundError):
            do(store, messages.get, id)
    assert () == store.database.read_now(verification.verify).faults
    [entry] = store.database.read_now(lambda tx: [*audit.entries(tx)])
    assert ("olu@council.example", "erase person") == (entry.actor, entry.act)
    assert "she asked" in entry.detail
    assert "dora" not in (entry.subject + entry.detail).casefold()
    assert 0 < store.database.read_now(lambda tx: dict(_sums(tx)))["messages"]  # numbers stay


def _sums(tx: Transaction) -> list[tuple[str, int]]:
    return [(what, number) for _, what, number in retention.sums_of(tx)]


@pytest.mark.embedded
def test_who_was_written_to_is_forgotten(store: Store, post: Poster) -> None:
    delivered(store, post)
    bob = found(store, BOB)
    assert 1 == bob.links["written to or by"]
    casefile.erase(store, bob, "olu@council.example", "he asked")

    rows = select(func.count()).select_from(schema.contacts)
    assert 0 == store.database.read_now(lambda tx: tx.execute(rows).scalar())
    assert {0} == set(found(store, BOB).links.values())


@pytest.mark.embedded
def test_what_is_kept_for_an_incident_stays_and_says_why(
    store: Store, post: Poster, clock: Clock
) -> None:
    back = returned(store, post)
    do(store, retention.keep, back, "olu", "incident 7", clock.time + 86400.0)
    done = casefile.erase(store, found(store, DORA), "olu", "she asked")

    assert () == done.messages
    assert "kept for an incident until 2023-11-15" in done.kept[0].why
    with pytest.raises(StaleError):
        traces.erase(store, [back])
    assert do(store, messages.get, back)


@pytest.mark.embedded
def test_what_left_of_a_mailing_stays_while_copies_of_it_wait(store: Store, post: Poster) -> None:
    """Otherwise whoever decides on them would be told that nothing has left."""
    went, held = delivered(store, post), listed(store, post)
    of_one = schema.messages.update().values(campaign_id=do(store, messages.get, held).campaign_id)
    store.database.write_now(lambda tx: tx.execute(of_one))
    done = casefile.erase(store, found(store, BOB), "olu", "he asked")

    assert () == done.messages
    assert "of which copies wait" in done.kept[0].why
    with pytest.raises(StaleError):
        traces.erase(store, [went])


@pytest.mark.embedded
def test_accounts_and_the_audit_stay_and_are_told(store: Store) -> None:
    do(store, accounts.add, "dora@council.example", DORA, "$x", ["reviewer"])
    do(store, audit.record, "dora@council.example", "show", "01J")
    do(store, audit.record, "olu", "comment", "01J", "Dora Finch called")
    looked = found(store, "dora@council.example", DORA)
    planned = casefile.plan(looked, 0.0)

    assert (1, 1) == (looked.acted, looked.told_of)
    assert ["the account dora@council.example", "2 entries of the audit"] == [
        kept.what for kept in planned.kept
    ]


@pytest.mark.embedded
def test_an_answer_has_what_is_hers_and_nothing_of_others(store: Store, post: Poster) -> None:
    listed(store, post)
    dora = found(store, DORA)
    setup = Setup("GB", (r"ILS/\d{4}/\d{5}",))
    data, text = casefile.answer(dora, store.periods, 1_700_000_000.0, setup)

    assert "Dora Finch and [person name] [phone]" in text
    assert "a row about you: Dora Finch, 07700 900123, ILS/2026/00017" in text
    assert "kinds of data about you: case reference, person name, phone" in text
    for others in ("Emil", "Gale", "900124", CY, ANN):
        assert others not in text
        assert others not in str(data)
    assert "[person name]" in text


def test_a_name_in_two_cells_is_found_and_others_in_the_row_are_masked() -> None:
    dora = Sought.of(["Dora Finch"])
    row = "Finch, Dora, 07700 900123, next of kin Emil Gale"

    assert dora.is_in(row)
    assert "Finch, Dora, 07700 900123, next of kin [person name]" == masker(own=dora, kinds=NAMES)(
        row
    )


@pytest.mark.embedded
def test_what_cannot_be_read_any_more_is_told(store: Store, post: Poster, clock: Clock) -> None:
    id = delivered(store, post)
    epochs.rotate(store, force=True)
    clock.time += 7200.0
    envelope = do(store, messages.get, id).envelope
    epochs.destroy(store, 1)
    old = schema.verdicts.update().values(record=envelope)
    store.database.write_now(lambda tx: tx.execute(old))

    looked = found(store, BOB)
    assert (1, (("recipient",),)) == (looked.unread, tuple(m.roles for m in looked.mentions))


@pytest.mark.parametrize("words", [[], ["Dora"], ["x" * 300 + "@a.example"]])
def test_too_little_is_not_looked_for(words: list[str]) -> None:
    with pytest.raises(ConfigurationError):
        Sought.of(words)


def test_nobody_else_is_taken_for_them() -> None:
    dora = Sought.of(["Dora Finch", "dora@webmail.example"])

    for text in ("Pandora Finchley", "x.dora@webmail.example", "dora@webmail.example-two", "Dora"):
        assert not dora.is_in(text)
    for text in ("DORA  FINCH", "Finch, Dora", "<Dora@Webmail.example>", "dora@webmail.example."):
        assert dora.is_in(text)


def test_a_long_text_is_looked_through_quickly() -> None:
    hostile = "dora " * 200_000
    assert not Sought.of(["Dora Finch"]).is_in(hostile)
    assert Links() == Links()


def test_looking_erases_nothing(store: Store, post: Poster) -> None:
    listed(store, post, Event.PASS)
    before = roles(store, DORA)

    assert before == roles(store, DORA)
