"""The bytes of messages: each encrypted under a key of its own, shared by the rows that need them.

Small bodies stand in their row, large ones in a file that is on the disk before the commit that
names it.  A file without a row is an orphan (a crash came between); the sweeper commits the
orphan's id before it unlinks, so that a late commit and the sweeper cannot both win.  A file that
is being written, which takes as long as its client likes, is locked, and no orphan.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import io
import os
import secrets as random_source
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, insert, select, update

from dlpguard import faults
from dlpguard.errors import ConfigurationError, NoRoomError, NotFoundError, TemporaryError
from dlpguard.store import _pieces
from dlpguard.store.database import Transaction
from dlpguard.store.schema import bodies, evidence, messages, orphans
from dlpguard.store.secrets import Keyring

IN_ROW = 256 * 1024
"""Bodies up to this many bytes stand in the database.  Measured: one commit for state and body
beats a file with its own two fsyncs up to here."""

ORPHAN_SECONDS = 3600.0
"""How long after its last byte was written a file without a row is swept.  That byte is written
when the message is whole, and its commit takes seconds at most."""

ORPHANS = 500
"""Files that one sweep removes: a statement takes so many ids on every SQLite."""

SYNC_BYTES = 2 * 1024 * 1024
"""Bytes of a file that may wait in the operating system's memory.  A hundred large messages at once
would let gigabytes wait there, and every commit of the database wait for them."""

PAGE = 256 * 1024
"""Bytes of evidence in one row."""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""A full disk, a full quota, and a limit on the size of files."""


@dataclass(frozen=True, slots=True)
class Body:
    """A body that is encrypted and, when large, already durable in a file; no row names it yet."""

    id: str
    size: int
    digest: bytes = field(repr=False)
    wrapped_key: bytes = field(repr=False)
    content: bytes | None = field(repr=False)


class Writer:
    """A large body on its way into its file, encrypted as it comes.  Its methods block.

    Ends with `finish`, or with `discard`.  `TemporaryError` (`NoRoomError` when the disk is full):
    nothing is kept, and nothing more can be written.
    """

    def __init__(self, keyring: Keyring, directory: Path, reserve: int = 0) -> None:
        """Nothing is on the disk yet, of which `reserve` bytes must stay free."""
        self._keyring = keyring
        self._directory = directory
        self._reserve = reserve
        self._id, self._key = _new()
        self._encryption = _pieces.Encryption(self._key, self._id)
        self._sha256 = hashlib.sha256()
        self._size = 0
        self._descriptor: int | None = None
        self._unsynced = 0

    def write(self, data: bytes | bytearray) -> None:
        """The next bytes of the body."""
        self._sha256.update(data)
        self._size += len(data)
        with self._whole_or_not_at_all():
            for piece in self._encryption.add(data):
                self._append(piece)
                faults.at("body-growing")

    def finish(self) -> Body:
        """The body, which is durable now."""
        with self._whole_or_not_at_all():
            descriptor = self._append(self._encryption.end())
            faults.at("body-written")
            os.fsync(descriptor)
            self._close()
            for folder in (file_of(self._directory, self._id).parent, self._directory):
                _sync(folder)
            faults.at("body-synced")
        wrapped = self._keyring.seal(self._key, f"body:{self._id}")
        digest = keyed(self._sha256.digest(), self._keyring)
        return Body(self._id, self._size, digest, wrapped, None)

    def discard(self) -> None:
        """Keep nothing; may be called more than once."""
        self._close()
        with contextlib.suppress(OSError):  # what cannot be removed now is swept later
            file_of(self._directory, self._id).unlink(missing_ok=True)

    def _append(self, piece: bytes) -> int:
        if self._descriptor is None:
            self._descriptor = _create(file_of(self._directory, self._id))
        disk = os.fstatvfs(self._descriptor)
        if disk.f_bavail * disk.f_frsize < self._reserve:
            raise OSError(errno.ENOSPC, "below what must stay free")
        view = memoryview(piece)
        while view:
            view = view[os.write(self._descriptor, view) :]
        self._unsynced += len(piece)
        if self._unsynced >= SYNC_BYTES:
            os.fdatasync(self._descriptor)
            self._unsynced = 0
        return self._descriptor

    @contextlib.contextmanager
    def _whole_or_not_at_all(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.discard()
            kind = NoRoomError if error.errno in _NO_ROOM else TemporaryError
            raise kind(f"the body cannot be stored now ({type(error).__name__})") from None
        except BaseException:
            self.discard()
            raise

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)  # and unlock it


def prepare(content: bytes, keyring: Keyring, directory: Path) -> Body:
    """Encrypt a body that is there already; write and fsync its file when it is large.  Blocks.

    `TemporaryError` when the disk is full or broken: nothing is kept.
    """
    if len(content) <= IN_ROW:
        return in_row(content, keyring)
    writer = Writer(keyring, directory)
    writer.write(content)
    return writer.finish()


def in_row(content: bytes, keyring: Keyring) -> Body:
    """Encrypt a small body, which will stand in its row."""
    id, key = _new()
    encrypted = _pieces.encrypt(key, id, content)
    wrapped = keyring.seal(key, f"body:{id}")
    return Body(id, len(content), digest(content, keyring), wrapped, encrypted)


def digest(content: bytes, keyring: Keyring) -> bytes:
    """The keyed digest of the SHA-256 of exactly these bytes."""
    return keyed(hashlib.sha256(content).digest(), keyring)


def keyed(sha256: bytes, keyring: Keyring) -> bytes:
    """What is kept of a SHA-256: by itself it would tell who has a copy what we have."""
    return keyring.digest("body", sha256)


def insert_body(tx: Transaction, body: Body) -> None:
    """The row of a body, with one reference.  `TemporaryError` when the sweeper was first."""
    if tx.execute(select(orphans).where(orphans.c.body_id == body.id)).first():
        raise TemporaryError("the body's file was swept before it was committed; send again")
    tx.execute(
        insert(bodies).values(
            id=body.id,
            size=body.size,
            digest=body.digest,
            wrapped_key=body.wrapped_key,
            content=body.content,
            references_left=1,
            stored_at=tx.now(),
        )
    )


@dataclass(frozen=True, slots=True)
class Stored:
    """A body's row, enough to read it outside the transaction.  `size` is of the plain bytes."""

    id: str
    size: int
    digest: bytes = field(repr=False)
    wrapped_key: bytes = field(repr=False)
    content: bytes | None = field(repr=False)

    def pieces(self, keyring: Keyring, directory: Path) -> Generator[bytes, None, None]:
        """The bytes in pieces of 256 KiB, each exactly as it was stored.  Blocks at each.

        `ConfigurationError` when they are damaged or gone.
        """
        key = keyring.open(self.wrapped_key, f"body:{self.id}")
        if self.content is not None:
            yield from _pieces.decrypt(key, self.id, io.BytesIO(self.content))
            return
        try:
            with file_of(directory, self.id).open("rb") as stream:
                yield from _pieces.decrypt(key, self.id, stream)
        except OSError as error:
            raise ConfigurationError(
                f"the file of body {self.id} cannot be read ({type(error).__name__}). "
                "Restore it from a backup, or return the message"
            ) from None

    def read(self, keyring: Keyring, directory: Path) -> bytes:
        """All of the bytes; as `pieces`."""
        content = io.BytesIO()  # a join would have all of them twice
        for piece in self.pieces(keyring, directory):
            content.write(piece)
        return content.getvalue()

    def beginning(self, keyring: Keyring, directory: Path, length: int) -> bytes:
        """The first `length` bytes, or all when there are fewer; as `pieces`."""
        found = bytearray()
        with contextlib.closing(self.pieces(keyring, directory)) as pieces:
            for piece in pieces:
                found += piece
                if len(found) >= length:
                    break
        return bytes(found[:length])


def find(tx: Transaction, message_id: str) -> Stored:
    """The body of a message.  `NotFoundError` when it was forgotten."""
    row = tx.execute(
        select(bodies.c.id, bodies.c.size, bodies.c.digest, bodies.c.wrapped_key, bodies.c.content)
        .join(messages, messages.c.body_id == bodies.c.id)
        .where(messages.c.id == message_id)
    ).first()
    if row is None:
        raise NotFoundError(f"the content of message {message_id} is not kept any more")
    return Stored(row.id, row.size, row.digest, row.wrapped_key, row.content)


def refer(tx: Transaction, body_id: str) -> None:
    """One more row needs a body: the other half of a message that was split."""
    tx.execute(
        update(bodies)
        .where(bodies.c.id == body_id)
        .values(references_left=bodies.c.references_left + 1)
    )


def forget(tx: Transaction, message_id: str) -> str | None:
    """Drop a message's reference to its body and its evidence.

    Returns the body's id when that was the last one: its file may then be unlinked after the
    commit (`unlink`); the sweeper does it otherwise.
    """
    body_id = tx.execute(select(messages.c.body_id).where(messages.c.id == message_id)).scalar()
    if body_id is None:
        return None
    tx.execute(delete(evidence).where(evidence.c.message_id == message_id))
    tx.execute(update(messages).where(messages.c.id == message_id).values(body_id=None))
    tx.execute(
        update(bodies)
        .where(bodies.c.id == body_id)
        .values(references_left=bodies.c.references_left - 1)
    )
    gone = tx.execute(delete(bodies).where(bodies.c.id == body_id, bodies.c.references_left <= 0))
    return str(body_id) if gone.rowcount else None


def keep_evidence(tx: Transaction, message_id: str, content: bytes) -> None:
    """Keep what the inspection saw of a held message, under its body's key."""
    stored = find(tx, message_id)
    key = tx.keys.open(stored.wrapped_key, f"body:{stored.id}")
    for page in range((len(content) - 1) // PAGE + 1):
        piece = content[page * PAGE : (page + 1) * PAGE]
        nonce = random_source.token_bytes(12)
        sealed = nonce + AESGCM(key).encrypt(nonce, piece, f"{message_id}:{page}".encode())
        tx.execute(insert(evidence).values(message_id=message_id, page=page, content=sealed))


def read_evidence(tx: Transaction, message_id: str) -> bytes:
    """What `keep_evidence` kept, empty when nothing was."""
    stored = find(tx, message_id)
    key = tx.keys.open(stored.wrapped_key, f"body:{stored.id}")
    rows = tx.execute(
        select(evidence.c.page, evidence.c.content)
        .where(evidence.c.message_id == message_id)
        .order_by(evidence.c.page)
    )
    return b"".join(
        AESGCM(key).decrypt(row.content[:12], row.content[12:], f"{message_id}:{row.page}".encode())
        for row in rows
    )


def file_of(directory: Path, body_id: str) -> Path:
    """Where a large body's file is; two letters of its id spread them over directories."""
    return directory / body_id[:2] / body_id


def unlink(directory: Path, body_id: str) -> None:
    """Remove a large body's file, after the commit that forgot it."""
    faults.at("before-unlink")
    file_of(directory, body_id).unlink(missing_ok=True)


def old_files(directory: Path, before: float) -> tuple[str, ...]:
    """The ids of body files that were last written before a time, and are not being written."""
    return tuple(file.name for file in directory.glob("??/*") if _is_older(file, before))


def claim_orphans(tx: Transaction, candidates: tuple[str, ...]) -> tuple[str, ...]:
    """Of these files those that no row names, recorded as orphans: unlink them after the commit.

    At most `ORPHANS` at a time; the others are found again.
    """
    tx.does("orphans")
    some = candidates[:ORPHANS]
    known = set(tx.execute(select(bodies.c.id).where(bodies.c.id.in_(some))).scalars())
    found = tuple(id for id in some if id not in known)
    recorded = set(
        tx.execute(select(orphans.c.body_id).where(orphans.c.body_id.in_(found))).scalars()
    )
    for id in found:
        if id not in recorded:
            tx.execute(insert(orphans).values(body_id=id, found_at=tx.now()))
    return found


def _is_older(file: Path, before: float) -> bool:
    try:
        return file.stat().st_mtime < before and not _is_being_written(file)
    except FileNotFoundError:  # delivered and forgotten while we looked
        return False


def _is_being_written(file: Path) -> bool:
    with file.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _new() -> tuple[str, bytes]:
    return random_source.token_hex(16), AESGCM.generate_key(bit_length=256)


def _create(file: Path) -> int:
    """A new file that is locked as long as it is open: it is being written."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
