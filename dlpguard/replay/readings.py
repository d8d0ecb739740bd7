"""What was read of each message, sealed, so that an interrupted run goes on and a sweep reads
nothing twice.

A file of records: four bytes of length, a nonce, and what is sealed (AES-256-GCM).  The key is in
memory only, unless the run can be resumed: then it stands beside in a file that nobody else may
read, and both are removed when the run has ended.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dlpguard.errors import ConfigurationError
from dlpguard.evidence import encode
from dlpguard.facts import Facts
from dlpguard.mail import Envelope

_LENGTH = struct.Struct(">I")
_NONCE = 12
_KEY, _READINGS = "key", "readings"


@dataclass(frozen=True, slots=True)
class Stored:
    """What is kept of one reading: facts, and whether it crashed a worker twice."""

    facts: Facts = field(repr=False)
    crashed: bool = False


class _Record(msgspec.Struct, frozen=True, array_like=True):
    digest: bytes
    facts: Facts
    crashed: bool


class Readings:
    """The readings of a run, by a keyed digest of what was read."""

    def __init__(self, stream: BinaryIO, key: bytes, setup: bytes) -> None:
        """`setup` is a digest of all that a reading depends on beside the message."""
        self._stream = stream
        self._key = key
        self._aead = AESGCM(key)
        self._setup = setup
        self._places: dict[bytes, tuple[int, int]] = {}
        self._end = 0
        try:
            for place, sealed in self._records():
                self._places[self._open(sealed).digest] = place
        except BaseException:
            stream.close()
            raise
        stream.truncate(self._end)  # what was being written when the last run ended

    def __len__(self) -> int:
        return len(self._places)

    def digest(self, raw: bytes, envelope: Envelope) -> bytes:
        """By what a message is known: its bytes and its envelope, keyed."""
        inner = hashlib.blake2b(key=self._key, digest_size=16, person=b"dlpguard-replay")
        inner.update(encode(envelope))
        inner.update(raw)
        return inner.digest()

    def find(self, digest: bytes) -> Stored | None:
        """What was read of it, None where it has not been."""
        place = self._places.get(digest)
        if place is None:
            return None
        offset, length = place
        self._stream.seek(offset)
        record = self._open(self._stream.read(length))
        return Stored(record.facts, record.crashed)

    def add(self, digest: bytes, stored: Stored) -> None:
        """Keep a reading: it survives this process, though not the machine."""
        nonce = secrets.token_bytes(_NONCE)
        plain = encode(_Record(digest, stored.facts, stored.crashed))
        sealed = nonce + self._aead.encrypt(nonce, plain, self._setup)
        self._stream.seek(self._end)
        self._stream.write(_LENGTH.pack(len(sealed)) + sealed)
        self._stream.flush()
        self._places[digest] = (self._end + _LENGTH.size, len(sealed))
        self._end += _LENGTH.size + len(sealed)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _records(self) -> Iterator[tuple[tuple[int, int], bytes]]:
        """Each whole record, and where it is; `_end` is the end of the last."""
        while True:
            self._stream.seek(self._end)
            head = self._stream.read(_LENGTH.size)
            length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else 0
            sealed = self._stream.read(length)
            if not length or len(sealed) < length:
                return
            start = self._end + _LENGTH.size
            self._end = start + length
            yield (start, length), sealed

    def _open(self, sealed: bytes) -> _Record:
        try:
            plain = self._aead.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._setup)
            return msgspec.msgpack.decode(plain, type=_Record)
        except (InvalidTag, ValueError):
            raise ConfigurationError(
                f"{getattr(self._stream, 'name', _READINGS)}: was written with other settings, by "
                "another version, or is damaged; remove its directory and start again"
            ) from None


def passing(folder: Path, setup: bytes) -> Readings:
    """Readings that end with this process: their key is nowhere but in its memory."""
    return Readings(_open(folder / _READINGS), AESGCM.generate_key(bit_length=256), setup)


def lasting(folder: Path, setup: bytes, *, resume: bool) -> Readings:
    """Readings that another run can go on with.

    `ConfigurationError` when there are some and nobody said `resume`, or the other way round.
    """
    key_file = folder / _KEY
    if resume and not key_file.is_file():
        raise ConfigurationError(f"{folder}: there is no interrupted run; leave out --resume")
    if not resume and key_file.exists():
        raise ConfigurationError(
            f"{folder}: a run was interrupted here; go on with --resume, or remove the directory"
        )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(folder.stat().st_mode) & 0o077:
            raise ConfigurationError(f"{folder}: others may read it; run: chmod 700 {folder}")
        if not resume:
            _write_key(key_file)
        return Readings(_open(folder / _READINGS), key_file.read_bytes(), setup)
    except OSError as error:
        raise ConfigurationError(f"{folder}: cannot be used ({error.strerror})") from None


def remove(folder: Path) -> None:
    """Remove what `lasting` made, the key first: without it the rest is noise."""
    for name in (_KEY, _READINGS):
        (folder / name).unlink(missing_ok=True)
    with suppress(OSError):  # the administrator's own directory, with other things in it
        folder.rmdir()


def _write_key(file: Path) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(AESGCM.generate_key(bit_length=256))


def _open(file: Path) -> BinaryIO:
    return os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
