"""Files as office programs write them, but the same bytes every time, on every machine.

Times are `WRITTEN`, and nothing is compressed: what deflate makes of a text depends on which
zlib (or zlib-ng) a Python was built with.
"""

from __future__ import annotations

import binascii
import csv as csv_module
import datetime
import io
import re
import struct
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import docx
import docx.document
import openpyxl
import openpyxl.styles
import openpyxl.worksheet.worksheet
from _people import western
from docx.enum.style import WD_STYLE_TYPE
from openpyxl.utils import get_column_letter
from reportlab.lib import colors, pagesizes
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Flowable, LongTable, Paragraph, SimpleDocTemplate, Spacer

WRITTEN = datetime.datetime(2013, 7, 19, 9, 30)
"""When every sample was written: the day of the A4e mailing.  Office files keep no zone."""

Cell = str | int | float | datetime.date | None
Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet.  Columns are named by heading letters ("D"), rows counted from 1."""

    name: str
    rows: Sequence[Row]
    hidden: bool = False
    hidden_columns: tuple[str, ...] = ()
    bold_rows: tuple[int, ...] = (1,)
    widths: Mapping[str, int] = field(default_factory=dict)


def workbook(*sheets: Sheet, author: str) -> bytes:
    """An .xlsx file.  Dates are real dates shown as dd/mm/yyyy, amounts are numbers.

    `author` becomes a document property, as office programs do without being asked.
    """
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        _fill(book.create_sheet(sheet.name), sheet)
    book.active = next(n for n, sheet in enumerate(sheets) if not sheet.hidden)
    book.properties.creator = author
    book.properties.created = WRITTEN
    return _repack(_saved(book))


def word(*blocks: str | Sequence[Row], title: str, author: str) -> bytes:
    """A .docx file: a title, then paragraphs (text) and tables (rows, the first the heading)."""
    document = docx.Document()
    _slim(document)
    document.add_heading(title, level=1)
    for block in blocks:
        if isinstance(block, str):
            document.add_paragraph(block)
        else:
            _add_table(document, block)
    document.core_properties.author = author
    document.core_properties.created = document.core_properties.modified = WRITTEN
    document.core_properties.comments = ""
    return _repack(_saved(document))


def pdf(*blocks: str | Sequence[Row], title: str, author: str) -> bytes:
    """A .pdf file: a title, then paragraphs and ruled tables, on as many pages as it takes."""
    styles = getSampleStyleSheet()
    flow: list[Flowable] = [Paragraph(western(title), styles["Title"])]
    for block in blocks:
        if isinstance(block, str):
            flow.append(Paragraph(western(block), styles["BodyText"]))
        else:
            flow.append(_ruled(block))
        flow.append(Spacer(1, 8))
    file = io.BytesIO()
    SimpleDocTemplate(
        file,
        pagesize=pagesizes.A4,
        title=western(title),
        author=author,
        invariant=1,  # no clock, no random file identifier
        pageCompression=0,
    ).build(flow)
    return file.getvalue()


def csv(rows: Iterable[Row]) -> bytes:
    """A .csv file as Excel saves one in Britain: commas, CRLF, Windows-1252."""
    file = io.StringIO(newline="")
    writer = csv_module.writer(file, lineterminator="\r\n")
    writer.writerows([western(_shown(cell)) for cell in row] for row in rows)
    return file.getvalue().encode("cp1252")


def archive(members: Mapping[str, bytes]) -> bytes:
    """A .zip file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as target:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, WRITTEN.timetuple()[:6])
            info.create_system = 0  # whatever machine this runs on
            target.writestr(info, content)
    return file.getvalue()


def protected_archive(name: str, content: bytes, password: bytes) -> bytes:
    """A .zip file of one member that needs a password (PKWARE APPNOTE 6.1, as zip -e writes)."""
    crc = binascii.crc32(content)
    # Twelve bytes that ought to be random; the last is what a reader checks the password with.
    secret = bytes(_encrypted(password, bytes(range(11)) + bytes([crc >> 24]) + content))
    when = (WRITTEN.year - 1980) << 25 | WRITTEN.month << 21 | WRITTEN.day << 16
    when |= WRITTEN.hour << 11 | WRITTEN.minute << 5 | WRITTEN.second // 2
    common = struct.pack("<HHHLLLLHH", 20, 1, 0, when, crc, len(secret), len(content), len(name), 0)
    local = b"PK\3\4" + common + name.encode("ascii") + secret
    central = b"PK\1\2" + struct.pack("<H", 20) + common
    central += struct.pack("<HHHLL", 0, 0, 0, 0, 0) + name.encode("ascii")
    end = b"PK\5\6" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


def _fill(target: openpyxl.worksheet.worksheet.Worksheet, sheet: Sheet) -> None:
    for row in sheet.rows:
        target.append(list(row))
    for number, row in enumerate(sheet.rows, 1):
        for column, value in enumerate(row, 1):
            cell = target.cell(number, column)
            if isinstance(value, datetime.date):
                cell.number_format = "dd/mm/yyyy"
            elif isinstance(value, float):
                cell.number_format = "#,##0.00"
            if number in sheet.bold_rows:
                cell.font = openpyxl.styles.Font(bold=True)
    for number in range(1, max(map(len, sheet.rows)) + 1):
        letter = get_column_letter(number)
        target.column_dimensions[letter].width = sheet.widths.get(letter, 16)
        target.column_dimensions[letter].hidden = letter in sheet.hidden_columns
    target.sheet_state = "hidden" if sheet.hidden else "visible"


def _saved(office: openpyxl.Workbook | docx.document.Document) -> bytes:
    file = io.BytesIO()
    office.save(file)
    return file.getvalue()


def _repack(office: bytes) -> bytes:
    """The same OOXML file with one time everywhere and nothing compressed."""
    stamp = WRITTEN.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(io.BytesIO(office)) as source:
        members = {name: source.read(name) for name in source.namelist()}
    core = members["docProps/core.xml"]
    members["docProps/core.xml"] = re.sub(
        rb"(<dcterms:(?:created|modified)[^>]{0,300}>)[^<]{0,40}", rb"\g<1>" + stamp, core
    )
    return archive(members)


def _slim(document: docx.document.Document) -> None:
    """Without the 800 kB of table styles and the picture that python-docx's template has."""
    for style in list(document.styles):
        if style.type == WD_STYLE_TYPE.TABLE and style.name != "Table Grid":
            style.delete()
    for relations in (document.part.rels, document.part.package.rels):
        for name, relation in list(relations.items()):
            if relation.reltype.endswith(("/stylesWithEffects", "/thumbnail")):
                del relations[name]


def _add_table(document: docx.document.Document, rows: Sequence[Row]) -> None:
    table = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    for row in rows:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = _shown(value)


def _ruled(rows: Sequence[Row]) -> LongTable:
    """A table with lines, its heading repeated on every page."""
    grid = ("GRID", (0, 0), (-1, -1), 0.5, colors.grey)
    bold = ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold")
    cells = [[western(_shown(cell)) for cell in row] for row in rows]
    return LongTable(cells, repeatRows=1, hAlign="LEFT", style=[grid, bold])


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime.date):
        return f"{cell:%d/%m/%Y}"
    return f"{cell:,.2f}" if isinstance(cell, float) else str(cell)


def _encrypted(password: bytes, plain: bytes) -> Iterator[int]:
    """Traditional PKWARE encryption: weak, and still what most programs mean by a password."""
    table = [_crc_step(n) for n in range(256)]
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = keys[0] >> 8 ^ table[(keys[0] ^ byte) & 0xFF]
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = keys[2] >> 8 ^ table[(keys[2] ^ keys[1] >> 24) & 0xFF]

    for byte in password:
        update(byte)
    for byte in plain:
        mask = keys[2] & 0xFFFF | 2
        yield byte ^ (mask * (mask ^ 1) >> 8 & 0xFF)
        update(byte)


def _crc_step(n: int) -> int:
    """One entry of the CRC-32 table."""
    for _ in range(8):
        n = n >> 1 ^ (0xEDB88320 if n & 1 else 0)
    return n
