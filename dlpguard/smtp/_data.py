"""The bytes between 354 and the final dot, taken as they come off the wire.

Work is per piece, not per line, so that 5 MB cost 5 ms instead of 110.  Only CR LF . CR LF ends a
message (RFC 5321 4.1.1.4): what other programs may take for an end is refused, or becomes content,
so that nothing can be smuggled behind it.
"""

from __future__ import annotations

import io
import re
from enum import Enum, auto
from typing import Protocol

END = b"\r\n.\r\n"

_FIRST_ON_A_LINE = re.compile(rb"\n\.")


class Fault(Enum):
    """Why a message cannot be taken."""

    TOO_BIG = auto()
    BARE = auto()
    """It has a bare CR, a bare LF or a NUL."""


class Keeper(Protocol):
    """Where the content of a message goes as it comes."""

    def keep(self, piece: bytes) -> None:
        """The next bytes.  Never waits."""

    def forget(self) -> None:
        """Nothing of the message is wanted any more.  Never waits; may be called more than once."""


class InMemory:
    """Keeps a message in memory."""

    def __init__(self) -> None:
        self._content = bytearray()

    @property
    def content(self) -> bytes:
        """All that was kept."""
        return bytes(self._content)

    def keep(self, piece: bytes) -> None:
        """The next bytes."""
        self._content += piece

    def forget(self) -> None:
        """Nothing of it is wanted any more."""
        self._content = bytearray()


class Body:
    """One message being received: its content, without dot-stuffing, goes to `keeper`.

    The content is empty, or ends in CR LF.  `size` is how many bytes of it came so far.  After a
    fault, what still comes is counted and forgotten: the client gets its answer when it has sent
    the dot.  With `normalise`, bare line ends become CR LF before dots are unstuffed (as Postfix
    does it).
    """

    def __init__(self, limit: int, keeper: Keeper, *, normalise: bool = False) -> None:
        self.size = 0
        self.fault: Fault | None = None
        self._limit = limit
        self._keeper = keeper
        self._normalise = normalise
        # The line before the first one has ended; its end is not content.
        self._held_back = b"\r\n"
        self._is_first = True
        self._after_bare_end = False

    def feed(self, data: bytes) -> bytes | None:
        """Take what came.  None: more is to come; otherwise the bytes behind the end."""
        data = self._held_back + data
        # A byte is found at once, five of them are not: what is attached has no dot in it.
        end = data.find(END) if b"." in data else -1
        if end >= 0:
            self._held_back = b""
            self._take(data[: end + 2])
            return data[end + len(END) :]
        cut = len(data) - _beginning_of_end(data)
        self._held_back = data[cut:]
        self._take(data[:cut])
        return None

    def _take(self, piece: bytes) -> None:
        """Check and hand on a piece.  Pieces never split CR LF, nor CR LF from a dot behind it."""
        if not piece:
            return
        if self.fault:
            self.size += len(piece)
            return
        if has_bare_line_ends(piece):
            if not self._normalise:
                self._give_up(Fault.BARE)
                return
            piece = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
        if b"\0" in piece:
            self._give_up(Fault.BARE)
            return
        goes_on_line = not self._after_bare_end
        self._after_bare_end = piece.endswith(b"\r\n")
        if may_have_stuffing(piece):
            piece = piece.replace(b"\r\n.", b"\r\n")
        if self._is_first:
            self._is_first = False
            piece = piece[2:]
        elif not goes_on_line:
            piece = piece.removeprefix(b".")
        self.size += len(piece)
        if self.size > self._limit:
            self._give_up(Fault.TOO_BIG)
            return
        if piece:
            self._keeper.keep(piece)

    def _give_up(self, fault: Fault) -> None:
        self.fault = fault
        self._keeper.forget()


def _beginning_of_end(data: bytes) -> int:
    """How many of the last bytes may be the beginning of `END`."""
    for length in range(len(END) - 1, 0, -1):
        if data.endswith(END[:length]):
            return length
    return 0


def may_have_stuffing(piece: bytes) -> bool:
    """Whether a line in a piece begins with a dot.  To ask takes half as long as to replace it, and
    no time where there is no dot, as in what is attached."""
    return b"." in piece and _FIRST_ON_A_LINE.search(piece) is not None


def has_bare_line_ends(piece: bytes) -> bool:
    """Whether a piece, which splits no CR LF, has a CR or LF by itself."""
    # What reads text files knows which line ends it has met, in a quarter of the time of counting
    # the three of them.
    reader = io.IncrementalNewlineDecoder(None, translate=False)
    reader.decode(piece.decode("latin-1"), final=True)
    return reader.newlines not in {None, "\r\n"}
