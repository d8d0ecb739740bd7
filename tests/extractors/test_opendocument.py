import io
import time
import zipfile

import pytest

from dlpguard.document import Block, Document, Hidden, Table, Text, Unread
from dlpguard.extractors import Budget, Limits, extract
from dlpguard.extractors._sniff import sniff
from dlpguard.mail import Part

_ALL = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
    for prefix in ("office", "text", "table", "style", "draw", "presentation", "fo", "svg", "dc",
                   "xlink", "form", "manifest", "meta")
)  # fmt: skip
_TYPE = "application/vnd.oasis.opendocument."


def packed(kind: str, body: str, styles: str = "", **parts: bytes) -> bytes:
    """A zipped document: automatic styles and the body; `__` in names of `parts` is a full stop."""
    content = (
        f"<office:document-content {_ALL}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
        "</office:body></office:document-content>"
    )
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("mimetype", f"{_TYPE}{kind}")
        if "manifest" not in parts:
            parts["manifest"] = manifest(kind)
        archive.writestr("META-INF/manifest.xml", parts.pop("manifest"))
        archive.writestr("content.xml", content)
        for name, made in parts.items():
            archive.writestr(name.replace("__", "."), made)
    return saved.getvalue()


def manifest(kind: str, more: str = "") -> bytes:
    entry = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_TYPE}{kind}"/>'
    return f"<manifest:manifest {_ALL}>{entry}{more}</manifest:manifest>".encode()


def read(content: bytes, name: str = "a.odt") -> Document:
    return extract(Part("1", content, filename=name))


def blocks(kind: str, body: str, styles: str = "") -> list[Block]:
    found = read(packed(kind, body, styles)).blocks
    return [block for block in found if not block.where.endswith("file name")]


def paragraph(text: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{text}</text:p>'


def style(name: str, family: str, properties: str) -> str:
    return f'<style:style style:name="{name}" style:family="{family}">{properties}</style:style>'


def row(*cells: str, attributes: str = "") -> str:
    inner = "".join(f"<table:table-cell>{paragraph(c)}</table:table-cell>" for c in cells)
    return f"<table:table-row {attributes}>{inner}</table:table-row>"


def sheet(rows: str, name: str = "One", attributes: str = "") -> str:
    return f'<table:table table:name="{name}" {attributes}>{rows}</table:table>'


def test_paragraphs_and_tables_are_read_in_order() -> None:
    header = f"<table:table-header-rows>{row('Name', 'Phone')}</table:table-header-rows>"
    body = (
        paragraph('Dear<text:s text:c="2"/>Ann<text:tab/>Bee<text:line-break/>x')
        + sheet(header + row("Ann", "07700 900123"))
        + paragraph("end")
    )

    assert blocks("text", body) == [
        Text("a.odt", "Dear  Ann\tBee\nx"),
        Table("a.odt", ("Name", "Phone"), (("Ann", "07700 900123"),), numbers=(2,)),
        Text("a.odt", "end"),
    ]


@pytest.mark.parametrize(
    ("body", "hidden", "where"),
    [
        (f"<office:annotation>{paragraph('SECRET')}</office:annotation>", Hidden.COMMENT,
         "a.odt › comments"),
        (f"<text:tracked-changes><text:deletion>{paragraph('SECRET')}</text:deletion>"
         "</text:tracked-changes>", Hidden.TRACKED_CHANGE, "a.odt › changes"),
        (f'<text:section text:display="none">{paragraph("SECRET")}</text:section>',
         Hidden.HIDDEN_TEXT, "a.odt"),
        (f"<text:section>{paragraph('SECRET')}</text:section>", None, "a.odt"),
        (paragraph("SECRET", "gone"), Hidden.HIDDEN_TEXT, "a.odt"),
        (paragraph('<text:span text:style-name="gone-too">SECRET</text:span>'),
         Hidden.HIDDEN_TEXT, "a.odt"),
        (paragraph('<text:span text:style-name="white">SECRET</text:span>'),
         Hidden.SAME_COLOUR, "a.odt"),
        (paragraph('<text:hidden-text text:string-value="SECRET"/>'), Hidden.HIDDEN_TEXT, "a.odt"),
        (paragraph("<text:hidden-paragraph/>SECRET"), Hidden.HIDDEN_TEXT, "a.odt"),
        (paragraph('<text:a xlink:href="SECRET">x</text:a>'), Hidden.PROPERTY, "a.odt"),
        ("<draw:frame><svg:desc>SECRET</svg:desc></draw:frame>", Hidden.PROPERTY, "a.odt"),
        (paragraph(f"<text:note><text:note-body>{paragraph('SECRET')}</text:note-body>"
                   "</text:note>"), None, "a.odt › footnotes"),
    ],
)  # fmt: skip
def test_what_is_not_shown_says_why(body: str, hidden: Hidden | None, where: str) -> None:
    gone = '<style:text-properties text:display="none"/>'
    styles = (
        style("gone", "paragraph", gone)
        + '<style:style style:name="gone-too" style:family="text" style:parent-style-name="up"/>'
        + style("up", "text", gone)
        + style("white", "text", '<style:text-properties fo:color="#ffffff"/>')
    )

    assert Text(where, "SECRET", hidden) in blocks("text", body, styles)


def test_sheets_say_what_of_them_is_hidden() -> None:
    columns = (
        '<table:table-column/><table:table-column table:visibility="collapse"/>'
        '<table:table-column table:number-columns-repeated="2"/>'
    )
    rows = (
        row("a", "b", "c")
        + row("d", "e", "f", attributes='table:visibility="filter"')
        + row("g", "h", "i", attributes='table:visibility="collapse"')
    )

    (table,) = blocks("spreadsheet", sheet(columns + rows))[:1]

    assert isinstance(table, Table)
    assert table.where == "a.odt › One"
    assert table.rows == (("a", "b", "c"), ("d", "e", "f"), ("g", "h", "i"))
    assert table.hidden_rows == {1: Hidden.FILTERED_ROW, 2: Hidden.ROW}
    assert table.hidden_columns == {1: Hidden.COLUMN}


def test_a_hidden_sheet_says_so() -> None:
    styles = style("off", "table", '<style:table-properties table:display="false"/>')
    body = sheet(row("Ann"), attributes='table:style-name="off"')

    assert blocks("spreadsheet", body, styles) == [
        Table("a.odt › One", (), (("Ann",),), Hidden.SHEET)
    ]


def test_a_cell_in_the_colour_of_its_background_is_hidden() -> None:
    styles = style(
        "same",
        "table-cell",
        '<style:table-cell-properties fo:background-color="#102030"/>'
        '<style:text-properties fo:color="#102030"/>',
    )
    cell = f'<table:table-cell table:style-name="same">{paragraph("Ann")}</table:table-cell>'
    body = sheet(f"<table:table-row>{cell}</table:table-row>")

    (table,) = blocks("spreadsheet", body, styles)

    assert isinstance(table, Table)
    assert table.hidden_cells == {(0, 0): Hidden.SAME_COLOUR}


def test_cells_and_rows_that_repeat_themselves_are_counted_not_copied() -> None:
    many = 'table:number-columns-repeated="1000000000"'
    cells = f"<table:table-cell {many}>{paragraph('x')}</table:table-cell>"
    empty = '<table:table-row table:number-rows-repeated="5"><table:table-cell/></table:table-row>'
    started = time.process_time()

    (table,) = blocks(
        "spreadsheet",
        sheet(f"{empty}<table:table-row>{cells}</table:table-row>" + row("Ann")),
    )

    assert isinstance(table, Table)
    assert table.numbers == (6, 7)
    assert [100, 1] == [len(row) for row in table.rows]
    assert time.process_time() - started < 5


def test_a_value_without_text_is_read() -> None:
    cell = '<table:table-cell office:value-type="float" office:value="447700900123"/>'

    (table,) = blocks("spreadsheet", sheet(f"<table:table-row>{cell}</table:table-row>"))

    assert isinstance(table, Table)
    assert table.rows == (("447700900123",),)


def test_a_comment_says_which_row_it_is_about() -> None:
    comment = f"<office:annotation>{paragraph('ill')}</office:annotation>"
    cell = f"<table:table-cell>{comment}</table:table-cell>"

    assert Text("a.odt › One › row 1 › comments", "ill", Hidden.CELL_COMMENT) in blocks(
        "spreadsheet", sheet(f"<table:table-row>{cell}</table:table-row>")
    )


def test_slides_and_their_notes_are_read_in_order() -> None:
    off = '<style:drawing-page-properties presentation:visibility="hidden"/>'
    body = (
        f"<draw:page><draw:frame><draw:text-box>{paragraph('Ann')}</draw:text-box></draw:frame>"
        f"<presentation:notes>{paragraph('is ill')}</presentation:notes></draw:page>"
        f'<draw:page draw:style-name="off">{paragraph("Bob")}</draw:page>'
    )

    assert blocks("presentation", body, style("off", "drawing-page", off)) == [
        Text("a.odt › slide 1 › notes", "is ill", Hidden.SPEAKER_NOTE),
        Text("a.odt › slide 1", "Ann"),
        Text("a.odt › slide 2", "Bob", Hidden.HIDDEN_SLIDE),
    ]


def test_headers_of_pages_come_from_the_other_part() -> None:
    master = (
        f"<office:document-styles {_ALL}><office:master-styles><style:master-page>"
        f"<style:footer>{paragraph('Ann Bee')}</style:footer></style:master-page>"
        "</office:master-styles></office:document-styles>"
    ).encode()

    for kind, hidden in (("text", None), ("spreadsheet", Hidden.HEADER)):
        document = read(packed(kind, "", styles__xml=master))

        assert [("Ann Bee", hidden)] == [
            (block.text, block.hidden)
            for block in document.blocks
            if isinstance(block, Text) and "footers" in block.where
        ]


def test_an_object_inside_is_read_as_a_document() -> None:
    saved = io.BytesIO(packed("text", paragraph("x")))
    inner = f"<office:document-content {_ALL}><office:body>{paragraph('Ann Bee')}</office:body>"
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr("Object 1/content.xml", f"{inner}</office:document-content>")

    assert Text("a.odt › Object 1", "Ann Bee") in read(saved.getvalue()).blocks


def test_members_with_a_password_are_a_gap() -> None:
    entry = (
        '<manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/>'
        "</manifest:file-entry>"
    )
    document = read(packed("text", "x", manifest=manifest("text", entry)))

    assert [(Unread.ENCRYPTED, "odf")] == [(gap.why, gap.format) for gap in document.gaps]


@pytest.mark.parametrize(
    ("kind", "format"), [("text", "odt"), ("spreadsheet", "ods"), ("presentation", "odp")]
)
def test_a_flat_file_is_read_like_a_zipped_one(kind: str, format: str) -> None:
    content = (
        f'<?xml version="1.0"?><office:document {_ALL} office:mimetype="{_TYPE}{kind}">'
        f"<office:meta><dc:title>Clients</dc:title></office:meta><office:body>"
        f"<office:{kind}>{paragraph('Ann Bee')}</office:{kind}></office:body></office:document>"
    ).encode()

    assert sniff(content).formats == (format,)
    assert Text("a.odt", "Ann Bee") in read(content).blocks
    assert Text("a.odt", "Clients", Hidden.PROPERTY) in read(content).blocks


def test_a_document_type_without_declarations_is_what_openoffice_wrote() -> None:
    doctype = b'<!DOCTYPE manifest:manifest PUBLIC "-//OpenOffice.org//DTD" "Manifest.dtd">'
    content = packed("text", paragraph("Ann Bee"), manifest=doctype + manifest("text"))

    assert Text("a.odt", "Ann Bee") in read(content).blocks


def test_a_document_that_was_cut_off_is_a_gap_and_its_beginning_is_read() -> None:
    whole = packed("spreadsheet", sheet(row("Ann", "07700 900123") + row("Bob", "1")))
    saved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(saved, "w") as new:
        for info in old.infolist():
            body = old.read(info)
            new.writestr(info.filename, body[:-120] if info.filename == "content.xml" else body)
    document = read(saved.getvalue())

    assert [Unread.CORRUPT] == [gap.why for gap in document.gaps]
    assert isinstance(document.blocks[0], Table)
    assert document.blocks[0].rows[0] == ("Ann", "07700 900123")


def test_cells_beyond_the_limit_are_a_gap() -> None:
    content = packed("spreadsheet", sheet(row("a", "b") * 50))
    document = extract(Part("1", content, filename="a.ods"), Budget(Limits(cells=50)))

    assert [Unread.TOO_LARGE] == [gap.why for gap in document.gaps]
    assert isinstance(document.blocks[0], Table)
