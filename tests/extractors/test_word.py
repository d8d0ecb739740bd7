import io
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from dlpguard.document import Document, Hidden, Table, Text, Unread
from dlpguard.extractors import Budget, extract
from dlpguard.extractors._budget import Defect
from dlpguard.extractors.word import _second_reader
from dlpguard.mail import Part

PLACE = "letter.docx"
TEMPLATE = "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"
RUN = "<w:r><w:t>SECRET</w:t></w:r>"
DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def made(fill: Callable[[Any], None]) -> bytes:
    document = docx.Document()
    fill(document)
    saved = io.BytesIO()
    document.save(saved)
    return saved.getvalue()


def read(content: bytes) -> Document:
    return extract(Part("1", content, filename=PLACE))


def with_xml(xml: str) -> bytes:
    """A document with one paragraph and this XML behind it, `w` being the main namespace."""

    def fill(document: Any) -> None:
        document.add_paragraph("before")
        document.element.body.insert(1, parse_xml(xml.replace(">", f" {nsdecls('w')}>", 1)))

    return made(fill)


def texts(content: bytes, hidden: Hidden | None = None) -> list[str]:
    blocks = [b for b in read(content).blocks if isinstance(b, Text) and b.hidden is hidden]
    return [block.text for block in blocks if not block.where.endswith("file name")]


def changed(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    saved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(saved, "w") as new:
        for info in old.infolist():
            new.writestr(info.filename, change(info.filename, old.read(info)))
    return saved.getvalue()


def test_paragraphs_and_tables_are_read_in_order() -> None:
    def fill(document: Any) -> None:
        document.add_heading("Clients")
        document.add_paragraph("as of today")
        table = document.add_table(2, 2)
        for index, text in enumerate(("Name", "Phone", "Ann Bee", "07700 900123")):
            table.cell(index // 2, index % 2).text = text
        document.add_paragraph("end")

    assert read(made(fill)).blocks[:3] == (
        Text(PLACE, "Clients\nas of today"),
        Table(PLACE, (), (("Name", "Phone"), ("Ann Bee", "07700 900123"))),
        Text(PLACE, "end"),
    )


def test_a_row_marked_as_heading_is_the_heading() -> None:
    def fill(document: Any) -> None:
        table = document.add_table(2, 2)
        for index, text in enumerate(("Name", "Phone", "Ann Bee", "1")):
            table.cell(index // 2, index % 2).text = text
        properties = table.rows[0]._tr.get_or_add_trPr()
        properties.append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))

    assert Table(PLACE, ("Name", "Phone"), (("Ann Bee", "1"),)) in read(made(fill)).blocks


def test_a_table_in_a_table_is_read() -> None:
    def fill(document: Any) -> None:
        outer = document.add_table(1, 2)
        outer.cell(0, 0).text = "outer"
        inner = outer.cell(0, 1).add_table(1, 2)
        inner.cell(0, 0).text, inner.cell(0, 1).text = "Ann", "1"

    tables = [block for block in read(made(fill)).blocks if isinstance(block, Table)]

    assert [(("Ann", "1"),), (("outer", ""),)] == [table.rows for table in tables]


def test_merged_cells_keep_the_columns_in_line() -> None:
    def fill(document: Any) -> None:
        table = document.add_table(2, 3)
        for index in range(6):
            table.cell(index // 3, index % 3).text = str(index)
        table.cell(0, 0).merge(table.cell(0, 1))

    (table,) = [block for block in read(made(fill)).blocks if isinstance(block, Table)]

    assert table.rows == (("0\n1", "", "2"), ("3", "4", "5"))


def test_headers_and_footers_are_read() -> None:
    def fill(document: Any) -> None:
        document.sections[0].header.paragraphs[0].text = "Ann's header"
        document.sections[0].footer.paragraphs[0].text = "Ann's footer"

    blocks = read(made(fill)).blocks

    assert Text("letter.docx › headers", "Ann's header") in blocks
    assert Text("letter.docx › footers", "Ann's footer") in blocks


def test_comments_are_hidden_text() -> None:
    def fill(document: Any) -> None:
        run = document.add_paragraph("seen").runs[0]
        document.add_comment(run, text="Ann is ill", author="Bob")

    assert texts(made(fill), Hidden.COMMENT) == ["Ann is ill"]


@pytest.mark.parametrize(
    ("xml", "hidden"),
    [
        (f"<w:p><w:del>{RUN.replace('w:t>', 'w:delText>')}</w:del></w:p>", Hidden.TRACKED_CHANGE),
        (f"<w:p><w:moveFrom>{RUN}</w:moveFrom></w:p>", Hidden.TRACKED_CHANGE),
        ("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>SECRET</w:t></w:r></w:p>", Hidden.HIDDEN_TEXT),
        ('<w:p><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>SECRET</w:t></w:r></w:p>', None),
        (f"<w:p><w:ins>{RUN}</w:ins></w:p>", None),
        (f"<w:p><w:smartTag>{RUN}</w:smartTag></w:p>", None),
        (f"<w:sdt><w:sdtContent><w:p>{RUN}</w:p></w:sdtContent></w:sdt>", None),
        (f"<w:p><w:r><w:pict><w:txbxContent><w:p>{RUN}</w:p></w:txbxContent></w:pict></w:r></w:p>",
         None),
        ("<w:p><w:r><w:instrText>HYPERLINK \"mailto:SECRET\"</w:instrText></w:r></w:p>",
         Hidden.HIDDEN_TEXT),
    ],
)  # fmt: skip
def test_what_python_docx_leaves_out_is_read(xml: str, hidden: Hidden | None) -> None:
    found = texts(with_xml(xml), hidden)

    assert any("SECRET" in text for text in found)


def test_text_behind_hidden_text_is_not_hidden() -> None:
    xml = "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>a</w:t></w:r><w:r><w:t>SEEN</w:t></w:r></w:p>"

    assert texts(with_xml(xml)) == ["before\nSEEN"]


def test_notes_are_read() -> None:
    content = made(lambda document: document.add_paragraph("x"))
    note = "<w:footnote><w:p><w:r><w:t>Ann's note</w:t></w:r></w:p></w:footnote>"
    notes = f"<w:footnotes {nsdecls('w')}>{note}</w:footnotes>"
    saved = io.BytesIO(content)
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr("word/footnotes.xml", notes)

    assert Text("letter.docx › footnotes", "Ann's note") in read(saved.getvalue()).blocks


def test_a_template_is_read_though_python_docx_refuses_it() -> None:
    content = changed(
        made(lambda document: document.add_paragraph("Ann Bee")),
        lambda _, body: body.replace(DOCUMENT.encode(), TEMPLATE.encode()),
    )

    assert texts(content) == ["Ann Bee"]


def test_the_two_readers_agree_on_an_ordinary_document() -> None:
    def fill(document: Any) -> None:
        for number in range(20):
            document.add_paragraph(f"Dear Ann {number},\tthank you\nfor it")
        document.add_table(3, 3).cell(1, 1).text = "x y"

    assert read(made(fill)).defects == ()


def test_what_only_the_second_reader_sees_is_read_and_a_defect() -> None:
    def fill(document: Any) -> None:
        document.add_paragraph("seen by both")
        document.add_table(1, 1).cell(0, 0).text = "seen by python-docx"

    part = Part("1", made(fill), filename=PLACE)

    assert list(_second_reader(part, PLACE, Budget(), "before seen by both after")) == [
        Defect("second-reader"),
        Text("letter.docx › second reader", "seen by python-docx"),
    ]


def test_a_large_picture_in_a_document_is_a_gap() -> None:
    content = made(lambda document: document.add_paragraph("x"))
    saved = io.BytesIO(content)
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr("word/media/image1.gif", b"GIF89a\xe8\x03\xe8\x03" + bytes(20_000))

    assert [Unread.SCAN] == [gap.why for d in read(saved.getvalue()).walk() for gap in d.gaps]


def test_a_document_that_was_cut_off_is_a_gap() -> None:
    content = made(lambda document: document.add_paragraph("x"))

    assert [(Unread.CORRUPT, "docx")] == [(g.why, g.format) for g in read(content[:-300]).gaps]


def test_a_story_that_was_cut_off_is_a_gap_and_its_beginning_is_read() -> None:
    def fill(document: Any) -> None:
        for _ in range(50):
            document.add_paragraph("Ann Bee")

    content = changed(
        made(fill),
        lambda name, body: body[: len(body) // 2] if name == "word/document.xml" else body,
    )

    assert Unread.CORRUPT in [gap.why for gap in read(content).gaps]
    assert "Ann Bee" in texts(content)[0]
