"""Tables as the files in which offices send them."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterable, Mapping, Sequence

import docx
import openpyxl
from openpyxl.styles import Font
from reportlab.lib import pagesizes
from reportlab.platypus import SimpleDocTemplate, Table

Rows = Sequence[Sequence[object]]

_WHITE = Font(color="FFFFFFFF")


def xlsx(
    rows: Rows,
    *,
    hidden_rows: Iterable[int] = (),
    hidden_columns: Iterable[str] = (),
    white_rows: Iterable[int] = (),
    more: Mapping[str, Rows] | None = None,
    state: str = "hidden",
) -> bytes:
    """A workbook: a visible sheet, and one that is in `state` for each of `more`.

    Rows are counted from 1, the first one, columns are letters.
    """
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for number in hidden_rows:
        sheet.row_dimensions[number].hidden = True
    for letter in hidden_columns:
        sheet.column_dimensions[letter].hidden = True
    for number in white_rows:
        for cell in sheet[number]:
            cell.font = _WHITE
    for name, others in (more or {}).items():
        other = book.create_sheet(name)
        other.sheet_state = state
        for row in others:
            other.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def delimited(rows: Rows, delimiter: str = ",") -> bytes:
    """CSV in UTF-8."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode()


def word(rows: Rows, above: Sequence[str] = (), below: Sequence[str] = ()) -> bytes:
    """A Word document: paragraphs, a table (none without rows), paragraphs."""
    document = docx.Document()
    for paragraph in above:
        document.add_paragraph(paragraph)
    if rows:
        table = document.add_table(len(rows), max(map(len, rows)))
        for made, row in zip(table.rows, rows, strict=True):
            for cell, value in zip(made.cells, row, strict=False):
                cell.text = str(value)
    for paragraph in below:
        document.add_paragraph(paragraph)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def webpage(rows: Rows, above: str = "") -> bytes:
    """HTML with a table whose first row is marked like the others."""
    lines = ("".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) for row in rows)
    table = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f"<html><body>{above}<table>\n{table}\n</table></body></html>".encode()


def pdf(rows: Rows, font: str = "Helvetica", size: int = 7) -> bytes:
    """Pages of A4 on their side, with a table whose lines are not drawn.

    The letters are those of `font`; Helvetica has Western European ones.
    """
    out = io.BytesIO()
    template = SimpleDocTemplate(out, pagesize=pagesizes.landscape(pagesizes.A4))
    cells = [[str(cell) for cell in row] for row in rows]
    template.build([Table(cells, style=[("FONT", (0, 0), (-1, -1), font, size)])])
    return out.getvalue()
