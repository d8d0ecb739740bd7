"""A body in encrypted pieces: written as it comes, read as it goes, never whole in memory.

Each piece is AES-256-GCM (NIST SP 800-38D) under the body's own key.  The nonce is the piece's
number and tells which is the last, and the body's name is authenticated with each: pieces cannot
be swapped, dropped, added or taken from another body.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dlpguard.errors import ConfigurationError

CHUNK = 256 * 1024
"""Bytes of a body that are encrypted at a time: bounded memory, and 16 bytes of cost per chunk."""

_NONCE, _TAG = 12, 16

STORED = CHUNK + _TAG
"""Bytes of such a chunk once it is encrypted."""

NOT_YET = b""
"""In place of a piece: the next one has to be waited for.  No encrypted piece is empty."""


class Encryption:
    """One body being encrypted.  A piece is held back until it is known whether it is the last."""

    def __init__(self, key: bytes, name: str) -> None:
        self._cipher = AESGCM(key)
        self._name = name.encode()
        self._held_back = bytearray()
        self._number = 0

    def add(self, data: bytes | bytearray) -> Iterator[bytes]:
        """The pieces that are complete with this.  To be taken to the end before the next call."""
        at = 0
        while len(self._held_back) + len(data) - at > CHUNK:
            end = at + CHUNK - len(self._held_back)
            self._held_back += memoryview(data)[at:end]
            at = end
            yield self._encrypted(self._held_back, is_last=False)
            self._held_back.clear()
        self._held_back += memoryview(data)[at:] if at else data

    def end(self) -> bytes:
        """The last piece, which is empty where the body is."""
        piece, self._held_back = self._held_back, bytearray()
        return self._encrypted(piece, is_last=True)

    def _encrypted(self, piece: bytes | bytearray, *, is_last: bool) -> bytes:
        nonce = _nonce(self._number, is_last=is_last)
        self._number += 1
        return self._cipher.encrypt(nonce, piece, self._name)


def encrypt(key: bytes, name: str, content: bytes) -> bytes:
    """A body that is there already, its pieces one behind the other."""
    if len(content) <= CHUNK:
        return AESGCM(key).encrypt(_nonce(0, is_last=True), content, name.encode())
    encryption = Encryption(key, name)
    return b"".join(encryption.add(content)) + encryption.end()


def decrypt(
    key: bytes, name: str, size: int, pieces: Iterable[bytes | memoryview]
) -> Generator[bytes, None, None]:
    """The body of `size` bytes that was stored in these pieces, in pieces of `CHUNK` bytes.

    What is `NOT_YET` is passed on.  `ConfigurationError` when the body was changed or cut, at the
    first piece from which that shows.
    """
    cipher = AESGCM(key)
    last = max(0, size - 1) // CHUNK
    number = 0
    try:
        for piece in pieces:
            if not piece:
                yield NOT_YET
                continue
            yield cipher.decrypt(_nonce(number, is_last=number == last), piece, name.encode())
            number += 1
    except InvalidTag:
        raise _damaged(name) from None
    if number != last + 1:
        raise _damaged(name)


def _damaged(name: str) -> ConfigurationError:
    return ConfigurationError(
        f"body {name} is damaged: it does not decrypt. Restore it from a backup, or return it"
    )


def cut(content: bytes) -> Iterator[bytes]:
    """The pieces of a body that stand in memory one behind the other."""
    for at in range(0, len(content), STORED):
        yield content[at : at + STORED]


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(_NONCE - 1, "big") + (b"\1" if is_last else b"\0")
