"""The keys, and what is encrypted and digested with them.

The key file lives outside the database: JSON with one digest key, which never changes because
digests are compared over months, and the epoch keys.  An epoch key wraps the keys of bodies and
seals small fields; destroying it (`store.epochs`) erases what the database's write-ahead log and
its backups still hold.  A body has a key of its own (AES-256-GCM, NIST SP 800-38D).

A field is sealed in one of two forms: under the epoch key itself (`seal`), or under a key of its
own that stands in front, sealed (`seal_lasting`): it can be sealed again under a newer epoch while
the bytes that the audit is a digest of (`lasting`) stay the same.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hmac
import json
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dlpguard import faults
from dlpguard.errors import ConfigurationError, KeyDestroyedError
from dlpguard.store.syncing import sync_directory

EPOCH_SECONDS = 7 * 86400
"""How long an epoch key is used for new data.  A week: what must be erased waits a week at most
beyond its own retention, and a year of keys stays a short list."""

LOOK_SECONDS = 1.0
"""How often a process looks whether another has changed the key file: whoever seals is at most so
far behind, and an epoch is only destroyed an hour after its last use (`store.epochs`)."""

_NONCE, _EPOCH = 12, 4
_OWN_KEY = _EPOCH + _NONCE + 32 + 16
"""Bytes in front of what is sealed to last: epoch, nonce, its own key, tag."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of one installation.  Made by `load` or `create`."""

    file: Path
    installation: str
    """Our own id in `Received` fields: tells a message that went in a circle."""
    digest_key: bytes = field(repr=False)
    epochs: dict[int, bytes] = field(repr=False)
    created: dict[int, float] = field(default_factory=dict)
    """When each epoch was made."""
    _looked: list[float] = field(default_factory=lambda: [0.0, 0.0], repr=False, compare=False)
    """When we looked at the file last, and how old it was then."""

    _ciphers: dict[int, AESGCM] = field(default_factory=dict, repr=False, compare=False)
    """Made once for each epoch: that takes four times as long as sealing a field."""

    @property
    def current(self) -> int:
        """The epoch under which new data is sealed."""
        self._look()
        return max(list(self.epochs))  # a list: another thread may add one

    def digest(self, purpose: str, *parts: str | bytes) -> bytes:
        """A keyed digest (HMAC-SHA256, 32 bytes) by which equal values can be found and counted.

        `purpose` keeps digests of different things apart; the parts are framed, so that
        ("ab", "c") and ("a", "bc") differ.
        """
        framed = [purpose.encode() + b"\0"]
        for part in parts:
            data = part.encode() if isinstance(part, str) else part
            framed += (len(data).to_bytes(8, "big"), data)
        # In one call: a third of the time of an object for each, of which a mailing has thousands.
        return hmac.digest(self.digest_key, b"".join(framed), "sha256")

    def seal(self, data: bytes, context: str) -> bytes:
        """Encrypt a small field.  `context` (what it is, of which row) opens it again."""
        nonce = secrets.token_bytes(_NONCE)
        epoch = self.current
        sealed = self._cipher(epoch, self.epochs[epoch]).encrypt(nonce, data, context.encode())
        return mark(epoch) + nonce + sealed

    def open(self, sealed: bytes, context: str) -> bytes:
        """What was sealed.  `KeyDestroyedError` when its epoch is gone."""
        epoch = epoch_of(sealed)
        key = self.epochs.get(epoch)
        if key is None:
            key = self._reread().get(epoch)
        if key is None:
            raise KeyDestroyedError(f"the key of epoch {epoch} is not in {self.file}")
        nonce = sealed[_EPOCH : _EPOCH + _NONCE]
        return self._opened(self._cipher(epoch, key), nonce, sealed[_EPOCH + _NONCE :], context)

    def seal_lasting(self, data: bytes, context: str) -> bytes:
        """Encrypt a field that outlives epochs, or that the audit is a digest of."""
        key = AESGCM.generate_key(bit_length=256)
        # A key that is used once can do with a nonce of noughts.
        own = self.seal(key, _own_key(context))
        return own + AESGCM(key).encrypt(bytes(_NONCE), data, context.encode())

    def open_lasting(self, sealed: bytes, context: str) -> bytes:
        """What was sealed to last.  `KeyDestroyedError` as for `open`."""
        key = self.open(sealed[:_OWN_KEY], _own_key(context))
        return self._opened(AESGCM(key), bytes(_NONCE), sealed[_OWN_KEY:], context)

    def reseal(self, sealed: bytes, context: str, *, lasts: bool = False) -> bytes:
        """The same under the current epoch; `lasts`: it was sealed to last.  Errors as `open`."""
        if lasts:
            return self.reseal(sealed[:_OWN_KEY], _own_key(context)) + sealed[_OWN_KEY:]
        return self.seal(self.open(sealed, context), context)

    def refresh(self) -> None:
        """Take the epochs from the file as it is now.  `ConfigurationError` as for `load`."""
        found = load(self.file)
        self._looked[:] = found._looked
        self.epochs.update(found.epochs)
        self.created.update(found.created)
        for gone in self.epochs.keys() - found.epochs.keys():
            self.epochs.pop(gone, None)
            self.created.pop(gone, None)
            self._ciphers.pop(gone, None)

    def _cipher(self, epoch: int, key: bytes) -> AESGCM:
        cipher = self._ciphers.get(epoch)
        if cipher is None:
            cipher = self._ciphers[epoch] = AESGCM(key)
        return cipher

    def _opened(self, cipher: AESGCM, nonce: bytes, sealed: bytes, context: str) -> bytes:
        try:
            return cipher.decrypt(nonce, sealed, context.encode())
        except (InvalidTag, ValueError):  # ValueError: too short to be anything
            raise ConfigurationError(
                f"{self.file}: its keys do not open {context.partition(':')[0]}; "
                "is it the key file of this database?"
            ) from None

    def _reread(self) -> dict[int, bytes]:
        """The epochs that another process has added since this one started."""
        self.refresh()
        return self.epochs

    def _look(self) -> None:
        """Notice that another process has added or destroyed an epoch."""
        if time.monotonic() - self._looked[0] < LOOK_SECONDS:
            return
        self._looked[0] = time.monotonic()
        # A file that cannot be read now is no reason to refuse mail: the keys in hand are right,
        # and the next start says what is wrong with it.
        with contextlib.suppress(OSError, ConfigurationError):
            if self.file.stat().st_mtime != self._looked[1]:
                self.refresh()


def _own_key(context: str) -> str:
    """Another context, so that nobody opens the key for what it opens."""
    return f"key of {context}"


def epoch_of(sealed: bytes) -> int:
    """The epoch under which something was sealed."""
    return int.from_bytes(sealed[:_EPOCH], "big")


def mark(epoch: int) -> bytes:
    """How everything begins that was sealed under an epoch."""
    return epoch.to_bytes(_EPOCH, "big")


def lasting(sealed: bytes) -> bytes:
    """What of a field that was sealed to last is the same under every epoch."""
    return sealed[_OWN_KEY:]


def load(file: Path) -> Keyring:
    """The keys in a file.  `ConfigurationError` when it is missing, open to others, or broken."""
    try:
        status = file.stat()
        text = file.read_text("ascii")
    except FileNotFoundError:
        raise ConfigurationError(
            f"{file}: the key file is missing. Restore it from where you keep it: "
            "without it nothing that the database holds can be read"
        ) from None
    except PermissionError:
        raise ConfigurationError(f"{file}: may not be read by this user") from None
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise ConfigurationError(f"{file}: others may read it; run: chmod 600 {file}")
    try:
        values = json.loads(text)
        return Keyring(
            file,
            values["installation"],
            base64.b64decode(values["digest"], validate=True),
            {int(e["id"]): base64.b64decode(e["key"], validate=True) for e in values["epochs"]},
            {int(e["id"]): float(e["created"]) for e in values["epochs"]},
            [time.monotonic(), status.st_mtime],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{file}: not a dlpguard key file ({type(error).__name__}); restore it from its copy"
        ) from None


def create(file: Path, now: float) -> Keyring:
    """A new key file with one epoch; readable by its owner only.  Never overwrites one."""
    _write(file, _values("i-" + secrets.token_hex(4), secrets.token_bytes(32), [_epoch(1, now)]))
    return load(file)


def rotate(
    keyring: Keyring,
    now: float,
    may_add: Callable[[int], bool] = lambda _: True,
    *,
    force: bool = False,
) -> bool:
    """Add an epoch when the current one is a week old (`force`: at once); whether one was added.

    `may_add` is asked for the new epoch's number before.  Two processes may do it at the same time.
    Others notice within `LOOK_SECONDS`.
    """

    def add(epochs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        newest = max(epochs, key=lambda e: int(e["id"]))
        if not force and now - float(newest["created"]) < EPOCH_SECONDS:
            return epochs
        id = int(newest["id"]) + 1
        return [*epochs, _epoch(id, now)] if may_add(id) else epochs

    return _change(keyring, add)


def destroy(keyring: Keyring, epoch: int) -> bool:
    """Take an epoch's key out of the file for good, and overwrite the file that had it.

    Returns whether it was there.  The caller has made sure that nothing needs it (`store.epochs`).
    The newest epoch is never destroyed.
    """

    def remove(epochs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        newest = max(int(e["id"]) for e in epochs)
        return [e for e in epochs if int(e["id"]) != epoch or epoch == newest]

    return _change(keyring, remove)


def _change(keyring: Keyring, edit: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> bool:
    """Replace the key file by a changed one; whether there was a change.

    At every moment the file is the old one or the new one, whole and on the disk.
    """
    try:
        changed = _replace(keyring.file, edit)
    except OSError as error:
        raise ConfigurationError(
            f"{keyring.file}: cannot be replaced ({error.strerror}); dlpguard makes a new key "
            "every week and destroys old ones: it needs to write in the file's directory"
        ) from None
    if changed:
        keyring.refresh()
    return changed


def _replace(file: Path, edit: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> bool:
    with _locked(file.parent):
        values = json.loads(file.read_text("ascii"))
        changed = edit(values["epochs"])
        if changed == values["epochs"]:
            return False
        temporary = file.with_name(file.name + ".new")
        _wipe(temporary)  # of a change that a crash interrupted
        _write(temporary, values | {"epochs": changed})
        owner = file.stat()
        os.chown(temporary, owner.st_uid, owner.st_gid)
        faults.at("key-written")
        with file.open("r+b") as old:
            temporary.replace(file)
            sync_directory(file.parent)
            faults.at("key-rotated")
            _overwrite(old)
    return True


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _wipe(file: Path) -> None:
    """Overwrite and remove a file that may not be there."""
    with contextlib.suppress(FileNotFoundError):
        with file.open("r+b") as stream:
            _overwrite(stream)
        file.unlink()


def _overwrite(stream: BinaryIO) -> None:
    """Noughts over every byte.  It is as much as a program can do: what a disk or a file system
    keeps elsewhere (snapshots, spare blocks) is beyond it."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    stream.write(bytes(size))
    stream.flush()
    os.fsync(stream.fileno())


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
    sync_directory(file.parent)
