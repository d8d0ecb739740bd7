"""dlpguard does not become the leak (P8): no file, log line or notice holds what it protects."""

from __future__ import annotations

import asyncio
import base64
import email
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dlpguard import config
from dlpguard.commands import _opening
from dlpguard.errors import KeyDestroyedError
from dlpguard.lifecycle import State
from dlpguard.runners.janitor import Janitor, Waits
from dlpguard.store import epochs, schema, verification
from dlpguard.store.database import Transaction
from dlpguard.store.opening import Store, open_store
from tests import _stores
from tests.journeys._postfix import Received, smtp_sink
from tests.journeys._programs import wait_until
from tests.journeys._relay import Relay
from tests.journeys._samples import every_sample
from tests.journeys._secrets import clients, forms, found_in, secrets_of
from tests.journeys._watch import watching
from tests.store._world import Clock

REASON = "SESAME-REASON for Doreen Sesamsdottir"
LARGE = "SESAME-BODY of a message that is kept in a file of its own\r\n"
OWN = ("SESAME-REASON", "Doreen Sesamsdottir", "SESAME-BODY", "SESAME-SUBJECT")

FAULTS = "inspected:2:raise,recipients-asked:2:raise,before-outcome:3:raise,body-synced:1:eio"
"""Failures of every kind that is logged: while inspecting, delivering, committing and storing."""

ANN = "ann.bee@council.example"
SEEN = 3
"""How many of them are logged as failures; the disk's is an answer to the client."""

DAY = 86400.0

DATABASE = "database"


@dataclass(frozen=True)
class Run:
    """What is left of a relay that all samples went through."""

    folder: Path
    running: dict[str, bytes] = field(repr=False)
    """Every file while it ran, by its path, and the database by `DATABASE`."""
    stopped: dict[str, bytes] = field(repr=False)
    """And after it was stopped."""
    log: str = field(repr=False)
    received: tuple[Received, ...] = field(repr=False)
    secrets: frozenset[str] = field(repr=False)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("relay")
    (folder / "tmp").mkdir()
    mails = every_sample()
    with smtp_sink() as hop, pytest.MonkeyPatch.context() as environment:
        relay = Relay(folder, hop.port)
        environment.setenv("TMPDIR", str(folder / "tmp"))
        environment.setenv("DLPGUARD_FAULT", FAULTS)
        relay.start()
        environment.delenv("DLPGUARD_FAULT")
        try:
            for mail in mails.values():
                send(relay, mail.content, mail.sender, mail.recipients)
            send(relay, large(), ANN, ["carol@outside.example"])
            wait_until(lambda: relay.log().count("failed what=") >= SEEN, "the faults to happen")
            relay.stop()
            relay.start()  # what was being worked on is taken up at once
            settled(relay)
            decide(relay)
            settled(relay)
            running = files(folder)
        finally:
            relay.stop()
        yield Run(
            folder,
            running,
            files(folder),
            relay.log(),
            tuple(hop.received(0)),
            secrets_of(mails.values()) | set(OWN),
        )


def send(relay: Relay, content: bytes, sender: str, recipients: Sequence[str]) -> None:
    """Send a message, and again where the disk did not work."""
    try:
        relay.send(content, sender, recipients)
    except AssertionError as error:
        assert "451" in str(error)  # noqa: PT017 - the one reply that asks for this
        relay.send(content, sender, recipients)


def large() -> bytes:
    head = f"From: {ANN}\r\nTo: carol@outside.example\r\nSubject: SESAME-SUBJECT\r\n\r\n"
    return (head + LARGE * 6000).encode()


def settled(relay: Relay) -> None:
    """Wait until everything has been inspected and nothing waits to be delivered."""
    rows = schema.messages.c
    open_states = [str(s) for s in (State.RECEIVED, State.SET_ASIDE, State.READY)]
    query = select(func.count(rows.id)).where(rows.state.in_(open_states))

    def count(tx: Transaction) -> int:
        return int(tx.execute(query).scalar_one())

    with watching(relay) as eye:
        wait_until(lambda: eye.store.database.read_now(count) == 0, "everything to be settled")


def decide(relay: Relay) -> None:
    """What reviewers do to what is held, each with a reason that is nobody else's business."""
    waiting = relay.held()
    held = [one["id"] for one in sorted(waiting, key=lambda one: one["approvals"]["needed"])]
    reason = ("--as", "rita", "--reason", REASON)
    relay.run("quarantine", "show", held[-1], "--as", "rita")
    relay.run("quarantine", "return", held[-1], *reason)
    relay.run("quarantine", "release", held[0], *reason)
    relay.run("quarantine", "keep", held[-2], "--until", "2020-01-01", *reason)


def files(folder: Path) -> dict[str, bytes]:
    """Everything that dlpguard wrote, in files or not, but the settings that a person wrote."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and file.name not in {"dlpguard.toml", "log"}
    } | {DATABASE: _stores.content(folder)}


def test_these_tests_would_find_it() -> None:
    for text in ("ann.bee@council.example", "Zoë O'Connor", "07700 900123"):
        for form in forms(text):
            assert [text] == found_in(b"\0\1" + form + b"\2", [text])
    coded = [base64.b64encode(b"x" * n + b"ann.bee@council.example") for n in range(7)]
    assert all(found_in(c, ["ann.bee@council.example"]) for c in coded)


def test_there_was_something_to_find(run: Run) -> None:
    assert len(run.secrets) > 150
    files = {"dlpguard.db", "dlpguard.db-wal", "dlpguard.db-shm"} if _stores.EMBEDDED else set()
    assert {"dlpguard.key"} | files <= set(run.running)
    assert len(run.running[DATABASE]) > 1_000_000
    went = b"".join(m.content for m in run.received)
    assert b"SESAME-BODY" in went


@pytest.mark.parametrize("when", ["running", "stopped"])
def test_no_file_holds_an_address_a_name_a_subject_or_the_name_of_a_file(
    run: Run, when: str
) -> None:
    written = run.running if when == "running" else run.stopped

    assert {} == {
        name: found
        for name, content in written.items()
        if (found := found_in(content, run.secrets))
    }


def test_nothing_that_is_logged_says_what_was_in_a_mail(run: Run) -> None:
    assert [] == found_in(run.log.encode(), run.secrets)
    assert "Traceback" not in run.log


def test_notices_say_nothing_that_was_matched_and_go_to_nobody_else(run: Run) -> None:
    ours = [m for m in run.received if not m.sender]
    senders = {mail.sender for mail in every_sample().values()}

    assert ours
    assert {r for m in ours for r in m.recipients} <= senders
    for notice in ours:
        texts = [
            part.get_payload(decode=True)
            for part in email.message_from_bytes(notice.content).walk()
            if part.get_content_maintype() == "text"
        ]
        whole = notice.content + b"".join(t for t in texts if isinstance(t, bytes))
        assert [] == found_in(whole, clients())


def test_after_its_retention_an_old_copy_is_noise_to_the_keys_of_today(
    run: Run, tmp_path: Path
) -> None:
    today, copy = tmp_path / "today", tmp_path / "copy"
    for folder in (today, copy):
        _stores.copy(run.folder, folder)
    clock = Clock(time.time())
    store = _stores.open_in(today, clock)
    try:
        for _ in range(10):
            clock.time += 6 * DAY
            a_day_of_work(store, today)
        assert 1 not in store.keys.epochs
        assert () == store.database.read_now(verification.verify).faults
    finally:
        store.close()
    old = open_store(_stores.url(copy), store.keys.file, copy, with_all_keys=False)
    try:
        values = old.database.read_now(sealed)
    finally:
        old.close()

    assert len(values) > 500
    for value in values:
        with pytest.raises(KeyDestroyedError):
            old.keys.open(value, "anything")


def a_day_of_work(store: Store, folder: Path) -> None:
    """What a janitor does in a day, once."""

    settings = config.load(folder / "dlpguard.toml")
    waits = Waits(settings.queue.give_up)
    janitor = Janitor(store, _opening.letterhead(settings), waits)

    async def work() -> None:
        for _ in range(3):
            await janitor.round()
        await janitor.sweep()
        await janitor.forget()

    asyncio.run(work())


def sealed(tx: Transaction) -> list[bytes]:
    """Everything in a database that is sealed under some key."""
    return [
        value
        for column in epochs.COLUMNS
        for value in tx.execute(select(column.column).where(column.column.is_not(None))).scalars()
    ]
