"""Cells of a worksheet that hold a number, a plain text or nothing, taken from its bytes.

Nearly all cells of a large workbook are spelt alike, and a parser of XML calls five times for each:
here a run of them is one element, which takes a third of the time.  Whatever is spelt otherwise is
left for the parser, so nothing depends on how a program writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dlpguard.extractors._leftout import told_apart

ELEMENT = "plain-cells"
"""What stands in the place of a run; its attribute `n` says which."""

_MARK = ELEMENT.encode()

_FORMULA = r'<f(?: [a-z]{1,5}="[A-Za-z0-9:]{1,30}+")*+(?:/>|>[^<"&]{0,500}+</f>)'
"""One without a text in it; what a sheet shows is what it has come to."""

_TEXT = r'<is><t(?: xml:space="preserve")?+>[ -%\'-;=?-~]{1,32767}+</t></is>'
"""One in ASCII, in which nothing is markup or stands for something else."""

_RUN = re.compile(
    rb'(?:<c r="[A-Z]{1,3}+[0-9]{1,7}+"(?: s="[0-9]{1,6}+")?+'
    rb'(?:/>|(?: t="[ns]")?+>(?:%b)?+<v>[-+.0-9Ee]{1,40}+</v></c>| t="inlineStr">%b</c>))+'
    rb'(?=<c r="|</row>)' % (_FORMULA.encode(), _TEXT.encode())
)
"""What follows must say itself where it stands: others stand beside the cell before."""

_CELL = re.compile(
    r'<c r="([A-Z]+)\d+"(?: s="(\d+)")?(?: t="([A-Za-z]+)")?>'
    r"(?:<f[^>]*+>(?:[^<]*+</f>)?+)?+<(?:v|is><t[^>]*+)>([^<]+)</"
)
Cell = tuple[str, str, str, str]
"""The letters of its column, the number of its style, its type and what it holds, as they are
spelt; "" for what is not said."""


class PlainCells:
    """The runs of cells that were taken out of a worksheet and not asked for yet."""

    def __init__(self) -> None:
        self._runs: dict[str, bytes] = {}
        self._count = 0

    def taken_from(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """A worksheet part with an element for each run of such cells."""
        for chunk, is_markup in told_apart(chunks, _MARK):
            yield _RUN.sub(self._take, chunk) if is_markup else chunk

    def _take(self, run: re.Match[bytes]) -> bytes:
        self._count += 1
        self._runs[str(self._count)] = run[0]
        return b'<%b n="%d"/>' % (_MARK, self._count)

    def cells(self, number: str) -> list[Cell]:
        """The cells that an element stands for, once."""
        return _CELL.findall(self._runs.pop(number, b"").decode("ascii"))
