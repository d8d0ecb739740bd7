"""Dot-stuffing (RFC 5321 4.5.2): the one thing that is done to bytes on their way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dlpguard.smtp._data import has_bare_line_ends

_PIECE = 1 << 18
"""Bytes that are stuffed and written at a time: the others' turn comes every millisecond."""


def stuffed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A message, in pieces cut anywhere, as it goes over the wire before the final dot.

    `ValueError` for what must never be sent: bare line ends, or an end that is no CR LF.
    """
    held_back = b"\r\n"
    is_first = True
    for piece in _small(pieces):
        data = held_back + piece
        held_back = b"\r\n" if data.endswith(b"\r\n") else b"\r" if data.endswith(b"\r") else b""
        data = data[: len(data) - len(held_back)]
        if has_bare_line_ends(data):
            raise ValueError("a message with bare line ends cannot be sent")
        data = data.replace(b"\r\n.", b"\r\n..")
        if is_first and data:
            is_first = False
            data = data[2:]
        if data:
            yield data
    if held_back != b"\r\n":
        raise ValueError("a message must end in CR LF")
    if not is_first:
        yield held_back


def _small(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        if len(piece) <= _PIECE:
            yield piece
        else:
            yield from (piece[at : at + _PIECE] for at in range(0, len(piece), _PIECE))
