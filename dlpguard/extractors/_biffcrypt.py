"""Workbooks that Excel opens without asking: encrypted with its own default password.

Protecting the structure of a workbook encrypts it with `VelvetSweatshop` (MS-OFFCRYPTO 2.3.5 to
2.3.7; MS-XLS 2.2.10).  Whoever gets it reads it, and so do we; other passwords are not tried.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable

from dlpguard.extractors import _biffxor
from dlpguard.extractors._biff import BOF
from dlpguard.extractors._budget import Budget

_PASSWORD = "VelvetSweatshop"  # noqa: S105 - public, and in every copy of Excel
_BLOCK = 1024
"""Bytes of the stream after which the key changes."""

_PLAIN = frozenset({0x002F, 0x00E1, 0x00E2, 0x0138, 0x0194, 0x0195, 0x0196, *BOF})
"""Records that stay as they are (MS-XLS 2.2.10)."""

_BOUND_SHEET = 0x0085
_XOR, _RC4 = 0, 1
_OF_EXCEL_5 = 4
"""Bytes of a FILEPASS record that holds a key and a verifier only."""

Key = Callable[[int], bytes]


def opened(stream: bytes, filepass: bytes, budget: Budget) -> bytes | None:
    """The stream in clear; None when it needs another password or is encrypted in another way."""
    kind, major, minor = struct.unpack_from("<HHH", filepass.ljust(6, b"\0"))
    if len(filepass) == _OF_EXCEL_5:
        return _laid_bare(stream, kind, major, budget)
    if kind == _XOR:
        return _laid_bare(stream, major, minor, budget)
    if kind != _RC4:
        return None
    key = _rc4_key(filepass) if (major, minor) == (1, 1) else _crypto_api_key(filepass)
    return None if key is None else _decrypted(stream, key, budget)


def _laid_bare(stream: bytes, key: int, verifier: int, budget: Budget) -> bytes | None:
    """The stream without what was laid over its records."""
    over = _biffxor.overlay(_PASSWORD.encode("ascii"), key, verifier)
    if over is None:
        return None
    bare = bytearray(stream)
    position = 0
    while position + 4 <= len(stream):
        budget.charge()
        kind, size = struct.unpack_from("<HH", stream, position)
        start, end = position + 4, min(position + 4 + size, len(stream))
        begin = start + _plain(kind, size)
        if begin < end:
            bare[begin:end] = _biffxor.clear(stream[begin:end], over, begin + size)
        position = start + size
    return bytes(bare)


def _plain(kind: int, size: int) -> int:
    """How many of the first bytes of a record's data are not encrypted."""
    if kind in _PLAIN:
        return size
    return min(size, 4) if kind == _BOUND_SHEET else 0


def _rc4_key(filepass: bytes) -> Key | None:
    salt, verifier, digest = (filepass[6 + 16 * n : 22 + 16 * n] for n in range(3))
    base = base_key(_PASSWORD, salt)

    def key(block: int) -> bytes:
        return hashlib.md5(base + struct.pack("<I", block), usedforsecurity=False).digest()

    proof = _xored(verifier + digest, rc4(key(0), 32))
    right = hashlib.md5(proof[:16], usedforsecurity=False).digest() == proof[16:]
    return key if right else None


def base_key(password: str, salt: bytes) -> bytes:
    """Five bytes that the keys of all blocks are made of (MS-OFFCRYPTO 2.3.6.2)."""
    start = hashlib.md5(password.encode("utf-16-le"), usedforsecurity=False).digest()[:5]
    return hashlib.md5((start + salt) * 16, usedforsecurity=False).digest()[:5]


def _crypto_api_key(filepass: bytes) -> Key | None:
    """After type and version: flags, the header's length, the header, and the verifier."""
    length = int.from_bytes(filepass[10:14], "little")
    bits = int.from_bytes(filepass[30:34], "little") or 40
    verifier = filepass[14 + length :]
    if len(verifier) < 60 or bits > 128:
        return None
    salt = verifier[4:20]
    base = hashlib.sha1(salt + _PASSWORD.encode("utf-16-le"), usedforsecurity=False).digest()

    def key(block: int) -> bytes:
        made = hashlib.sha1(base + struct.pack("<I", block), usedforsecurity=False).digest()
        return made[: bits // 8].ljust(16 if bits == 40 else 0, b"\0")

    proof = _xored(verifier[20:36] + verifier[40:60], rc4(key(0), 36))
    right = hashlib.sha1(proof[:16], usedforsecurity=False).digest() == proof[16:36]
    return key if right else None


def _decrypted(stream: bytes, key: Key, budget: Budget) -> bytes:
    """Everything decrypted, then what was never encrypted put back: headers, and some records."""
    clear = bytearray()
    for start in range(0, len(stream), _BLOCK):
        budget.charge()
        block = stream[start : start + _BLOCK]
        clear += _xored(block, rc4(key(start // _BLOCK), len(block)))
    position = 0
    while position + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, position)
        plain = 4 + _plain(kind, size)
        clear[position : position + plain] = stream[position : position + plain]
        position += 4 + size
    return bytes(clear[: len(stream)])


def _xored(one: bytes, other: bytes) -> bytes:
    size = min(len(one), len(other))
    number = int.from_bytes(one[:size], "little") ^ int.from_bytes(other[:size], "little")
    return number.to_bytes(size, "little")


def rc4(key: bytes, length: int) -> bytes:
    """So many bytes of the key stream.

    >>> rc4(b"Key", 5).hex()
    'eb9f7781b7'
    """
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    stream = bytearray()
    i = j = 0
    for _ in range(length):
        i = (i + 1) & 255
        a = state[i]
        j = (j + a) & 255
        b = state[j]
        state[i], state[j] = b, a
        stream.append(state[(a + b) & 255])
    return bytes(stream)
