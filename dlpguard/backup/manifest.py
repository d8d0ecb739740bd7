"""What a backup says of itself: of which installation, when, and which files with which digests.

It has a keyed digest over all of it, so that a backup that somebody changed is not restored.
Nothing in it is content: ids, numbers, digests.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from dlpguard.errors import ConfigurationError
from dlpguard.store.secrets import Keyring

NAME = "manifest.json"

ABOUT = "A backup of dlpguard. The keys are not in it. To put it back: dlpguard restore FOLDER"

CHUNK = 1024 * 1024
"""Bytes of a file that are read at a time."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a backup: its path in the folder, its bytes, their SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that is said of a backup.

    `version` is dlpguard's, `schema` the database's revision, `engine` its kind.  `made_at` is in
    seconds since 1970.  `epochs` are the keys that the database was used with, `needed` how much
    was sealed under each.  `messages` counts messages by state.  `head` is the end of the audit's
    chain.  `ended` are bodies that nobody needed any more when they were to be copied.  `rows`, of
    a shared database, are put back last (base64).
    """

    version: str
    schema: str
    engine: str
    made_at: float
    installation: str
    epochs: tuple[int, ...]
    needed: dict[int, dict[str, int]]
    messages: dict[str, int]
    head: tuple[int, str]
    files: tuple[File, ...] = ()
    ended: tuple[str, ...] = ()
    rows: dict[str, str] = field(default_factory=dict)
    about: str = ABOUT
    proof: str = ""

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def database(self) -> File:
        """The database's file."""
        return self.files[0]

    def kept_rows(self) -> dict[str, bytes]:
        """`rows` as the database has them."""
        return {name: base64.b64decode(value) for name, value in self.rows.items()}


def proven(manifest: Manifest, keys: Keyring) -> Manifest:
    """The same with its keyed digest."""
    return replace(manifest, proof=_proof(manifest, keys))


def encode(manifest: Manifest) -> bytes:
    """As it stands in the file."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def read(folder: Path, keys: Keyring) -> Manifest:
    """The manifest of a backup that was made with these keys.

    `ConfigurationError` when there is none, when it is another installation's, or was changed.
    """
    file = folder / NAME
    try:
        found = msgspec.json.decode(file.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise ConfigurationError(
            f"{folder}: not a backup of dlpguard, or not a whole one: it has no {NAME}"
        ) from None
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read ({error.strerror})") from None
    except msgspec.DecodeError:
        raise ConfigurationError(f"{file}: is damaged; take another backup") from None
    if found.installation != keys.installation:
        raise ConfigurationError(
            f"{keys.file}: is not the key file of this backup, but of another installation; put "
            "the right one in its place"
        )
    if found.proof != _proof(found, keys) or not found.files:
        raise ConfigurationError(f"{file}: was changed since the backup was made; take another")
    return found


def digest_of(file: Path) -> tuple[int, str]:
    """How many bytes a file has, and their SHA-256.  `OSError` when it cannot be read."""
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as stream:
        while piece := stream.read(CHUNK):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()


def _proof(manifest: Manifest, keys: Keyring) -> str:
    return keys.digest("backup", msgspec.json.encode(replace(manifest, proof=""))).hex()
