"""The keys, and what is encrypted and digested with them.

The key file lives outside the database: JSON with one digest key, which never changes because
digests are compared over months, and the epoch keys.  An epoch key wraps the keys of bodies and
seals small fields; destroying it erases what the database's write-ahead log and its backups still
hold.  A body has a key of its own (AES-256-GCM, NIST SP 800-38D).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dlpguard.errors import ConfigurationError, KeyDestroyedError

EPOCH_SECONDS = 7 * 86400
"""How long an epoch key is used for new data.  A week: what must be erased waits a week at most
beyond its own retention, and a year of keys stays a short list."""

CHUNK = 256 * 1024
"""Bytes of a body that are encrypted at a time: bounded memory, and 28 bytes of cost per chunk."""

_NONCE, _EPOCH, _TAG = 12, 4, 16


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of one installation.  Made by `load` or `create`."""

    file: Path
    installation: str
    """Our own id in `Received` fields: tells a message that went in a circle."""
    digest_key: bytes = field(repr=False)
    epochs: dict[int, bytes] = field(repr=False)

    @property
    def current(self) -> int:
        """The epoch under which new data is sealed."""
        return max(self.epochs)

    def digest(self, purpose: str, *parts: str | bytes) -> bytes:
        """A keyed digest (HMAC-SHA256, 32 bytes) by which equal values can be found and counted.

        `purpose` keeps digests of different things apart; the parts are framed, so that
        ("ab", "c") and ("a", "bc") differ.
        """
        mac = hmac.new(self.digest_key, purpose.encode() + b"\0", hashlib.sha256)
        for part in parts:
            data = part.encode() if isinstance(part, str) else part
            mac.update(len(data).to_bytes(8, "big") + data)
        return mac.digest()

    def seal(self, data: bytes, context: str) -> bytes:
        """Encrypt a small field.  `context` (table, column, row) must be given again to open it."""
        nonce = secrets.token_bytes(_NONCE)
        epoch = self.current
        sealed = AESGCM(self.epochs[epoch]).encrypt(nonce, data, context.encode())
        return epoch.to_bytes(_EPOCH, "big") + nonce + sealed

    def open(self, sealed: bytes, context: str) -> bytes:
        """What was sealed.  `KeyDestroyedError` when its epoch is gone."""
        epoch = int.from_bytes(sealed[:_EPOCH], "big")
        key = self.epochs.get(epoch)
        if key is None:
            key = self._reread().get(epoch)
        if key is None:
            raise KeyDestroyedError(f"the key of epoch {epoch} is not in {self.file}")
        nonce = sealed[_EPOCH : _EPOCH + _NONCE]
        try:
            return AESGCM(key).decrypt(nonce, sealed[_EPOCH + _NONCE :], context.encode())
        except InvalidTag:
            raise ConfigurationError(
                f"{self.file}: epoch {epoch} does not open {context.partition(':')[0]}; "
                "is it the key file of this database?"
            ) from None

    def seal_lasting(self, data: bytes, context: str) -> bytes:
        """Encrypt a small field under a key that is never destroyed: for what belongs to accounts,
        not to mail.  `context` as for `seal`."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self._lasting()).encrypt(nonce, data, context.encode())

    def open_lasting(self, sealed: bytes, context: str) -> bytes:
        """What `seal_lasting` sealed.  `ConfigurationError` when the key file is another one."""
        try:
            return AESGCM(self._lasting()).decrypt(
                sealed[:_NONCE], sealed[_NONCE:], context.encode()
            )
        except InvalidTag:
            raise ConfigurationError(
                f"{self.file}: does not open {context.partition(':')[0]}; "
                "is it the key file of this database?"
            ) from None

    def _lasting(self) -> bytes:
        return self.digest("lasting key")

    def _reread(self) -> dict[int, bytes]:
        """The epochs that another process has added since this one started."""
        self.epochs.update(load(self.file).epochs)
        return self.epochs


def load(file: Path) -> Keyring:
    """The keys in a file.  `ConfigurationError` when it is missing, open to others, or broken."""
    try:
        mode = file.stat().st_mode
        text = file.read_text("ascii")
    except FileNotFoundError:
        raise ConfigurationError(
            f"{file}: the key file is missing. Restore it from where you keep it: "
            "without it nothing that the database holds can be read"
        ) from None
    except PermissionError:
        raise ConfigurationError(f"{file}: may not be read by this user") from None
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigurationError(f"{file}: others may read it; run: chmod 600 {file}")
    try:
        values = json.loads(text)
        return Keyring(
            file,
            values["installation"],
            base64.b64decode(values["digest"], validate=True),
            {int(e["id"]): base64.b64decode(e["key"], validate=True) for e in values["epochs"]},
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{file}: not a dlpguard key file ({type(error).__name__}); restore it from its copy"
        ) from None


def create(file: Path, now: float) -> Keyring:
    """A new key file with one epoch; readable by its owner only.  Never overwrites one."""
    _write(file, _values("i-" + secrets.token_hex(4), secrets.token_bytes(32), [_epoch(1, now)]))
    return load(file)


def rotate(keyring: Keyring, now: float) -> bool:
    """Add an epoch when the current one is a week old; returns whether one was added.

    Only for the process that holds the store's lock: two that did it at once would seal under
    keys of which one is on no disk.  Others read the file again when they meet a new epoch.
    """
    values = json.loads(keyring.file.read_text("ascii"))
    newest = max(values["epochs"], key=lambda e: int(e["id"]))
    if now - float(newest["created"]) < EPOCH_SECONDS:
        return False
    values["epochs"].append(_epoch(int(newest["id"]) + 1, now))
    temporary = keyring.file.with_name(keyring.file.name + ".new")
    temporary.unlink(missing_ok=True)
    _write(temporary, values)
    owner = keyring.file.stat()
    os.chown(temporary, owner.st_uid, owner.st_gid)
    temporary.replace(keyring.file)
    _sync_directory(keyring.file.parent)
    keyring.epochs.update(load(keyring.file).epochs)
    return True


def encrypt(key: bytes, name: str, content: bytes) -> Iterator[bytes]:
    """A body in encrypted pieces.  The nonce is the piece's number, and tells which is the last:
    pieces cannot be swapped, dropped or taken from another body (`name` is authenticated)."""
    cipher = AESGCM(key)
    view = memoryview(content)
    last = max(0, (len(content) - 1) // CHUNK)
    for number in range(last + 1):
        piece = view[number * CHUNK : (number + 1) * CHUNK]
        yield cipher.encrypt(_piece_nonce(number, is_last=number == last), piece, name.encode())


def decrypt(key: bytes, name: str, pieces: Iterable[bytes]) -> bytes:
    """The body that `encrypt` gave in pieces.  `ConfigurationError` when it was changed or cut."""
    cipher = AESGCM(key)
    content = bytearray()
    number, current = 0, None
    try:
        for number, following in enumerate(pieces):
            if current is not None:
                nonce = _piece_nonce(number - 1, is_last=False)
                content += cipher.decrypt(nonce, current, name.encode())
            current = following
        content += cipher.decrypt(_piece_nonce(number, is_last=True), current or b"", name.encode())
    except InvalidTag:
        raise ConfigurationError(
            f"body {name} is damaged: it does not decrypt. Restore it from a backup, or return it"
        ) from None
    return bytes(content)


def pieces_of(stream: BinaryIO) -> Iterator[bytes]:
    """The pieces in which `encrypt` wrote a body."""
    while piece := stream.read(CHUNK + _TAG):
        yield piece


def _piece_nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(_NONCE - 1, "big") + (b"\1" if is_last else b"\0")


def _epoch(id: int, now: float) -> dict[str, object]:
    key = base64.b64encode(AESGCM.generate_key(bit_length=256)).decode()
    return {"id": id, "created": now, "key": key}


def _values(installation: str, digest: bytes, epochs: list[dict[str, object]]) -> dict[str, object]:
    return {
        "about": "dlpguard keys. Keep a copy apart from the database. Never in a repository.",
        "installation": installation,
        "digest": base64.b64encode(digest).decode(),
        "epochs": epochs,
    }


def _write(file: Path, values: dict[str, object]) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        json.dump(values, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    _sync_directory(file.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
