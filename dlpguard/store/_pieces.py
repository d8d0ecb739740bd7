"""A body in encrypted pieces: written as it comes, read as it goes, never whole in memory.

Each piece is AES-256-GCM (NIST SP 800-38D) under the body's own key.  The nonce is the piece's
number and tells which is the last, and the body's name is authenticated with each: pieces cannot
be swapped, dropped, added or taken from another body.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dlpguard.errors import ConfigurationError

CHUNK = 256 * 1024
"""Bytes of a body that are encrypted at a time: bounded memory, and 16 bytes of cost per chunk."""

_NONCE, _TAG = 12, 16


class Encryption:
    """One body being encrypted.  A piece is held back until it is known whether it is the last."""

    def __init__(self, key: bytes, name: str) -> None:
        self._cipher = AESGCM(key)
        self._name = name.encode()
        self._held_back = bytearray()
        self._number = 0

    def add(self, data: bytes | bytearray) -> Iterator[bytes]:
        """The pieces that are complete with this.  To be taken to the end before the next call."""
        self._held_back += data
        while len(self._held_back) > CHUNK:
            piece = bytes(memoryview(self._held_back)[:CHUNK])
            del self._held_back[:CHUNK]
            yield self._encrypted(piece, is_last=False)

    def end(self) -> bytes:
        """The last piece, which is empty where the body is."""
        piece, self._held_back = bytes(self._held_back), bytearray()
        return self._encrypted(piece, is_last=True)

    def _encrypted(self, piece: bytes, *, is_last: bool) -> bytes:
        nonce = _nonce(self._number, is_last=is_last)
        self._number += 1
        return self._cipher.encrypt(nonce, piece, self._name)


def encrypt(key: bytes, name: str, content: bytes) -> bytes:
    """A body that is there already, its pieces one behind the other."""
    encryption = Encryption(key, name)
    return b"".join(encryption.add(content)) + encryption.end()


def decrypt(key: bytes, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The body that was stored in these pieces, in pieces of `CHUNK` bytes.

    `ConfigurationError` when it was changed or cut, at the first piece from which that shows.
    """
    cipher = AESGCM(key)
    try:
        for number, (piece, is_last) in enumerate(_with_last(pieces)):
            yield cipher.decrypt(_nonce(number, is_last=is_last), piece, name.encode())
    except InvalidTag:
        raise ConfigurationError(
            f"body {name} is damaged: it does not decrypt. Restore it from a backup, or return it"
        ) from None


def stored(stream: BinaryIO) -> Iterator[bytes]:
    """The pieces of a body that stand in a stream one behind the other."""
    while piece := stream.read(CHUNK + _TAG):
        yield piece


def _with_last(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each piece, and whether it is the last; of nothing an empty one, which no body has."""
    held_back: bytes | None = None
    for piece in pieces:
        if held_back is not None:
            yield held_back, False
        held_back = piece
    yield held_back or b"", True


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(_NONCE - 1, "big") + (b"\1" if is_last else b"\0")
