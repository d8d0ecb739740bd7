"""Office files, web pages and texts that are meant to cost more than they weigh."""

from __future__ import annotations

import struct
import zlib

from tests.extractors.hostile._archives import zipped

_ENTITIES = "<!DOCTYPE x [<!ENTITY a0 'lol'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)
) + "]>"  # fmt: skip
"""A hundred billion times "lol"."""

_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"


def docx(body: str, prolog: str = "") -> bytes:
    """A Word file whose document has this XML in its body."""
    document = f'{prolog}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    return _package("word/document.xml", document)


def xlsx(rows: str, prolog: str = "", strings: str = "", dimension: str = "A1") -> bytes:
    """A workbook of one sheet with this XML for its rows."""
    sheet = (
        f'{prolog}<worksheet xmlns="{_SHEET}"><dimension ref="{dimension}"/>'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )
    book = (
        f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    table = f'<sst xmlns="{_SHEET}">{strings}</sst>'
    relations = _relations(("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "s.xml"))
    more = (
        ("xl/worksheets/sheet1.xml", sheet),
        ("xl/s.xml", table),
        ("xl/_rels/workbook.xml.rels", relations),
    )
    return _package("xl/workbook.xml", book, *more)


def docx_of_entities() -> bytes:
    return docx("<w:p><w:r><w:t>&a11;</w:t></w:r></w:p>", _ENTITIES)


def xlsx_of_entities() -> bytes:
    return xlsx('<row><c t="inlineStr"><is><t>&a11;</t></is></c></row>', _ENTITIES)


def svg_of_entities() -> bytes:
    return f'{_ENTITIES}<svg xmlns="http://www.w3.org/2000/svg"><text>&a11;</text></svg>'.encode()


def quadratic_entities() -> bytes:
    """One entity of a megabyte, used a thousand times: no entity is in another."""
    large = "x" * 1_000_000
    return f"<!DOCTYPE x [<!ENTITY a '{large}'>]><x>{'&a;' * 1000}</x>".encode()


def deep_docx() -> bytes:
    """A million elements in each other."""
    return docx("<w:p>" * 1_000_000 + "</w:p>" * 1_000_000)


def tables_in_tables() -> bytes:
    """Twenty thousand tables in each other."""
    before, after = "<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"
    text = "<w:p><w:r><w:t>Hello</w:t></w:r></w:p>"
    return docx(before * 20_000 + text + after * 20_000)


def huge_dimensions() -> bytes:
    """Two cells in opposite corners: seventeen thousand million between them."""
    person = "t='inlineStr'><is><t>Ann Bee</t></is></c></row>"
    rows = f"<row r='1'><c r='A1' {person}<row r='1048576'><c r='XFD1048576' {person}"
    return xlsx(rows, dimension="A1:XFD1048576")


def many_cells() -> bytes:
    """Eight million cells, deflated to a few hundred kilobytes."""
    return xlsx(("<row>" + "<c><v>1</v></c>" * 400 + "</row>") * 20_000)


def repeated_string() -> bytes:
    """A shared string of 32,767 characters in a hundred thousand cells: 3 GB of text."""
    cell = '<c t="s"><v>0</v></c>'
    return xlsx(f"<row>{cell * 100}</row>" * 1000, strings=f"<si><t>{'lists ' * 5461}</t></si>")


def repeated_cells() -> bytes:
    """One cell of an OpenDocument sheet, repeated over a million rows of sixteen thousand."""
    cell = (
        '<table:table-cell table:number-columns-repeated="16384" office:value-type="string">'
        "<text:p>Ann Bee</text:p></table:table-cell>"
    )
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    names = "".join(f' xmlns:{name}="{_ODF}:{name}:1.0"' for name in ("office", "table", "text"))
    content = (
        f"<office:document-content{names}><office:body><office:spreadsheet>"
        f'<table:table table:name="A">{row}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", content.encode()),
    )


def nested_divs() -> bytes:
    return b"<html>" + b"<div>" * 300_000 + b"Hello" + b"</div>" * 300_000


def nested_html_tables() -> bytes:
    return b"<html>" + b"<table><tr><td>" * 50_000 + b"Hello"


def many_attributes() -> bytes:
    """One element with half a million attributes."""
    return b"<html><p " + b" ".join(b"a%d=1" % n for n in range(500_000)) + b">Hello</p>"


def spans_of_a_table() -> bytes:
    """A table whose cells each claim to be a thousand rows and columns large."""
    cell = b"<td colspan=1000 rowspan=65534>Ann Bee</td>"
    return b"<html><table>" + (b"<tr>" + cell * 50 + b"</tr>") * 2000 + b"</table>"


def deep_json() -> bytes:
    return b"[" * 1_000_000 + b"]" * 1_000_000


def deep_rtf() -> bytes:
    return b"{\\rtf1 " + b"{" * 500_000 + b"Hello" + b"}" * 500_001


def wide_csv() -> bytes:
    """Eight million cells in eight megabytes."""
    return b"a,b,c,d\n" + (b"," * 399 + b"\n") * 20_000


def only_line_feeds() -> bytes:
    return b"\n" * 8_000_000


def one_line() -> bytes:
    """Eight megabytes of one word."""
    return b"a" * 8_000_000


def digits() -> bytes:
    """Two megabytes of digits and of what stands between them in numbers: detectors' food."""
    return b"020 7946-0123 (0)" * 120_000


def almost_addresses() -> bytes:
    """What could be the beginning of an e-mail address, all the way."""
    return b"a.b-c@" * 350_000


def large_picture() -> bytes:
    """A PNG of 30,000 by 30,000 in a hundred kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    packer, row = zlib.compressobj(9), bytes(1 + 30_000 // 8)
    rows = b"".join(packer.compress(row) for _ in range(30_000)) + packer.flush()
    size = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    picture = chunk(b"IHDR", size) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + picture


def ole_in_a_circle() -> bytes:
    """A compound file (MS-CFB) with a stream of a gigabyte, in two sectors that form a circle."""
    return _compound(stream=1 << 30)


def ole_with_a_long_mini_stream() -> bytes:
    """The same with the stream in which all small streams lie."""
    return _compound(stream=64, mini_stream=1 << 31)


def ole_with_a_long_mini_fat() -> bytes:
    """The same with the table of where they lie."""
    return _compound(stream=64, mini_fats=1 << 22)


def _compound(stream: int, mini_stream: int = 0, mini_fats: int = 0) -> bytes:
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6),
        *(0, 1, 1, 0, 4096, 1, mini_fats, 0xFFFFFFFE, 0),
    )
    difat = struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    allocation = struct.pack("<128I", 0xFFFFFFFD, 2, 1, *[0xFFFFFFFF] * 125)
    root, inside = _entry("Root Entry", 5, mini_stream), _entry("WordDocument", 2, stream)
    return header + difat + allocation + (root + inside) * 4


def _entry(name: str, kind: int, size: int) -> bytes:
    """A directory entry of a compound file (MS-CFB 2.6.1)."""
    encoded, none = (name + "\0").encode("utf-16-le"), 0xFFFFFFFF
    links = struct.pack("<HBBIII", len(encoded), kind, 1, none, none, 1 if kind == 5 else none)
    return encoded.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", 1, size)


def _package(main: str, content: str, *more: tuple[str, str]) -> bytes:
    """An Office package."""
    types = f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" ContentType="a/b"/>'
    parts = (
        ("[Content_Types].xml", f"{types}</Types>"),
        ("_rels/.rels", _relations(("officeDocument", main))),
        (main, content),
        *more,
    )
    return zipped(*((name, text.encode()) for name, text in parts), level=9)


def _relations(*targets: tuple[str, str]) -> str:
    found = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{found}</Relationships>'
