"""A message on its way in: its header is seen whole before anything of it is handed on."""

from __future__ import annotations

from collections.abc import Callable

from dlpguard.smtp import _trace, replies
from dlpguard.smtp._data import Keeper


class Incoming:
    """Keeps the header back until it is whole, then hands all on but the fields of our namespace.

    A refused message is forgotten at once; the reply waits for the dot.  Memory: the header, of
    which no more than `HEADER_LIMIT` is taken.
    """

    def __init__(self, keeper: Keeper, refuse: Callable[[bytes], str | None]) -> None:
        """`refuse` is asked with the header as it came: a reply, or None for one that is taken."""
        self.size = 0
        """Bytes that were handed on."""
        self._keeper = keeper
        self._refuse = refuse
        self._refusal: str | None = None
        self._top: bytearray | None = bytearray()

    def keep(self, piece: bytes) -> None:
        """The next bytes."""
        if self._top is None:
            self._hand_on(piece)
            return
        looked_at = len(self._top)
        self._top += piece
        end = _trace.end_of_header(self._top, looked_at)
        if end is not None:
            self._open(end)
        elif len(self._top) > _trace.HEADER_LIMIT:
            self._give_up(replies.HEADER_TOO_BIG)

    def forget(self) -> None:
        """Nothing of it is wanted any more."""
        self._top = None
        self._keeper.forget()

    def end(self) -> str | None:
        """The message is whole: the reply that refuses it, or None."""
        if self._top is not None:
            self._open(len(self._top))  # there was nothing but a header
        return self._refusal

    def _open(self, end: int) -> None:
        """The header ends here: look at it, and begin to hand on."""
        assert self._top is not None
        header, rest = bytes(self._top[:end]), bytes(self._top[end:])
        self._top = None
        refusal = self._refuse(header)
        if refusal:
            self._give_up(refusal)
            return
        self._hand_on(_trace.without_ours(header))
        self._hand_on(rest)

    def _hand_on(self, piece: bytes) -> None:
        if piece and not self._refusal:
            self.size += len(piece)
            self._keeper.keep(piece)

    def _give_up(self, refusal: str) -> None:
        self._refusal = refusal
        self.forget()
