"""What reading may cost, and what reading gives."""

from __future__ import annotations

from collections.abc import Callable

from dlpguard.document import Block, Document, Gap, Unread
from dlpguard.limits import Limits
from dlpguard.mail import Part

_USUAL = Limits()


class Unreadable(Exception):  # noqa: N818 - it says what a file is, not what went wrong with us
    """An extractor says: this cannot be read, because.  It becomes a `Gap`."""

    def __init__(self, why: Unread, detail: str = "") -> None:
        super().__init__(why, detail)
        self.why = why
        self.detail = detail


class Defect(str):
    """The short name of a contradiction that an extractor saw; it joins `Document.defects`."""

    __slots__ = ()


Piece = Block | Gap | Document | Defect
"""What an extractor yields, in the order in which it stands in the file."""


Convert = Callable[[bytes], tuple[str, str]]
"""From a file's bytes to its text and what its properties say.

It raises `Unreadable` when there is no text to be had.
"""


def _no_clock() -> float:
    return 0.0


def _no_converter(_content: bytes) -> tuple[str, str]:
    raise Unreadable(Unread.UNSUPPORTED, "no converter")


class Budget:
    """Counts what was spent.  Every charge may raise `Unreadable`, which ends what charged it.

    Reading inside a container is charged to the same budget.
    """

    def __init__(
        self,
        limits: Limits = _USUAL,
        clock: Callable[[], float] = _no_clock,
        converter: Convert = _no_converter,
    ) -> None:
        self.limits = limits
        self._converter = converter
        self.depth = 0
        self._clock = clock
        self._members = self._inflated = self._cells = self._characters = self._pages = 0
        self._deadline = clock() + limits.seconds
        self._open: Callable[[Part, str], Document] | None = None

    def start(self, opener: Callable[[Part, str], Document]) -> None:
        """A new document: its seconds begin.  `opener` reads what lies inside containers."""
        self._deadline = self._clock() + self.limits.seconds
        self._open = opener

    def open(self, part: Part, place: str) -> Document:
        """What is inside a container, read one level deeper.  Never raises for content."""
        if self._open is None:
            raise RuntimeError("a budget opens members only while extract() reads a document")
        self.depth += 1
        try:
            return self._open(part, place)
        finally:
            self.depth -= 1

    def convert(self, content: bytes) -> tuple[str, str]:
        """The text and the properties of a file in a format that only another program reads.

        `Unreadable` when there is no such program, or it cannot read the file.
        """
        self.charge()
        return self._converter(content)

    def now(self) -> float:
        """Seconds on the budget's clock; 0.0 for ever when it has none."""
        return self._clock()

    @property
    def characters_left(self) -> int:
        """Characters of text that can still be charged."""
        return max(0, self.limits.characters - self._characters)

    def charge(
        self,
        *,
        members: int = 0,
        inflated: int = 0,
        cells: int = 0,
        characters: int = 0,
        pages: int = 0,
    ) -> None:
        """Spend; raises `Unreadable` TOO_LARGE or TOO_SLOW when there is not enough left."""
        self._members += members
        self._inflated += inflated
        self._cells += cells
        self._characters += characters
        self._pages += pages
        limits = self.limits
        if (
            self._members > limits.members
            or self._inflated > limits.inflated
            or self._cells > limits.cells
            or self._characters > limits.characters
            or self._pages > limits.pages
        ):
            raise self._exceeded()
        if self._clock() > self._deadline:
            raise Unreadable(Unread.TOO_SLOW, f"took longer than {limits.seconds:g} seconds")

    def _exceeded(self) -> Unreadable:
        """What to raise when something is spent; apart, because charges are many."""
        limits = self.limits
        name, limit = next(
            (name, limit)
            for name, spent, limit in (
                ("members of archives", self._members, limits.members),
                ("inflated bytes", self._inflated, limits.inflated),
                ("cells", self._cells, limits.cells),
                ("characters", self._characters, limits.characters),
                ("pages", self._pages, limits.pages),
            )
            if spent > limit
        )
        return Unreadable(Unread.TOO_LARGE, f"more than {limit} {name}")


class Inflation:
    """Watches what comes out of one compressed container, on real output, never on its promises."""

    def __init__(self, budget: Budget, compressed: int) -> None:
        self._budget = budget
        self._most = max(budget.limits.ratio_from, compressed * budget.limits.ratio)
        self._inflated = 0

    def charge(self, inflated: int) -> None:
        """So many bytes came out; raises `Unreadable` when it was too many."""
        self._inflated += inflated
        if self._inflated > self._most:
            ratio = self._budget.limits.ratio
            raise Unreadable(Unread.TOO_LARGE, f"inflates to more than {ratio} times its size")
        self._budget.charge(inflated=inflated)
