"""What becomes of mail that was under way: nothing is sent twice silently, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from dlpguard import backup
from dlpguard.backup import Place
from dlpguard.errors import ConfigurationError
from dlpguard.lifecycle import Event, State, Who
from dlpguard.mail import Envelope, Recipient, new_id
from dlpguard.store import (
    accounts,
    answers,
    bodies,
    casework,
    deliveries,
    epochs,
    lines,
    messages,
    quarantine,
    schema,
    sessions,
    verdicts,
)
from dlpguard.store.guards import Step
from dlpguard.store.messages import NewMessage
from dlpguard.store.opening import Store, open_store
from dlpguard.store.restoring import Became
from tests.backup._world import confirmed, judge, nothing, opened, outcomes, posted, released, state
from tests.store._world import Clock, Poster, do

SMALL = b"Subject: hello\r\n\r\nhello\r\n"


def copied(store: Store, tmp_path: Path, elsewhere: Place) -> backup.Restored:
    backup.take(store, tmp_path / "copy", "olu", nothing)
    return backup.restore(tmp_path / "copy", elsewhere, "olu", nothing)


def test_everything_under_way_is_decided_by_a_person_or_sent_in_doubt(
    store: Store, post: Poster, elsewhere: Place, tmp_path: Path
) -> None:
    """What could have been stopped since waits; what could only have been sent is sent again."""
    held, asked = posted(store, post, Event.HOLD), posted(store, post, Event.ASK)
    ready, let_go = posted(store, post, Event.PASS), released(store, post)
    meant, notice = confirmed(store, post), _notice(store)
    sending = posted(store, post, Event.PASS)
    fence = do(store, messages.get, sending).fence
    do(store, deliveries.open_attempt, sending, "node", fence, [0], with_dot=True)
    unread, code = post(SMALL), do(store, answers.code, asked)
    done = copied(store, tmp_path, elsewhere)

    assert {
        "held, as it was": 1,
        "held now: it was on its way": 2,
        "to be read again, and then held": 1,
        "waiting for its sender, as it was": 1,
        "sent again, in doubt": 3,
    } == done.became
    with opened(elsewhere) as there:
        expected = {
            held: ("quarantined", {"pending": 1}),
            asked: ("awaiting-sender", {"pending": 1}),
            ready: ("quarantined", {"pending": 1}),
            let_go: ("quarantined", {"pending": 1}),
            meant: ("ready", {"pending": 1, "in doubt": 1}),
            notice: ("ready", {"pending": 1, "in doubt": 1}),
            sending: ("ready", {"pending": 1, "in doubt": 1}),
            unread: ("received", {"pending": 1}),
        }
        found = {id: (state(there, id), outcomes(there, id)) for id in expected}
        assert expected == found
        assert asked == do(there, answers.find, code)
        assert {True} == {_is_told(there, id) for id in (held, asked, ready, let_go, unread)}
        listed, _ = there.database.read_now(lambda tx: lines.page(tx, lines.Wanted(), 1))
        assert {held, ready, let_go} <= {line.id for line in listed}


@pytest.mark.embedded
def test_what_was_not_read_is_held_after_its_verdict_with_the_half_that_is_split_off(
    store: Store, post: Poster, elsewhere: Place, tmp_path: Path
) -> None:
    id = post(SMALL, "bob@outside.example", "cy@webmail.example")
    copied(store, tmp_path, elsewhere)

    with opened(elsewhere) as there:
        heir = new_id(98.0, bytes(10))
        do(there, messages.split_off, id, heir, [1])
        for _ in range(2):
            judge(there, Event.PASS)
        for each in (id, heir):
            assert do(there, deliveries.is_recalled, do(there, messages.get, each))
            assert do(there, verdicts.recall, each)
            assert "quarantined" == state(there, each)
            assert do(there, messages.get, each).expires_at > elsewhere.clock()  # type: ignore[misc]
        listed, _ = there.database.read_now(lambda tx: lines.page(tx, lines.Wanted(), 1))
        assert {id, heir} == {line.id for line in listed}


@pytest.mark.embedded
def test_who_releases_what_was_read_again_has_it_sent(
    store: Store, post: Poster, elsewhere: Place, tmp_path: Path
) -> None:
    id = post(SMALL)
    copied(store, tmp_path, elsewhere)

    with opened(elsewhere) as there:
        judge(there, Event.HOLD)
        step = Step(Who.REVIEWER, "rita")
        do(there, messages.move, id, Event.RELEASE, State.READY, step)
        assert not do(there, verdicts.recall, id)
        assert not do(there, deliveries.is_recalled, do(there, messages.get, id))
        assert "ready" == state(there, id)


@pytest.mark.embedded
def test_while_observing_nothing_is_held(
    store: Store, post: Poster, elsewhere: Place, tmp_path: Path
) -> None:
    ready = posted(store, post, Event.PASS)
    unread = post(SMALL)
    backup.take(store, tmp_path / "copy", "olu", nothing)
    observing = backup.Place(
        elsewhere.url, elsewhere.key_file, elsewhere.base, "observe", clock=elsewhere.clock
    )
    backup.restore(tmp_path / "copy", observing, "olu", nothing)

    with opened(elsewhere) as there:
        assert ["ready", "received"] == [state(there, id) for id in (ready, unread)]
        for id in (ready, unread):
            assert {"pending": 1, "in doubt": 1} == outcomes(there, id)


@pytest.mark.embedded
def test_time_that_passed_since_the_backup_is_given_again(
    store: Store, post: Poster, elsewhere: Place, tmp_path: Path, clock: Clock
) -> None:
    """Otherwise the janitor would return everything at the first start."""
    ids = [posted(store, post, Event.HOLD), posted(store, post, Event.ASK)]
    backup.take(store, tmp_path / "copy", "olu", nothing)
    clock.time += 40 * 86400.0
    backup.restore(tmp_path / "copy", elsewhere, "olu", nothing)

    with opened(elsewhere) as there:
        ends = [do(there, messages.get, id).expires_at for id in ids]
    assert min(ends) > clock.time


@pytest.mark.embedded
def test_an_approval_from_before_does_not_count(
    store: Store, post: Poster, elsewhere: Place, tmp_path: Path
) -> None:
    id = posted(store, post, Event.HOLD)
    do(store, quarantine.approve, id, 2, "rita")
    copied(store, tmp_path, elsewhere)

    with opened(elsewhere) as there:
        version = do(there, messages.get, id).version
        assert () == do(there, quarantine.approvals_of, id, version)


@pytest.mark.embedded
def test_everybody_has_to_sign_in_again(store: Store, elsewhere: Place, tmp_path: Path) -> None:
    account = do(store, accounts.add, "rita@council.example", "Rita", "$x", ["reviewer"])
    do(store, sessions.open_, account.id, "10.0.0.1", "browser")
    copied(store, tmp_path, elsewhere)

    with opened(elsewhere) as there:
        for table in (schema.sessions, schema.tokens, schema.devices, schema.reveals):
            assert [] == there.database.read_now(lambda tx, t=table: tx.execute(select(t)).all())  # type: ignore[misc]
        assert do(there, accounts.find, "rita@council.example")


def test_only_an_empty_store_is_restored_into(
    store: Store, post: Poster, elsewhere: Place, tmp_path: Path
) -> None:
    posted(store, post, Event.HOLD)
    copied(store, tmp_path, elsewhere)
    with pytest.raises(ConfigurationError, match="the store is not empty"):
        backup.restore(tmp_path / "copy", elsewhere, "olu", nothing)


@pytest.mark.embedded
def test_the_log_of_a_database_that_was_removed_is_not_taken_for_the_new_ones(
    store: Store, post: Poster, elsewhere: Place, tmp_path: Path
) -> None:
    """SQLite would write into the database what stands in a log beside it, whosever it is."""
    backup.take(store, tmp_path / "copy", "olu", nothing)
    posted(store, post, Event.HOLD)
    left = store.keys.file.with_name("dlpguard.db-wal").read_bytes()
    (elsewhere.base / "dlpguard.db-wal").write_bytes(left)
    (elsewhere.base / "dlpguard.db-wal").chmod(0o600)
    backup.restore(tmp_path / "copy", elsewhere, "olu", nothing)

    with opened(elsewhere) as there:
        assert [] == there.database.read_now(lambda tx: tx.execute(select(schema.messages)).all())


@pytest.mark.embedded
def test_another_installations_keys_are_told(
    store: Store, elsewhere: Place, tmp_path: Path, clock: Clock
) -> None:
    backup.take(store, tmp_path / "copy", "olu", nothing)
    elsewhere.key_file.unlink()
    other = tmp_path / "other"
    other.mkdir()
    open_store("sqlite:///dlpguard.db", elsewhere.key_file, other, clock=clock).close()
    with pytest.raises(ConfigurationError, match="of another installation"):
        backup.restore(tmp_path / "copy", elsewhere, "olu", nothing)


@pytest.mark.embedded
def test_an_older_copy_of_the_keys_is_told(store: Store, elsewhere: Place, tmp_path: Path) -> None:
    epochs.rotate(store, force=True)
    backup.take(store, tmp_path / "copy", "olu", nothing)
    with pytest.raises(ConfigurationError, match="older than the backup"):
        backup.restore(tmp_path / "copy", elsewhere, "olu", nothing, without_lost=True)


@pytest.mark.embedded
def test_what_was_erased_with_its_key_is_told_and_stays_erased(
    store: Store, post: Poster, elsewhere: Place, tmp_path: Path, clock: Clock
) -> None:
    erased, kept = posted(store, post, Event.PASS), None
    epochs.rotate(store, force=True)
    kept = posted(store, post, Event.PASS)
    backup.take(store, tmp_path / "copy", "olu", nothing)
    clock.time += 7200.0
    epochs.rotate(store, force=True)
    clock.time += 7200.0
    epochs.destroy(store, 1, "olu", "a test")
    elsewhere.key_file.write_bytes(store.keys.file.read_bytes())
    with pytest.raises(ConfigurationError, match="destroyed since the backup"):
        backup.restore(tmp_path / "copy", elsewhere, "olu", nothing)
    done = backup.restore(tmp_path / "copy", elsewhere, "olu", nothing, without_lost=True)

    assert 1 == done.lost["envelopes"]
    assert 1 == done.became[Became.LOST]
    with opened(elsewhere) as there:
        assert ["done", "quarantined"] == [state(there, id) for id in (erased, kept)]
        assert 3 in there.keys.epochs


def _notice(store: Store) -> str:
    id = new_id(99.0, bytes(10))
    body = bodies.in_row(SMALL, store.keys)
    new = NewMessage(id, Envelope("", (Recipient("ann@council.example"),)), b"", body)
    do(store, messages.issue, new, Who.JANITOR)
    return id


def _is_told(store: Store, id: str) -> bool:
    said = store.database.read_now(lambda tx: [*casework.said(tx, id)])
    return any("Restored from the backup" in one.text for one in said)
