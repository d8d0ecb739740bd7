"""Dot-stuffing (RFC 5321 4.5.2): the one thing that is done to bytes on their way out."""

from __future__ import annotations

from collections.abc import Iterator

from dlpguard.smtp._data import has_bare_line_ends, may_have_stuffing

_PIECE = 1 << 18
"""Bytes that are stuffed and written at a time: the others' turn comes every millisecond."""


class Stuffing:
    """A message, in pieces cut anywhere, as it goes over the wire before the final dot.

    `ValueError` for what must never be sent: bare line ends, or an end that is no CR LF.
    """

    def __init__(self) -> None:
        # The line before the first one has ended; its end is not content.
        self._held_back = b"\r\n"
        self._is_first = True

    def add(self, piece: bytes, *, is_clean: bool = False) -> Iterator[bytes]:
        """What of the message can go with this piece; to be taken to the end.

        `is_clean`: somebody has looked already that it has no bare line ends.
        """
        for at in range(0, len(piece), _PIECE):
            if wire := self._stuffed(piece[at : at + _PIECE], is_clean):
                yield wire

    def end(self) -> bytes:
        """What is left when the last piece has been added."""
        if self._held_back != b"\r\n":
            raise ValueError("a message must end in CR LF")
        return b"" if self._is_first else self._held_back

    def _stuffed(self, piece: bytes, is_clean: bool) -> bytes:
        data = self._held_back + piece
        self._held_back = (
            b"\r\n" if data.endswith(b"\r\n") else b"\r" if data.endswith(b"\r") else b""
        )
        data = data[: len(data) - len(self._held_back)]
        if not is_clean and has_bare_line_ends(data):
            raise ValueError("a message with bare line ends cannot be sent")
        if may_have_stuffing(data):
            data = data.replace(b"\r\n.", b"\r\n..")
        if self._is_first and data:
            self._is_first = False
            data = data[2:]
        return data
