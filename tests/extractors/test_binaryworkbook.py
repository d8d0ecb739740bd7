"""Binary workbooks (xlsb), built record by record: no library writes them."""

import io
import struct
import zipfile

from hypothesis import given, settings
from hypothesis import strategies as st

from dlpguard.document import Document, Hidden, Table, Text
from dlpguard.extractors import extract
from dlpguard.extractors._xlsb import records
from dlpguard.mail import Part


def rec(kind: int, data: bytes = b"") -> bytes:
    """A record with its type and length in bytes of seven bits (MS-XLSB 2.1.4)."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = b"", len(data)
    while length > 127:
        size += bytes([length & 0x7F | 0x80])
        length >>= 7
    return head + size + bytes([length]) + data


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def row(number: int, flags: int = 0, height: int = 300) -> bytes:
    return rec(0, struct.pack("<IIHBB", number, 0, height, 0, flags) + bytes(5))


def cell(kind: int, column: int, value: bytes, style: int = 0) -> bytes:
    return rec(kind, struct.pack("<II", column, style) + value)


def links(*targets: tuple[str, str]) -> str:
    made = "".join(
        f'<Relationship Id="r{n}" Type="http://x/relationships/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, start=1)
    )
    return f"<Relationships>{made}</Relationships>"


def book(sheet: bytes, state: int = 0, styles: bytes = b"", strings: bytes = b"") -> bytes:
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": links(("officeDocument", "xl/workbook.bin")),
        "xl/_rels/workbook.bin.rels": links(
            ("worksheet", "worksheets/sheet1.bin"),
            ("styles", "styles.bin"),
            ("sharedStrings", "sharedStrings.bin"),
        ),
        "xl/workbook.bin": rec(156, struct.pack("<II", state, 1) + wide("r1") + wide("Clients")),
        "xl/worksheets/sheet1.bin": sheet,
        "xl/worksheets/_rels/sheet1.bin.rels": links(("comments", "../comments1.bin")),
        "xl/styles.bin": styles,
        "xl/sharedStrings.bin": strings,
        "xl/comments1.bin": rec(632, wide("Bob"))
        + rec(635, struct.pack("<IIIII", 0, 3, 3, 1, 1) + bytes(16))
        + rec(637, b"\0" + wide("Ann is ill")),
        "xl/pivotCache/pivotCacheDefinition1.bin": rec(24, wide("Cy Dee was here")),
    }
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w") as archive:
        for name, body in parts.items():
            archive.writestr(name, body)
    return saved.getvalue()


def read(content: bytes) -> Document:
    return extract(Part("1", content, filename="list.xlsb"))


STYLES = (
    rec(44, struct.pack("<H", 164) + wide("00000 000000"))
    + rec(43, bytes(12) + bytes([5, 0, 0, 0, 255, 255, 255, 255]))
    + rec(45, bytes(68))
    + rec(617, struct.pack("<I", 2))
    + rec(47, struct.pack("<HHHH", 0, 164, 9, 0) + bytes(8))
    + rec(47, struct.pack("<HHHH", 0, 0, 0, 0) + bytes(8))
    + rec(618)
)


def test_cells_of_all_kinds_are_read_as_a_person_sees_them() -> None:
    sheet = (
        row(0)
        + cell(7, 0, struct.pack("<I", 0), 5)
        + cell(6, 1, wide("Bob"), 5)
        + cell(5, 2, struct.pack("<d", 7700900123.0))
        + cell(2, 3, struct.pack("<I", 250 << 2 | 3), 5)
        + cell(4, 4, b"\1", 5)
        + cell(3, 5, b"\x2a", 5)
        + cell(8, 6, wide("result"), 5)
    )
    strings = rec(19, b"\0" + wide("Ann Bee"))

    assert read(book(sheet, styles=STYLES, strings=strings)).blocks[0] == Table(
        "list.xlsb › Clients",
        (),
        (("Ann Bee", "Bob", "07700 900123", "2.5", "TRUE", "#N/A", "result"),),
    )


def test_what_is_hidden_says_so() -> None:
    sheet = (
        rec(60, struct.pack("<IIIIH", 1, 1, 2000, 0, 1))
        + row(0) + cell(6, 0, wide("a"), 5) + cell(6, 1, wide("b"), 5) + cell(6, 2, wide("c"), 1)
        + row(1, 0x10) + cell(6, 0, wide("d"), 5)
        + row(2, 0x10) + cell(6, 0, wide("e"), 5)
        + rec(161, struct.pack("<IIII", 1, 2, 0, 0))
    )  # fmt: skip

    (table,) = [b for b in read(book(sheet, 2, STYLES)).blocks if isinstance(b, Table)]

    assert table.hidden is Hidden.VERY_HIDDEN_SHEET
    assert table.hidden_rows == {1: Hidden.ROW, 2: Hidden.FILTERED_ROW}
    assert table.hidden_columns == {1: Hidden.COLUMN}
    assert table.hidden_cells == {(0, 2): Hidden.SAME_COLOUR}


def test_comments_headers_and_caches_are_read() -> None:
    header = rec(479, bytes(2) + wide("&CClients of Ann") + b"\xff\xff\xff\xff" * 5)
    blocks = read(book(header + row(0) + cell(6, 0, wide("a")))).blocks

    for block in (
        Text("list.xlsb › Clients › headers", "Clients of Ann", Hidden.HEADER),
        Text("list.xlsb › Clients › cell B4 › comment", "Ann is ill", Hidden.CELL_COMMENT),
        Text("list.xlsb › Clients › authors of comments", "Bob", Hidden.PROPERTY),
    ):
        assert block in blocks
    assert any(b.hidden is Hidden.PIVOT_CACHE and "Cy Dee was here" in b.text
               for b in blocks if isinstance(b, Text))  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_records_that_come_to_an_end(content: bytes) -> None:
    assert sum(len(data) for _, data in records(content)) <= len(content)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0, 2, 5, 6, 7, 60, 64, 161, 479, 494]), st.binary())))
def test_records_with_any_data_are_read(made: list[tuple[int, bytes]]) -> None:
    document = read(book(b"".join(rec(kind, data) for kind, data in made)))

    assert document.gaps == ()
