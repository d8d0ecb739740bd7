import io
import struct
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
from dlpguard.extractors._ooxml import Package
from dlpguard.extractors.word import _second_reader
from dlpguard.mail import Part
from tests.extractors._oldfiles import compound

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


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_both_parts_of_one_name_are_read() -> None:
    content = made(lambda document: document.add_paragraph("seen by some"))
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    other = f"<w:document xmlns:w='{word}'><w:body><w:p><w:r><w:t>SECRET</w:t></w:r></w:p></w:body>"
    saved = io.BytesIO(content)
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr("word/document.xml", f"{other}</w:document>")

    assert {"seen by some", "SECRET"} <= set(texts(saved.getvalue()))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_package_of_many_parts_of_one_name_is_a_gap() -> None:
    saved = io.BytesIO(made(lambda document: document.add_paragraph("x")))
    with zipfile.ZipFile(saved, "a") as archive:
        for number in range(50):
            archive.writestr("word/document.xml", str(number))

    assert [Unread.CORRUPT] == [gap.why for gap in read(saved.getvalue()).gaps]


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

    package = Package(part.content, Budget())
    found = "before seen by both after"

    assert list(_second_reader(package, part, "word/document.xml", PLACE, Budget(), found)) == [
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


def styled(run: str, text: str = "SECRET") -> str:
    return f"<w:r><w:rPr>{run}</w:rPr><w:t>{text}</w:t></w:r>"


WHITE = '<w:color w:val="FFFFFF"/>'
DARK = '<w:shd w:val="clear" w:fill="202020"/>'
GREY = '<w:color w:val="202020"/>'
AUTOMATIC = '<w:color w:val="auto"/>'
TINY = '<w:sz w:val="2"/>'
STYLE = '<w:rStyle w:val="{}"/>'


@pytest.mark.parametrize(
    ("xml", "hidden"),
    [
        (f"<w:p>{styled(WHITE)}</w:p>", Hidden.SAME_COLOUR),
        (f"<w:p>{styled(WHITE + DARK)}</w:p>", None),
        (f"<w:p><w:pPr>{DARK}</w:pPr>{styled(WHITE)}</w:p>", None),
        (f"<w:p>{styled(GREY + DARK)}</w:p>", Hidden.SAME_COLOUR),
        (f"<w:p>{styled(AUTOMATIC)}</w:p>", None),
        (f"<w:p>{styled(TINY)}</w:p>", Hidden.HIDDEN_TEXT),
        (f"<w:tbl><w:tr><w:tc><w:tcPr>{DARK}</w:tcPr><w:p>{styled(WHITE)}</w:p></w:tc></w:tr>"
         "</w:tbl>", None),
        (f"<w:tbl><w:tr><w:tc><w:p>{styled(WHITE)}</w:p></w:tc></w:tr></w:tbl>",
         Hidden.SAME_COLOUR),
        ('<w:p><w:fldSimple w:instr="HYPERLINK &quot;SECRET&quot;"/></w:p>', Hidden.HIDDEN_TEXT),
        ('<w:sdt><w:sdtPr><w:listItem w:displayText="SECRET"/></w:sdtPr></w:sdt>',
         Hidden.PROPERTY),
        ('<w:p><w:ins w:author="SECRET"/></w:p>', Hidden.PROPERTY),
        ("<w:p><w:r><w:Choice><w:t>a</w:t></w:Choice><w:Fallback><w:p><w:t>SECRET</w:t></w:p>"
         "</w:Fallback></w:r></w:p>", Hidden.ALTERNATIVE),
    ],
)  # fmt: skip
def test_what_word_does_not_show_says_why(xml: str, hidden: Hidden | None) -> None:
    assert any("SECRET" in text for text in texts(with_xml(xml), hidden))


def test_text_that_both_alternatives_have_is_read_once() -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>Ann Bee</w:t></w:r></w:p></w:txbxContent>"
    xml = f"<w:p><w:r><w:Choice>{box}</w:Choice><w:Fallback>{box}</w:Fallback></w:r></w:p>"

    found = [block for block in read(with_xml(xml)).blocks if isinstance(block, Text)]

    assert [block.text for block in found].count("Ann Bee") == 1


def test_a_style_that_hides_its_text_is_followed_through_its_parents() -> None:
    style = (
        '<w:style w:styleId="A"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:styleId="B"><w:basedOn w:val="A"/></w:style></w:styles>'
    )

    def change(name: str, body: bytes) -> bytes:
        return body.replace(b"</w:styles>", style.encode()) if name == "word/styles.xml" else body

    content = changed(with_xml(f"<w:p>{styled(STYLE.format('B'))}</w:p>"), change)

    assert texts(content, Hidden.HIDDEN_TEXT) == ["SECRET"]


def test_styles_that_are_based_on_each_other_come_to_an_end() -> None:
    style = '<w:style w:styleId="A"><w:basedOn w:val="A"/></w:style><w:vanish/></w:styles>'
    content = changed(
        with_xml(f"<w:p>{styled(STYLE.format('A'), 'seen')}</w:p>"),
        lambda name, body: body.replace(b"</w:styles>", style.encode()),
    )

    assert texts(content) == ["before\nseen"]


def test_an_embedded_package_comes_back_out_with_its_name() -> None:
    body = b"Ann,07700 900123\nBob,07700 900124\n"
    package = (
        struct.pack("<H", 2) + b"list.csv\0C:\\clients\\list.csv\0" + bytes(2) + b"\3\0"
        + struct.pack("<I", 9) + b"C:\\t.csv\0" + struct.pack("<I", len(body)) + body
    )  # fmt: skip
    stream = struct.pack("<I", len(package)) + package
    saved = io.BytesIO(made(lambda document: document.add_paragraph("x")))
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr("word/embeddings/oleObject1.bin", compound({"\x01Ole10Native": stream}))

    (wrapping,) = read(saved.getvalue()).inside

    assert wrapping.inside[0].name.endswith("oleObject1.bin › list.csv")
    assert wrapping.inside[0].blocks[0].hidden is None
    assert isinstance(wrapping.inside[0].blocks[0], Table)


def test_custom_xml_is_read_with_its_attributes() -> None:
    saved = io.BytesIO(made(lambda document: document.add_paragraph("x")))
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr(
            "customXml/item7.xml", '<a><client name="Ann Bee">07700 900123</client></a>'
        )

    where = "letter.docx › item7.xml"

    assert [Text(where, text, Hidden.PROPERTY) for text in ("07700 900123", "Ann Bee")] == [
        block for block in read(saved.getvalue()).blocks if block.where == where
    ]


def test_an_embedded_file_with_the_name_of_a_programs_part_is_read() -> None:
    saved = io.BytesIO(made(lambda document: document.add_paragraph("x")))
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr("word/embeddings/theme-styles.csv", "Ann,07700 900123\nBob,1\n")

    assert "csv" in [inside.format for inside in read(saved.getvalue()).inside]
