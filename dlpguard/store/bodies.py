"""The bytes of messages: each encrypted under a key of its own, shared by the rows that need them.

Small bodies stand in their row, large ones on a shelf (`store.shelves`): durable there before the
commit that names them.  What lies there without a row is an orphan (a crash came between); the
sweeper commits the orphan's id before it removes it, so that a late commit and the sweeper cannot
both win.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import secrets as random_source
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import bindparam, delete, insert, select, update

from dlpguard import faults
from dlpguard.errors import ConfigurationError, NoRoomError, NotFoundError, TemporaryError
from dlpguard.store import _pieces
from dlpguard.store.database import Transaction
from dlpguard.store.prepared import Prepared, given
from dlpguard.store.schema import bodies, evidence, messages, orphans
from dlpguard.store.secrets import Keyring
from dlpguard.store.shelves import Shelf

IN_ROW = 256 * 1024
"""Bodies up to this many bytes stand in the database.  Measured: one commit for state and body
beats a file with its own two fsyncs up to here."""

ORPHAN_SECONDS = 3600.0
"""How long after its last byte was written what lies on the shelf without a row is swept.  That
byte is written when the message is whole, and its commit takes seconds at most."""

ORPHANS = 500
"""Files that one sweep removes: a statement takes so many ids on every SQLite."""

PAGE = 256 * 1024
"""Bytes of evidence in one row."""

_IS_ORPHAN = Prepared(select(orphans.c.body_id).where(orphans.c.body_id == bindparam("of")))
_INSERT = Prepared(
    insert(bodies).values(
        given("id", "size", "digest", "wrapped_key", "content", "stored_at")
        | {"references_left": 1}
    )
)
_FIND = Prepared(
    select(bodies.c.id, bodies.c.size, bodies.c.digest, bodies.c.wrapped_key, bodies.c.content)
    .join(messages, messages.c.body_id == bodies.c.id)
    .where(messages.c.id == bindparam("of"))
)
_DIGEST = Prepared(
    select(bodies.c.digest)
    .join(messages, messages.c.body_id == bodies.c.id)
    .where(messages.c.id == bindparam("of"))
)
_ID = Prepared(select(messages.c.id, messages.c.body_id).where(messages.c.id == bindparam("of")))
_FORGET_EVIDENCE = Prepared(delete(evidence).where(evidence.c.message_id == bindparam("of")))
_UNNAME = Prepared(
    update(messages).where(messages.c.id == bindparam("of")).values({"body_id": None})
)
_LET_GO = Prepared(
    update(bodies)
    .where(bodies.c.id == bindparam("of"))
    .values({"references_left": bodies.c.references_left - 1})
)
_REMOVE_LAST = Prepared(
    delete(bodies).where(bodies.c.id == bindparam("of"), bodies.c.references_left <= 1)
)

_KEY = 32
"""Bytes of a body's own key; behind it stands the digest."""

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""A full disk, a full quota, and a limit on the size of files."""


@dataclass(frozen=True, slots=True)
class Body:
    """A body that is encrypted and, when large, already on the shelf; no row names it yet."""

    id: str
    size: int
    digest: bytes = field(repr=False)
    wrapped_key: bytes = field(repr=False)
    content: bytes | None = field(repr=False)

    def stored(self) -> Stored:
        """Its row, once it is committed."""
        return Stored(self.id, self.size, self.digest, self.wrapped_key, self.content)


class Writer:
    """A large body on its way onto the shelf, encrypted as it comes.  Its methods block.

    Ends with `finish`, or with `discard`.  `TemporaryError` (`NoRoomError` when the disk is full):
    nothing is kept, and nothing more can be written.
    """

    def __init__(self, keyring: Keyring, shelf: Shelf, reserve: int = 0) -> None:
        """Nothing is stored yet; of the disk `reserve` bytes must stay free."""
        self._keyring = keyring
        self._id, self._key = _new()
        self._place = shelf.begin(self._id, reserve)
        self._encryption = _pieces.Encryption(self._key, self._id)
        self._sha256 = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes | bytearray) -> None:
        """The next bytes of the body."""
        self._sha256.update(data)
        self._size += len(data)
        with self._whole_or_not_at_all():
            for piece in self._encryption.add(data):
                self._place.append(piece)
                faults.at("body-growing")

    def finish(self) -> Body:
        """The body, which is durable once a row that names it is."""
        with self._whole_or_not_at_all():
            self._place.append(self._encryption.end())
            self._place.finish()
        digest = keyed(self._sha256.digest(), self._keyring)
        wrapped = _wrap(self._key, digest, self._id, self._keyring)
        return Body(self._id, self._size, digest, wrapped, None)

    def discard(self) -> None:
        """Keep nothing; may be called more than once."""
        self._place.discard()

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


def prepare(content: bytes, keyring: Keyring, shelf: Shelf) -> Body:
    """Encrypt a body that is there already; put it on the shelf when it is large.  Blocks.

    `TemporaryError` when the disk is full or broken: nothing is kept.
    """
    if len(content) <= IN_ROW:
        return in_row(content, keyring)
    writer = Writer(keyring, shelf)
    writer.write(content)
    return writer.finish()


def in_row(content: bytes, keyring: Keyring) -> Body:
    """Encrypt a small body, which will stand in its row."""
    id, key = _new()
    encrypted, of_it = _pieces.encrypt(key, id, content), digest(content, keyring)
    return Body(id, len(content), of_it, _wrap(key, of_it, id, keyring), encrypted)


def digest(content: bytes, keyring: Keyring) -> bytes:
    """The keyed digest of the SHA-256 of exactly these bytes."""
    return keyed(hashlib.sha256(content).digest(), keyring)


def keyed(sha256: bytes, keyring: Keyring) -> bytes:
    """What is kept of a SHA-256: by itself it would tell who has a copy what we have."""
    return keyring.digest("body", sha256)


def insert_body(tx: Transaction, body: Body) -> None:
    """The row of a body, with one reference.  `TemporaryError` when the sweeper was first."""
    # One that stands in its row was never on the shelf.
    if body.content is None and tx.first(_IS_ORPHAN, of=body.id):
        raise TemporaryError("the body was swept before it was committed; send again")
    tx.change(
        _INSERT,
        id=body.id,
        size=body.size,
        digest=body.digest,
        wrapped_key=body.wrapped_key,
        content=body.content,
        stored_at=tx.now(),
    )


@dataclass(frozen=True, slots=True)
class Stored:
    """A body's row, enough to read it outside the transaction.  `size` is of the plain bytes."""

    id: str
    size: int
    digest: bytes = field(repr=False)
    wrapped_key: bytes = field(repr=False)
    content: bytes | None = field(repr=False)

    def pieces(
        self, keyring: Keyring, shelf: Shelf, *, patient: bool = True
    ) -> Generator[bytes, None, None]:
        """The bytes in pieces of 256 KiB: those of which `digest` is the digest.

        Blocks at each.  Not `patient`: b"" comes first where the next one is not in memory, and
        only to go on then blocks.

        `ConfigurationError` when they are damaged or gone, or when it is another's; of a body that
        an older version stored the latter shows at the last piece, which is not given then.
        """
        key, knows_digest = self._open(keyring)
        pieces = _pieces.decrypt(key, self.id, self.size, self._stored(shelf, patient))
        with contextlib.closing(pieces if knows_digest else self._checked(pieces, keyring)) as sure:
            yield from sure

    def key(self, keyring: Keyring) -> bytes:
        """The body's own key; `ConfigurationError` when it is another digest's."""
        return self._open(keyring)[0]

    def _open(self, keyring: Keyring) -> tuple[bytes, bool]:
        """The key, and whether the digest stood beside it (`_wrap`)."""
        opened = keyring.open(self.wrapped_key, f"body:{self.id}")
        key, digest = opened[:_KEY], opened[_KEY:]
        if digest and digest != self.digest:
            raise self._other_bytes()
        return key, bool(digest)

    def _stored(self, shelf: Shelf, patient: bool) -> Iterator[bytes | memoryview]:
        """The encrypted pieces."""
        if self.content is not None:
            yield from _pieces.cut(self.content)
            return
        try:
            with contextlib.closing(shelf.pieces(self.id, patient=patient)) as stored:
                yield from stored
        except OSError as error:
            raise ConfigurationError(
                f"body {self.id} cannot be read ({type(error).__name__}). "
                "Restore it from a backup, or return the message"
            ) from None

    def _checked(self, pieces: Iterator[bytes], keyring: Keyring) -> Generator[bytes, None, None]:
        """The same pieces, of which the last is not given when together they are other bytes."""
        sha256 = hashlib.sha256()
        held_back = b""
        for piece in pieces:
            if not piece:  # there is none yet
                yield piece
                continue
            if held_back:
                yield held_back
            sha256.update(piece)
            held_back = piece
        if keyed(sha256.digest(), keyring) != self.digest:
            raise self._other_bytes()
        yield held_back

    def _other_bytes(self) -> ConfigurationError:
        return ConfigurationError(f"body {self.id} has the digest of other bytes")

    def read(self, keyring: Keyring, shelf: Shelf) -> bytes:
        """All of the bytes; as `pieces`."""
        if self.content is not None:
            return b"".join(self.pieces(keyring, shelf))
        content = io.BytesIO()  # a join would have all of them twice
        for piece in self.pieces(keyring, shelf):
            content.write(piece)
        return content.getvalue()

    def beginning(self, keyring: Keyring, shelf: Shelf, length: int) -> bytes:
        """The first `length` bytes, or all when there are fewer; as `pieces`."""
        found = bytearray()
        with contextlib.closing(self.pieces(keyring, shelf)) as pieces:
            for piece in pieces:
                found += piece
                if len(found) >= length:
                    break
        return bytes(found[:length])


def find(tx: Transaction, message_id: str) -> Stored:
    """The body of a message.  `NotFoundError` when it was forgotten."""
    row = tx.first(_FIND, of=message_id)
    if row is None:
        raise _not_kept(message_id)
    return Stored(row.id, row.size, row.digest, row.wrapped_key, row.content)


def digest_of(tx: Transaction, message_id: str) -> bytes:
    """The keyed digest of a message's body; as `find`."""
    found = tx.scalar(_DIGEST, of=message_id)
    if found is None:
        raise _not_kept(message_id)
    return bytes(found)


def _not_kept(message_id: str) -> NotFoundError:
    return NotFoundError(f"the content of message {message_id} is not kept any more")


def refer(tx: Transaction, body_id: str) -> None:
    """One more row needs a body: the other half of a message that was split."""
    tx.execute(
        update(bodies)
        .where(bodies.c.id == body_id)
        .values(references_left=bodies.c.references_left + 1)
    )


def forget(tx: Transaction, message_id: str) -> str | None:
    """Drop a message's reference to its body and its evidence.

    Returns the body's id when that was the last one: it may then be removed from the shelf after
    the commit; the sweeper does it otherwise.
    """
    row = tx.first(_ID, of=message_id)
    return drop(tx, row) if row else None


def drop(tx: Transaction, row: Any) -> str | None:
    """The same for a message whose row was read in this transaction."""
    if row.body_id is None:
        return None
    tx.change(_FORGET_EVIDENCE, of=row.id)
    tx.change(_UNNAME, of=row.id)
    if tx.change(_REMOVE_LAST, of=row.body_id):
        return str(row.body_id)
    tx.change(_LET_GO, of=row.body_id)
    return None


def keep_evidence(tx: Transaction, message_id: str, content: bytes) -> None:
    """Keep what the inspection saw of a held message, under its body's key."""
    key = find(tx, message_id).key(tx.keys)
    for page in range((len(content) - 1) // PAGE + 1):
        piece = content[page * PAGE : (page + 1) * PAGE]
        nonce = random_source.token_bytes(12)
        sealed = nonce + AESGCM(key).encrypt(nonce, piece, f"{message_id}:{page}".encode())
        tx.execute(insert(evidence).values(message_id=message_id, page=page, content=sealed))


def read_evidence(tx: Transaction, message_id: str) -> bytes:
    """What `keep_evidence` kept, empty when nothing was."""
    key = find(tx, message_id).key(tx.keys)
    rows = tx.execute(
        select(evidence.c.page, evidence.c.content)
        .where(evidence.c.message_id == message_id)
        .order_by(evidence.c.page)
    )
    return b"".join(
        AESGCM(key).decrypt(row.content[:12], row.content[12:], f"{message_id}:{row.page}".encode())
        for row in rows
    )


def claim_orphans(tx: Transaction, candidates: tuple[str, ...]) -> tuple[str, ...]:
    """Of these bodies those that no row names, recorded as orphans: remove them after the commit.

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


def _new() -> tuple[str, bytes]:
    return random_source.token_hex(16), AESGCM.generate_key(bit_length=8 * _KEY)


def _wrap(key: bytes, digest: bytes, id: str, keyring: Keyring) -> bytes:
    """A body's key, sealed together with the digest of what it encrypts.

    Whatever opens under the key is what was written with it (AES-GCM), so a row with this digest
    has those bytes: nobody has to digest them again before they leave (of 5 MB, 3 ms).
    """
    return keyring.seal(key + digest, f"body:{id}")
