"""Ordinary mail, as a test's table of it has it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field

from dlpguard.inspection import Inspection
from tests.counting import _files
from tests.counting._sent import OUTSIDE, sent


@dataclass(frozen=True, slots=True)
class Ordinary:
    """A mail in which nobody's private data is.

    `table` is a table with | between its cells, attached in the format of `filename`; with an
    empty `filename` it is part of the text.
    """

    name: str
    body: str = field(default="See attached.\n\nAnn Bee\n", repr=False)
    table: str = field(default="", repr=False)
    filename: str = ""
    to: tuple[str, ...] = OUTSIDE

    def __str__(self) -> str:
        return self.name

    def read(self) -> Inspection:
        """What inspection makes of it."""
        if not self.filename:
            return sent(self.body + self.table, to=self.to)
        _, _, ending = self.filename.rpartition(".")
        attachments = {self.filename: _WRITERS[ending](rows(self.table))}
        return sent(self.body, to=self.to, attachments=attachments)


def rows(table: str) -> list[list[str]]:
    """The cells of lines with | between them."""
    lines = csv.reader(io.StringIO(table.strip("\n")), delimiter="|", quoting=csv.QUOTE_NONE)
    return [[cell.strip() for cell in line] for line in lines]


_WRITERS: dict[str, Callable[[_files.Rows], bytes]] = {
    "xlsx": _files.xlsx,
    "csv": _files.delimited,
    "docx": _files.word,
    "html": _files.webpage,
    "pdf": _files.pdf,
}
