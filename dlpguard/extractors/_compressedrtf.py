"""RTF as Outlook compresses it in messages (MS-OXRTFCP)."""

from __future__ import annotations

from dlpguard.document import Unread
from dlpguard.extractors._budget import Budget, Inflation, Unreadable

_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
"""What the dictionary holds before the first byte (2.1.2.1)."""

_SIZE = 4096
_COMPRESSED, _PLAIN = b"LZFu", b"MELA"
_HEADER = 16


def inflated(content: bytes, budget: Budget) -> bytes:
    """The RTF.  A checksum that is wrong is no reason to leave it unread."""
    method = content[8:12]
    if method == _PLAIN:
        return content[_HEADER:]
    if method != _COMPRESSED:
        raise Unreadable(Unread.CORRUPT, "RTF that is compressed in an unknown way")
    inflation = Inflation(budget, len(content))
    window = bytearray(_DICTIONARY.ljust(_SIZE, b" "))
    write = len(_DICTIONARY)
    out = bytearray()
    charged = 0
    position = _HEADER
    while position < len(content):
        flags = content[position]
        position += 1
        for bit in range(8):
            if position >= len(content):
                break
            if not flags >> bit & 1:
                piece = content[position : position + 1]
                position += 1
            else:
                token = int.from_bytes(content[position : position + 2], "big")
                position += 2
                start, length = token >> 4, (token & 0xF) + 2
                if start == write:  # the end (2.2.1.2)
                    inflation.charge(len(out) - charged)
                    return bytes(out)
                piece = _copied(window, start, length, write)
            for byte in piece:
                window[write] = byte
                write = (write + 1) % _SIZE
            out += piece
        if len(out) - charged > _SIZE:
            inflation.charge(len(out) - charged)
            charged = len(out)
    return bytes(out)


def _copied(window: bytearray, start: int, length: int, write: int) -> bytes:
    """Bytes of the dictionary; a copy may reach into what it writes."""
    reach = (write - start) % _SIZE
    piece = bytes(window[(start + n) % _SIZE] for n in range(min(length, reach)))
    return (piece * (length // max(1, len(piece)) + 1))[:length]
