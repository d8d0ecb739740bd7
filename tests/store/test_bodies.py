"""Bodies: exact, encrypted, shared, forgotten."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlpguard.errors import ConfigurationError, NotFoundError, TemporaryError
from dlpguard.store import bodies, secrets
from dlpguard.store.opening import Store
from tests.store._world import Clock, Poster

LARGE = b"From: ann\r\n\r\n" + b"a line of a large message\r\n" * 20_000


def read(store: Store, id: str) -> bytes:
    stored = store.database.read_now(lambda tx: bodies.find(tx, id))
    return stored.read(store.keys, store.directory)


def decrypted(key: bytes, name: str, encrypted: bytes) -> bytes:
    return secrets.decrypt(key, name, secrets.pieces_of(io.BytesIO(encrypted)))


@pytest.mark.parametrize("content", [b"", b"x", LARGE, LARGE[: bodies.IN_ROW]])
def test_the_bytes_that_were_stored_are_the_bytes_that_are_read(
    store: Store, post: Poster, content: bytes
) -> None:
    assert content == read(store, post(content))


def test_no_plaintext_is_in_the_database_its_log_or_the_files(
    store: Store, post: Poster, tmp_path: Path
) -> None:
    post(b"Subject: SESAMESUBJECT\r\n\r\nSESAMEBODY", "sesame@recipient.example")
    post(LARGE + b"SESAMELARGE")

    everything = b"".join(f.read_bytes() for f in tmp_path.rglob("*") if f.is_file())
    assert b"SESAME" not in everything.upper()


def test_a_large_body_stands_in_a_file_that_only_we_may_read(store: Store, post: Poster) -> None:
    post(LARGE)

    [file] = [f for f in store.directory.rglob("*") if f.is_file()]
    assert 0o600 == file.stat().st_mode & 0o777


@given(content=st.binary(max_size=3 * secrets.CHUNK))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_is_encrypted_is_decrypted_and_a_changed_byte_is_noticed(content: bytes) -> None:
    key = os.urandom(32)
    encrypted = b"".join(secrets.encrypt(key, "body", content))

    assert content == decrypted(key, "body", encrypted)
    for broken in (
        encrypted[:-1],
        encrypted + b"\0",
        bytes([encrypted[0] ^ 1]) + encrypted[1:],
        encrypted[: secrets.CHUNK + 16] if len(content) > secrets.CHUNK else b"",
    ):
        with pytest.raises(ConfigurationError):
            decrypted(key, "body", broken)


def test_a_body_of_another_name_does_not_decrypt() -> None:
    encrypted = b"".join(secrets.encrypt(bytes(32), "one", b"text"))

    with pytest.raises(ConfigurationError):
        decrypted(bytes(32), "two", encrypted)


def test_a_forgotten_body_is_gone_from_the_database_and_the_disk(
    store: Store, post: Poster
) -> None:
    id = post(LARGE)
    freed = store.database.write_now(lambda tx: bodies.forget(tx, id))
    assert freed
    bodies.unlink(store.directory, freed)

    assert not [f for f in store.directory.rglob("*") if f.is_file()]
    with pytest.raises(NotFoundError):
        read(store, id)
    assert store.database.write_now(lambda tx: bodies.forget(tx, id)) is None


def test_evidence_is_kept_in_pages_and_goes_with_the_body(store: Store, post: Poster) -> None:
    id = post()
    evidence = os.urandom(3 * bodies.PAGE + 5)
    store.database.write_now(lambda tx: bodies.keep_evidence(tx, id, evidence))

    assert evidence == store.database.read_now(lambda tx: bodies.read_evidence(tx, id))
    store.database.write_now(lambda tx: bodies.forget(tx, id))
    with pytest.raises(NotFoundError):
        store.database.read_now(lambda tx: bodies.read_evidence(tx, id))


def test_a_file_that_no_row_names_is_swept_and_one_with_a_row_is_not(
    store: Store, post: Poster
) -> None:
    kept = post(LARGE)
    lost = bodies.prepare(LARGE, store.keys, store.directory)
    old = bodies.old_files(store.directory, before=4e9)

    found = store.database.write_now(lambda tx: bodies.claim_orphans(tx, old))

    assert (lost.id,) == found
    assert LARGE == read(store, kept)


def test_a_commit_that_comes_after_the_sweeper_loses(store: Store) -> None:
    late = bodies.prepare(LARGE, store.keys, store.directory)
    store.database.write_now(lambda tx: bodies.claim_orphans(tx, (late.id,)))

    with pytest.raises(TemporaryError):
        store.database.write_now(lambda tx: bodies.insert_body(tx, late))


def test_a_full_disk_is_a_temporary_error_and_leaves_nothing(store: Store, clock: Clock) -> None:
    store.directory.chmod(0o700)
    blocked = store.directory / "blocked"
    blocked.write_bytes(b"")  # a file where a folder should be

    with pytest.raises(TemporaryError):
        bodies.prepare(LARGE, store.keys, blocked)


def test_a_body_whose_file_is_gone_is_a_clear_error(store: Store, post: Poster) -> None:
    id = post(LARGE)
    [file] = [f for f in store.directory.rglob("*") if f.is_file()]
    file.unlink()

    with pytest.raises(ConfigurationError, match="Restore it from a backup"):
        read(store, id)
