"""The oldest encryption of Excel files, which hides bytes and protects nothing.

Sixteen bytes made of the password are laid over the data of each record, and the bits of each byte
are turned (MS-OFFCRYPTO 2.3.7, "binary document XOR obfuscation, method 1"; MS-XLS 2.2.10).
"""

from __future__ import annotations

_INITIAL = (
    0xE1F0, 0x1D0F, 0xCC9C, 0x84C0, 0x110C, 0x0E10, 0xF1CE, 0x313E, 0x1872, 0xE139, 0xD40F, 0x84F9,
    0x280C, 0xA96A, 0x4EC3,
)  # fmt: skip
"""What the key begins with, by the length of the password (MS-OFFCRYPTO 2.3.7.1)."""

_FIRST_OF_ROW = (
    0xAEFC, 0x7B61, 0x4563, 0x0375, 0xD849, 0x6F45, 0xEB23, 0x47D3, 0xB861, 0x45A0, 0xAA51, 0x76B4,
    0x3730, 0x3331, 0x1021,
)  # fmt: skip
"""The first number in each row of the matrix there; the other six follow from it."""

_PADDING = bytes.fromhex("bbffffbaffffb98000be0f00bf0f00")
_TURNED = bytes((byte << 3 | byte >> 5) & 0xFF for byte in range(256))
"""Each byte with its bits turned, five to the right."""

_SIZE = 16


def overlay(password: bytes, key: int, verifier: int) -> bytes | None:
    """The sixteen bytes that a password of up to 15 characters gives; None when it is a wrong one.

    `key` and `verifier` stand in the file.
    """
    if (key, verifier) != (_key(password), _verifier(password)):
        return None
    halves = key.to_bytes(2, "little")
    padded = (password + _PADDING)[:_SIZE]
    mixed = (byte ^ halves[index % 2] for index, byte in enumerate(padded))
    return bytes((byte >> 1 | byte << 7) & 0xFF for byte in mixed)


def clear(data: bytes, over: bytes, offset: int) -> bytes:
    """Data in clear: `offset` is where it begins in the stream, plus the length of its record."""
    start = offset % _SIZE
    size = len(data)
    keys = (over * (size // _SIZE + 2))[start : start + size]
    number = int.from_bytes(data, "little") ^ int.from_bytes(keys, "little")
    return number.to_bytes(size, "little").translate(_TURNED)


def _key(password: bytes) -> int:
    """Two bytes of the password, which are found in the file (2.3.7.1)."""
    key = _INITIAL[len(password) - 1]
    # The last character has the last row; a short password leaves out the first rows.
    for first, character in zip(_FIRST_OF_ROW[::-1], reversed(password), strict=False):
        element = first
        for bit in range(7):
            if character >> bit & 1:
                key ^= element
            element = element << 1 & 0xFFFF ^ (0x1021 if element & 0x8000 else 0)
    return key


def _verifier(password: bytes) -> int:
    """Fifteen bits of the password, shifted in from its end, its length last (2.3.7.1)."""
    verifier = 0
    for byte in (*reversed(password), len(password)):
        verifier = (verifier << 1 & 0x7FFF | verifier >> 14) ^ byte
    return verifier ^ 0xCE4B
