"""Bodies: exact, encrypted, shared, forgotten."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlpguard.errors import ConfigurationError, NoRoomError, NotFoundError, TemporaryError
from dlpguard.store import _pieces, bodies
from dlpguard.store.opening import Store
from dlpguard.store.shelves.files import SYNC_BYTES, Files
from tests._files import files_of
from tests.store._world import Clock, Poster

LARGE = b"From: ann\r\n\r\n" + b"a line of a large message\r\n" * 20_000


def read(store: Store, id: str) -> bytes:
    stored = store.database.read_now(lambda tx: bodies.find(tx, id))
    return stored.read(store.keys, store.shelf)


def decrypted(key: bytes, name: str, size: int, encrypted: bytes) -> bytes:
    return b"".join(_pieces.decrypt(key, name, size, _pieces.cut(encrypted)))


def files(store: Store) -> list[Path]:
    return [file for file in files_of(store).directory.rglob("*") if file.is_file()]


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """As on a disk that is full: what would make a file longer is refused."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


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


@pytest.mark.embedded
def test_a_large_body_stands_in_a_file_that_only_we_may_read(store: Store, post: Poster) -> None:
    post(LARGE)

    [file] = files(store)
    assert 0o600 == file.stat().st_mode & 0o777


@given(content=st.binary(max_size=3 * _pieces.CHUNK))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_is_encrypted_is_decrypted_and_a_changed_byte_is_noticed(content: bytes) -> None:
    key = os.urandom(32)
    encrypted = _pieces.encrypt(key, "body", content)

    assert content == decrypted(key, "body", len(content), encrypted)
    for broken in (
        encrypted[:-1],
        encrypted + b"\0",
        bytes([encrypted[0] ^ 1]) + encrypted[1:],
        encrypted[: _pieces.CHUNK + 16] if len(content) > _pieces.CHUNK else b"",
    ):
        with pytest.raises(ConfigurationError):
            decrypted(key, "body", len(content), broken)


@given(
    content=st.binary(max_size=3 * _pieces.CHUNK),
    cuts=st.lists(st.integers(0, 3 * _pieces.CHUNK), max_size=8).map(sorted),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_what_is_encrypted_does_not_depend_on_how_it_came(content: bytes, cuts: list[int]) -> None:
    encryption = _pieces.Encryption(bytes(32), "body")
    ends = (min(cut, len(content)) for cut in cuts)
    came = [content[start:end] for start, end in pairwise((0, *ends, len(content)))]
    pieces = [piece for some in came for piece in encryption.add(some)]

    assert _pieces.encrypt(bytes(32), "body", content) == b"".join((*pieces, encryption.end()))


@pytest.mark.parametrize(
    "size", [0, 1, _pieces.CHUNK - 1, _pieces.CHUNK, _pieces.CHUNK + 1, 2 * _pieces.CHUNK]
)
def test_a_body_is_cut_where_the_pieces_were_at_all_sizes(size: int) -> None:
    content = os.urandom(size)
    stored = _pieces.encrypt(bytes(32), "body", content)

    assert content == decrypted(bytes(32), "body", size, stored)
    assert max(1, -(-size // _pieces.CHUNK)) * 16 + size == len(stored)


def test_pieces_that_were_swapped_or_dropped_are_noticed() -> None:
    length = _pieces.CHUNK + 16
    stored = _pieces.encrypt(bytes(32), "body", bytes(3 * _pieces.CHUNK))
    first, second, third = (stored[at : at + length] for at in range(0, len(stored), length))

    for broken in (second + first + third, first + third, first + second, first + second + second):
        with pytest.raises(ConfigurationError):
            decrypted(bytes(32), "body", 3 * _pieces.CHUNK, broken)


def test_a_body_of_another_name_does_not_decrypt() -> None:
    encrypted = _pieces.encrypt(bytes(32), "one", b"text")

    with pytest.raises(ConfigurationError):
        decrypted(bytes(32), "two", 4, encrypted)


@pytest.mark.embedded
def test_a_forgotten_body_is_gone_from_the_database_and_the_disk(
    store: Store, post: Poster
) -> None:
    id = post(LARGE)
    freed = store.database.write_now(lambda tx: bodies.forget(tx, id))
    assert freed
    store.shelf.remove(freed)

    assert not files(store)
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
    lost = bodies.prepare(LARGE, store.keys, store.shelf)
    old = store.shelf.old(before=4e9)

    found = store.database.write_now(lambda tx: bodies.claim_orphans(tx, old))

    assert (lost.id,) == found
    assert LARGE == read(store, kept)


def test_a_commit_that_comes_after_the_sweeper_loses(store: Store) -> None:
    late = bodies.prepare(LARGE, store.keys, store.shelf)
    store.database.write_now(lambda tx: bodies.claim_orphans(tx, (late.id,)))

    with pytest.raises(TemporaryError):
        store.database.write_now(lambda tx: bodies.insert_body(tx, late))


def test_a_body_that_came_in_pieces_is_the_one_that_came_at_once(
    store: Store, post: Poster
) -> None:
    writer = bodies.Writer(store.keys, store.shelf)
    for at in range(0, len(LARGE), 1000):
        writer.write(LARGE[at : at + 1000])
    body = writer.finish()

    read_back = bodies.Stored(body.id, body.size, body.digest, body.wrapped_key, body.content)
    assert LARGE == read_back.read(store.keys, store.shelf)
    assert (len(LARGE), bodies.digest(LARGE, store.keys)) == (body.size, body.digest)


def test_what_has_to_be_waited_for_is_said_before_and_changes_nothing(
    store: Store, post: Poster
) -> None:
    id = post(LARGE)
    for file in files(store) if isinstance(store.shelf, Files) else ():
        with file.open("rb") as stream:  # on the disk only, as far as that can be asked for
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    stored = store.database.read_now(lambda tx: bodies.find(tx, id))
    hasty = list(stored.pieces(store.keys, store.shelf, patient=False))
    patient = list(stored.pieces(store.keys, store.shelf))

    assert [piece for piece in hasty if piece] == patient
    assert b"".join(patient) == LARGE
    assert b"" not in patient


@pytest.mark.embedded
def test_a_file_that_was_cut_is_noticed(store: Store, post: Poster) -> None:
    id = post(LARGE)
    [file] = files(store)
    whole = file.read_bytes()
    for size in (0, 1, _pieces.STORED, len(whole) - 1):
        os.truncate(file, size)
        with pytest.raises(ConfigurationError, match="damaged"):
            read(store, id)
        file.write_bytes(whole)

    assert LARGE == read(store, id)


@pytest.mark.parametrize("content", [b"x", LARGE])
def test_the_digest_of_other_bytes_opens_no_body(store: Store, content: bytes) -> None:
    body = bodies.prepare(content, store.keys, store.shelf)
    other = bodies.digest(b"y", store.keys)
    swapped = bodies.Stored(body.id, body.size, other, body.wrapped_key, body.content)

    with pytest.raises(ConfigurationError, match="other bytes"):
        next(swapped.pieces(store.keys, store.shelf))
    with pytest.raises(ConfigurationError, match="other bytes"):
        swapped.key(store.keys)


@pytest.mark.parametrize("content", [b"", b"x", LARGE, bytes(2 * _pieces.CHUNK)])
def test_of_a_body_that_an_older_version_stored_the_bytes_are_counted_again(
    store: Store, content: bytes
) -> None:
    body = bodies.prepare(content, store.keys, store.shelf)
    context = f"body:{body.id}"
    wrapped = store.keys.seal(store.keys.open(body.wrapped_key, context)[:32], context)
    old = bodies.Stored(body.id, body.size, body.digest, wrapped, body.content)
    other = replace(old, digest=bodies.digest(content + b"y", store.keys))

    assert content == old.read(store.keys, store.shelf)
    assert content[:9] == old.beginning(store.keys, store.shelf, 9)
    given: list[bytes] = []
    with pytest.raises(ConfigurationError, match="other bytes"):
        given.extend(other.pieces(store.keys, store.shelf))
    assert sum(map(len, given)) < len(content) or not content


@pytest.mark.embedded
def test_a_large_body_goes_to_the_disk_as_it_comes_and_not_all_at_its_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []

    def sync(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_size)
        os.fsync(descriptor)

    monkeypatch.setattr(os, "fdatasync", sync)
    writer = bodies.Writer(store.keys, store.shelf)
    for _ in range(80):
        writer.write(bytes(100_000))
    writer.finish()

    [file] = files(store)
    steps = [after - before for before, after in pairwise((0, *synced, file.stat().st_size))]
    assert len(steps) > 3
    assert max(steps) <= SYNC_BYTES + _pieces.CHUNK + 16


@pytest.mark.embedded
def test_what_is_discarded_leaves_nothing(store: Store) -> None:
    for begun in (False, True):
        writer = bodies.Writer(store.keys, store.shelf)
        if begun:
            writer.write(LARGE)
            assert files(store)
        writer.discard()
        writer.discard()

        assert not files(store)


@pytest.mark.embedded
def test_a_file_that_is_being_written_is_no_orphan_however_long_it_takes(store: Store) -> None:
    writer = bodies.Writer(store.keys, store.shelf)
    writer.write(LARGE)
    [file] = files(store)
    os.utime(file, (0, 0))

    assert () == store.shelf.old(before=4e9)

    body = writer.finish()
    assert file.stat().st_mtime > 0  # its last piece was written just now
    assert (body.id,) == store.shelf.old(before=4e9)


@pytest.mark.embedded
def test_what_a_process_was_writing_when_it_died_is_swept(store: Store) -> None:
    child = os.fork()
    if not child:
        bodies.Writer(store.keys, store.shelf).write(LARGE)
        os._exit(0)
    os.waitpid(child, 0)
    [file] = files(store)

    assert (file.name,) == store.shelf.old(before=4e9)


@pytest.mark.embedded
@pytest.mark.parametrize("size", [0, 100_000, _pieces.CHUNK + 16])
def test_a_disk_that_is_full_keeps_nothing_of_a_body(store: Store, size: int) -> None:
    with files_end_at(size), pytest.raises(NoRoomError):
        bodies.prepare(LARGE, store.keys, store.shelf)

    assert not files(store)


@pytest.mark.embedded
def test_the_last_of_the_disk_is_left_alone(store: Store) -> None:
    writer = bodies.Writer(store.keys, store.shelf, reserve=1 << 60)

    with pytest.raises(NoRoomError):
        writer.write(LARGE)
    assert not files(store)


def test_the_beginning_of_a_body_is_read_by_itself(store: Store, post: Poster) -> None:
    for content in (b"", b"short", LARGE):
        id = post(content)
        stored = store.database.read_now(partial(bodies.find, message_id=id))

        for length in (0, 3, _pieces.CHUNK, _pieces.CHUNK + 1, len(LARGE) + 1):
            assert content[:length] == stored.beginning(store.keys, store.shelf, length)


@pytest.mark.embedded
def test_a_body_is_read_in_pieces_and_what_was_cut_is_noticed_at_the_end(
    store: Store, post: Poster
) -> None:
    id = post(LARGE)
    [file] = files(store)
    os.truncate(file, _pieces.CHUNK + 16)
    stored = store.database.read_now(lambda tx: bodies.find(tx, id))

    with pytest.raises(ConfigurationError, match="damaged"):
        list(stored.pieces(store.keys, store.shelf))


@pytest.mark.embedded
def test_a_broken_disk_is_a_temporary_error(store: Store, clock: Clock) -> None:
    files_of(store).directory.chmod(0o700)
    blocked = files_of(store).directory / "blocked"
    blocked.write_bytes(b"")  # a file where a folder should be

    with pytest.raises(TemporaryError):
        bodies.prepare(LARGE, store.keys, Files(blocked))


@pytest.mark.embedded
def test_a_body_whose_file_is_gone_is_a_clear_error(store: Store, post: Poster) -> None:
    id = post(LARGE)
    [file] = files(store)
    file.unlink()

    with pytest.raises(ConfigurationError, match="Restore it from a backup"):
        read(store, id)
