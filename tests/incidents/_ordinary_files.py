"""What is attached to ordinary mail: files as office programs write them."""

from __future__ import annotations

import io
import re
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from reportlab.pdfgen import canvas

from tests.incidents._ordinary_template import Section

sys.path.append(str(Path(__file__).resolve().parents[2] / "samples"))  # its modules are scripts

from _documents import (
    Cell,
    Row,
    Sheet,
    archive,
    csv,
    pdf,
    word,
    workbook,
)

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "form": "application/pdf",
    "csv": "text/csv",
    "txt": "text/plain",
    "log": "text/plain",
    "ics": "text/calendar",
    "xml": "application/xml",
    "json": "application/json",
    "zip": "application/zip",
    "png": "image/png",
}
"""The media type of each format; what mail has inside itself is left out."""


_DOTLESS = str.maketrans({"ı": "i"})
"""The one letter in words.toml that is no other with an accent."""


def attachment(section: Section, author: str) -> bytes:
    """The file that a section describes."""
    if section.format in {"csv", "pdf", "form"}:  # programs that know Western letters only
        section = replace(section, text=section.text.translate(_DOTLESS))
    return _WRITERS.get(section.format, _raw)(section, author)


def packed(name: str, content: bytes) -> bytes:
    """A .zip file of one file."""
    return archive({name: content})


def picture(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """A .png of one colour: a logo, or at one by one a tracking pixel."""
    row = b"\0" + bytes(colour) * width
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * height, 0)),  # stored: every zlib makes the same of it
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def _raw(section: Section, author: str) -> bytes:
    del author
    return section.text.replace("\n", "\r\n").encode()


def _workbook(section: Section, author: str) -> bytes:
    return workbook(*_sheets(section.text), author=author)


def _csv(section: Section, author: str) -> bytes:
    del author
    return csv(_row(line) for line in section.text.splitlines() if line.strip())


def _word(section: Section, author: str) -> bytes:
    title, blocks = _story(section)
    return word(*blocks, title=title, author=author)


def _pdf(section: Section, author: str) -> bytes:
    title, blocks = _story(section)
    return pdf(*blocks, title=title, author=author)


def _form(section: Section, author: str) -> bytes:
    """A form with fields to type in, all of them empty; `(x)` before a label makes it a box."""
    file = io.BytesIO()
    page = canvas.Canvas(file, pagesize=(595, 842), invariant=1, pageCompression=0)
    page.setAuthor(author)
    height = 790
    for number, line in enumerate(line for line in section.text.splitlines() if line.strip()):
        if height < 60:
            page.showPage()
            height = 790
        label = line.removeprefix("# ").removeprefix("(x) ")
        page.setFont("Helvetica-Bold" if line.startswith("# ") else "Helvetica", 11)
        page.drawString(50, height, label.encode("cp1252", "replace").decode("cp1252"))
        if line.startswith("(x) "):
            page.acroForm.checkbox(name=f"f{number}", x=480, y=height - 4, size=14)
        elif line.endswith(":"):
            page.acroForm.textfield(name=f"f{number}", x=260, y=height - 5, width=280, height=18)
        height -= 26
    page.save()
    return file.getvalue()


def _sheets(text: str) -> Iterator[Sheet]:
    """Sheets start with `# name`, `#hidden name`, or `#hide:B,D name` for hidden columns."""
    for block in re.split(r"^#", text, flags=re.MULTILINE)[1:]:
        heading, _, rest = block.partition("\n")
        how, _, name = heading.partition(" ")
        columns = tuple(how.removeprefix("hide:").split(",")) if how.startswith("hide:") else ()
        rows = [_row(line) for line in rest.splitlines() if line.strip()]
        yield Sheet(name[:31], rows, hidden=how == "hidden", hidden_columns=columns)


def _story(section: Section) -> tuple[str, list[str | list[Row]]]:
    """The title (`# …`) and the paragraphs and tables of a document."""
    title, _, rest = section.text.partition("\n")
    blocks: list[str | list[Row]] = []
    for block in rest.split("\n\n"):
        lines = [line for line in block.splitlines() if line.strip()]
        if lines and all("|" in line for line in lines):
            rows = [_row(line) for line in lines]
            widest = max(map(len, rows))
            blocks.append([(*row, *[None] * (widest - len(row))) for row in rows])
        elif lines:
            blocks += lines if len(lines[0]) < 60 else [" ".join(lines)]
    return title.removeprefix("# "), blocks


def _row(line: str) -> Row:
    return [_cell(cell.strip()) for cell in line.split("|")]


def _cell(text: str) -> Cell:
    if re.fullmatch(r"(?:0|-?[1-9]\d{0,8})", text):
        return int(text)
    if re.fullmatch(r"-?\d{1,9}\.\d\d", text):
        return float(text)
    if re.fullmatch(r"\d\d/\d\d/\d{4}", text):
        return datetime.strptime(text, "%d/%m/%Y").date()
    return text or None


_WRITERS: dict[str, Callable[[Section, str], bytes]] = {
    "xlsx": _workbook,
    "csv": _csv,
    "docx": _word,
    "pdf": _pdf,
    "form": _form,
}
