"""What stands in a package where no program looks for it, and is read all the same."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlpguard.document import Document, Table, Text
from dlpguard.extractors import Budget, Limits, extract
from dlpguard.extractors._budget import Unreadable
from dlpguard.extractors._leftovers import _Words, at_a_glance
from dlpguard.extractors._ooxml import parse
from dlpguard.mail import Part
from tests.extractors import test_opendocument as odf
from tests.extractors import test_presentation as pptx
from tests.extractors import test_spreadsheet as xlsx
from tests.extractors import test_word as docx

SECRET = "Ann Bee, 07700 900123"
SHEET, BOOK, STYLES = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
CELL = "<row r='5'><c r='A5'><f>1+N(\"%s\")</f><v>1</v></c></row></sheetData>"


def workbook() -> bytes:
    return xlsx.sheet(lambda sheet: sheet.append(["harmless"]))


def with_part(name: str, body: str | bytes, content: bytes | None = None) -> bytes:
    saved = io.BytesIO(content or workbook())
    with zipfile.ZipFile(saved, "a") as archive:
        archive.writestr(name, body)
    return saved.getvalue()


def changed(part: str, old: str, new: str) -> bytes:
    return xlsx.rewritten(workbook(), part, lambda xml: xml.replace(old, new % SECRET, 1))


def in_workbook(name: str, body: str) -> bytes:
    return with_part(f"xl/{name}", body % SECRET)


def commented(content: bytes) -> bytes:
    saved = io.BytesIO(content)
    with zipfile.ZipFile(saved, "a") as archive:
        archive.comment = SECRET.encode()
    return saved.getvalue()


WORKBOOKS = {
    "behind it": workbook() + SECRET.encode(),
    "comment of the zip": commented(workbook()),
    "folder": with_part("xl/folder/", SECRET),
    "name of a part": with_part(f"xl/{SECRET}.bin", b""),
    "formula": changed(SHEET, "</sheetData>", CELL),
    "name of the code": changed(SHEET, "<sheetPr", "<sheetPr codeName='%s'"),
    "comment of the XML": changed(SHEET, "</worksheet>", "<!-- %s --></worksheet>"),
    "instruction": changed(BOOK, "</workbook>", "<?note %s?></workbook>"),
    "text between cells": changed(SHEET, "</sheetData>", "<row>%s</row></sheetData>"),
    "place of a link": changed(
        SHEET, "</sheetData>", "</sheetData><hyperlinks><hyperlink location='%s'/></hyperlinks>"
    ),
    "conditional format": changed(
        SHEET, "</sheetData>", '</sheetData><cfRule><formula>A1="%s"</formula></cfRule>'
    ),
    "extension": changed(SHEET, "</worksheet>", "<extLst><x><f>%s</f></x></extLst></worksheet>"),
    "number format": changed(
        STYLES, "<fonts", "<numFmts><numFmt formatCode='\"%s\"'/></numFmts><fonts"
    ),
    "name with a comment": changed(
        BOOK, "</sheets>", "</sheets><definedName description='%s'>A1</definedName>"
    ),
    "value of a name": changed(BOOK, "</sheets>", "</sheets><definedName>%s</definedName>"),
    "view": changed(BOOK, "</sheets>", "</sheets><customWorkbookView name='%s'/>"),
    "slicer": in_workbook("slicerCaches/slicerCache1.xml", "<x><i c='%s'/></x>"),
    "history": in_workbook("revisions/revisionLog1.xml", "<rcc><oc><is><t>%s</t></is></oc></rcc>"),
    "list box": in_workbook("ctrlProps/ctrlProp1.xml", "<x><item val='%s'/></x>"),
    "data type": in_workbook("richData/rdrichvalue.xml", "<rvData><rv><v>%s</v></rv></rvData>"),
    "pivot item": in_workbook("pivotTables/pivotTable1.xml", "<x><item n='%s'/></x>"),
    "pivot group": in_workbook(
        "pivotCache/pivotCacheDefinition1.xml",
        "<x><cacheField name='a'><groupItems><s v='%s'/></groupItems></cacheField></x>",
    ),
    "table": in_workbook("tables/table1.xml", "<table comment='%s'/>"),
    "feed": in_workbook("volatileDependencies.xml", "<volTypes><v>%s</v></volTypes>"),
    "ribbon": with_part(
        "customUI/customUI.xml", f"<customUI><button label='{SECRET}'/></customUI>"
    ),
}


LETTER = docx.made(lambda document: document.add_paragraph("harmless"))
TALK = pptx.deck(pptx.slide(pptx.shape("harmless")))
CORE, SETTINGS = "docProps/core.xml", "word/settings.xml"


def in_letter(part: str, end: str, xml: str) -> bytes:
    """The letter with some XML before the end of an element of a part."""
    return xlsx.rewritten(LETTER, part, lambda old: old.replace(end, xml % SECRET + end, 1))


def in_paragraph(xml: str) -> bytes:
    return in_letter("word/document.xml", "</w:p>", xml)


def in_body(xml: str) -> bytes:
    return in_letter("word/document.xml", "<w:sectPr", xml)


LETTERS = {
    "behind it": LETTER + SECRET.encode(),
    "comment of the zip": commented(LETTER),
    "folder": with_part("word/folder/", SECRET, LETTER),
    "name of a part": with_part(f"word/{SECRET}.bin", b"", LETTER),
    "field without quotes": in_paragraph("<w:r><w:instrText> DOCVARIABLE %s </w:instrText></w:r>"),
    "data of a field": in_paragraph("<w:r><w:fldChar><w:fldData>%s</w:fldData></w:fldChar></w:r>"),
    "bookmark": in_paragraph("<w:bookmarkStart w:id='1' w:name='%s'/>"),
    "tag of a control": in_body("<w:sdt><w:sdtPr><w:tag w:val='%s'/></w:sdtPr></w:sdt>"),
    "smart tag": in_paragraph("<w:smartTag><w:smartTagPr><w:attr w:val='%s'/></w:smartTagPr>"
    "</w:smartTag>"),
    "place of a link": in_paragraph('<w:hyperlink w:anchor="%s"/>'),
    "who may edit": in_paragraph('<w:permStart w:id="1" w:ed="%s"/>'),
    "title of a table": in_body('<w:tbl><w:tblPr><w:tblCaption w:val="%s"/></w:tblPr></w:tbl>'),
    "description of a table": in_body(
        '<w:tbl><w:tblPr><w:tblDescription w:val="%s"/></w:tblPr></w:tbl>'
    ),
    "comment of the XML": in_body("<!-- %s -->"),
    "instruction": in_body("<?note %s?>"),
    "text between paragraphs": in_body("%s"),
    "unknown element": in_body("<x>%s</x>"),
    "unknown attribute": in_body('<x y="%s"/>'),
    "variable": in_letter(SETTINGS, "</w:settings>", '<w:docVar w:val="%s"/>'),
    "query of a mail merge": in_letter(SETTINGS, "</w:settings>", '<w:query w:val="SELECT %s"/>'),
    "recipients of a mail merge": with_part(
        "word/recipientData.xml", f'<w:x xmlns:w="w"><w:uniqueTag w:val="{SECRET}"/></w:x>', LETTER
    ),
    "building block": with_part(
        "word/glossary/document.xml", f'<w:x xmlns:w="w"><w:name w:val="{SECRET}"/></w:x>', LETTER
    ),
    "control": with_part("word/activeX/activeX1.xml", f'<ocxPr value="{SECRET}"/>', LETTER),
    "prompt of a diagram": with_part(
        "word/diagrams/data1.xml", f"<dataModel><prSet phldrT='{SECRET}'/></dataModel>", LETTER
    ),
    "state": in_letter(CORE, "</cp:coreProperties>", "<cp:contentStatus>%s</cp:contentStatus>"),
    "identifier": in_letter(CORE, "</cp:coreProperties>", "<dc:identifier>%s</dc:identifier>"),
}  # fmt: skip


def in_talk(xml: str) -> bytes:
    return pptx.deck(pptx.slide(pptx.shape("harmless") + xml % SECRET))


def beside_talk(name: str, xml: str) -> bytes:
    return with_part(f"ppt/{name}", xml % SECRET, TALK)


TALKS = {
    "behind it": TALK + SECRET.encode(),
    "comment of the zip": commented(TALK),
    "name of a shape": in_talk('<sp><nvSpPr><cNvPr id="2" name="%s"/></nvSpPr></sp>'),
    "name of a slide": pptx.deck(f"<sld><cSld name='{SECRET}'><spTree/></cSld></sld>"),
    "comment of the XML": in_talk("<!-- %s -->"),
    "text between shapes": in_talk("%s"),
    "extension": in_talk('<extLst><ext><x y="%s"/></ext></extLst>'),
    "action": in_talk('<sp><hlinkClick action="ppaction://%s"/></sp>'),
    "name of a control": in_talk('<controls><control name="%s"/></controls>'),
    "name of a show": xlsx.rewritten(
        TALK,
        "ppt/presentation.xml",
        lambda xml: xml.replace("</p:pres", f'<custShow name="{SECRET}"/></p:pres'),
    ),
    "name of a tag": beside_talk("tags/tag1.xml", '<tagLst><tag name="%s" val="x"/></tagLst>'),
    "author": beside_talk("commentAuthors.xml", '<cmAuthorLst><cmAuthor name="%s"/></cmAuthorLst>'),
    "changes": beside_talk("changesInfos/changesInfo1.xml", '<x><chgData name="%s"/></x>'),
    "revisions": beside_talk("revisionInfo.xml", '<a b="%s"/>'),
}


def documents(kind: str) -> dict[str, bytes]:
    """OpenDocument files of a kind with the secret in places that all of them have."""
    plain = odf.packed(kind, "")
    return {
        "behind it": plain + SECRET.encode(),
        "comment of the zip": commented(plain),
        "unknown part": with_part("more.xml", f"<a b='{SECRET}'/>", plain),
        "settings of the program": with_part(
            "Configurations2/menu.xml", f"<a><b>{SECRET}</b></a>", plain
        ),
        "comment of the XML": odf.packed(kind, f"<!-- {SECRET} -->"),
        "name of a shape": odf.packed(kind, f'<draw:frame draw:name="{SECRET}"/>'),
        "unknown element": odf.packed(kind, f"<text:unknown>{SECRET}</text:unknown>"),
        "file in the XML": odf.packed(
            kind, "<office:binary-data>QW5uIEJlZSwgMDc3MDAgOTAwMTIz</office:binary-data>"
        ),
    }


def texts(document: Document) -> list[str]:
    blocks = [block for each in document.walk() for block in each.blocks]
    cells = [cell for b in blocks if isinstance(b, Table) for row in b.rows for cell in row]
    return [*(block.text for block in blocks if isinstance(block, Text)), *cells]


@pytest.mark.parametrize("case", WORKBOOKS)
def test_nothing_in_a_workbook_is_passed_over(case: str) -> None:
    document = extract(Part("1", WORKBOOKS[case], filename="list.xlsx"))

    assert any(SECRET in text for text in texts(document))


@pytest.mark.parametrize("case", LETTERS)
def test_nothing_in_a_letter_is_passed_over(case: str) -> None:
    document = extract(Part("1", LETTERS[case], filename="letter.docx"))

    assert any(SECRET in text for text in texts(document))


@pytest.mark.parametrize("case", TALKS)
def test_nothing_in_a_talk_is_passed_over(case: str) -> None:
    document = extract(Part("1", TALKS[case], filename="talk.pptx"))

    assert any(SECRET in text for text in texts(document))


@pytest.mark.parametrize("kind", ["text", "spreadsheet", "presentation"])
@pytest.mark.parametrize("case", documents("text"))
def test_nothing_in_an_opendocument_file_is_passed_over(kind: str, case: str) -> None:
    document = extract(Part("1", documents(kind)[case], filename="list.odf"))

    assert any(SECRET in text for text in texts(document))


@pytest.mark.parametrize(
    "content",
    [
        workbook(),
        LETTER,
        TALK,
        *(odf.packed(kind, "") for kind in ("text", "spreadsheet", "presentation")),
    ],
)
def test_an_ordinary_file_has_nothing_left_over(content: bytes) -> None:
    document = extract(Part("1", content, filename="list"))

    assert not [block for block in document.blocks if block.where.endswith("other words")]
    assert () == document.gaps + document.inside


def test_what_was_read_is_not_said_again() -> None:
    content = with_part("xl/tables/table1.xml", "<table><tableColumn name='harmless'/></table>")
    document = extract(Part("1", content, filename="list.xlsx"))

    assert ["harmless"] == [text for text in texts(document) if "harmless" in text]


def test_names_that_programs_give_are_no_words() -> None:
    names = "".join(f"<xdr:cNvPr name='{name}'/>" for name in ("Text Box 3", "Ann Bee", "Oval 12"))
    drawing = f"<xdr:wsDr xmlns:xdr='x'>{names}<a:rPr xmlns:a='a' typeface='Times New Roman'/>"
    content = with_part("xl/drawings/drawing1.xml", f"{drawing}</xdr:wsDr>")
    document = extract(Part("1", content, filename="list.xlsx"))

    assert ["Ann Bee"] == [
        block.text
        for block in document.blocks
        if isinstance(block, Text) and block.where.endswith("other words")
    ]


def test_fonts_and_styles_are_no_words() -> None:
    looks = "<w:rFonts w:ascii='Cambria Math' w:hAnsi='Times New Roman'/>"
    box = "<w:pict><v:shape xmlns:v='v' id='Text Box 12' style='width: auto; left: 2pt'/></w:pict>"
    content = in_paragraph(f"<w:r><w:rPr>{looks}</w:rPr>{box}</w:r><!--%s-->")
    document = extract(Part("1", content, filename="letter.docx"))

    assert [SECRET] == [
        block.text
        for block in document.blocks
        if isinstance(block, Text) and block.where.endswith("other words")
    ]


def test_looking_at_a_part_again_costs_nothing_of_the_budget() -> None:
    long = in_body("<w:p><w:r><w:t>%s</w:t></w:r></w:p>".replace("%s", "%s" + " word" * 100_000))
    document = extract(Part("1", long, filename="letter.docx"), Budget(Limits(inflated=1_000_000)))

    assert () == document.gaps


PIECES = st.sampled_from(
    [
        "Ann Bee", "07700 900 123", "x", "=", '="', "='", "'", '"', ">", "/>", " ", "&#32;",
        "&quot;", "Ann&#32;Bee", "Ann\nBee", "Ann\r\n\r\nBee", "A&amp;n Bee",
        "=\"Ann Bee\"", "é é", "éé éé", "a.Bb Cc", "<",
    ]
)  # fmt: skip
NAMES = st.sampled_from(["a", "w:b", "name", "style", "formula", "formatCode", "c:title", "id"])


@st.composite
def attributes(draw: st.DrawFn) -> str:
    quote = draw(st.sampled_from("\"'"))
    value = "".join(draw(st.lists(PIECES, max_size=4)))
    value = value.replace("<", "&lt;").replace(quote, "&quot;" if quote == '"' else "&apos;")
    equals = draw(st.sampled_from(["=", "=", " =", "= "]))
    return f" {draw(NAMES)}{draw(st.integers(0, 3)) or ''}{equals}{quote}{value}{quote}"


@st.composite
def some_xml(draw: st.DrawFn) -> bytes:
    start = draw(
        st.sampled_from(["", "<?xml version='1.0'?>", '<?xml version="1.0" encoding="UTF-8"?>'])
    )
    made = []
    for said in draw(st.lists(st.lists(attributes(), max_size=3), max_size=3)):
        text = "".join(draw(st.lists(PIECES, max_size=3))).replace("<", "&lt;")
        made.append(f"<x:b{''.join(said)}>{text}</x:b>")
    return f"{start}<a>{''.join(made)}</a>".encode()


@given(some_xml(), st.booleans())
def test_a_glance_sees_all_that_parsing_does(content: bytes, formats: bool) -> None:
    words = _Words(every=False, formats=formats)
    try:
        parse((content,), words)
    except Unreadable:  # an attribute twice
        return
    glanced = at_a_glance(content, formats=formats)

    assert glanced is None or set(words.found) <= set(glanced)


@pytest.mark.parametrize(
    "content",
    [
        b"<a><!-- Ann Bee --></a>", b"<a><?x Ann Bee?></a>", b"<?x Ann Bee?><a/>",
        '<a b="Ann Bee"/>'.encode("utf-16"), b'<?xml version="1.0" encoding="utf-16le"?><a/>',
    ],
)  # fmt: skip
def test_what_could_mislead_a_glance_is_parsed(content: bytes) -> None:
    assert at_a_glance(content) is None


@pytest.mark.parametrize(
    "content",
    [
        b"<a b='Ann Bee'/>", b'<a b="=" c="Ann Bee"/>', b"<a b='=\"' c=\"Ann Bee\"/>",
        b"<a b=\"='\" c='Ann Bee'/>", b'<a b="Ann&#32;Bee"/>', b'<a b= "Ann Bee"/>',
        b'<a b="=&quot;Ann Bee"/>', b'<a>="</a><a b="Ann Bee"/>', b'<a b=">" c="Ann Bee"/>',
        b"<a b=\"'>\" c=\"Ann\tBee\"/>", b'<a b="Ann\r\n\r\nBee"/>',
    ],
)  # fmt: skip
def test_a_glance_is_not_misled(content: bytes) -> None:
    found = at_a_glance(content)

    assert found is not None
    assert "Ann Bee" in " ".join("".join(found).split())


def test_a_glance_is_enough_for_ordinary_xml() -> None:
    assert ["Ann Bee", "Cy Dan's"] == at_a_glance(
        b'<?xml version="1.0" encoding="utf-8"?><w:a w:b="Ann\nBee"><w:t>x = \'y\' &#8211;</w:t>'
        b'<w:c w:style="not this" e="Cy Dan\'s"/></w:a>'
    )


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "content",
    [
        b'<a b="' + b"x " * 1_000_000, b'<a b="' + b"Ann=Bee " * 300_000,
        b"<a" + b" b" * 1_000_000 + b'="x y"',
        b"<a" + b' b="Ann Bee"' * 300_000 + b"/>", b"<a " + b"&#32;" * 400_000, b'="' * 1_000_000,
        b"<a>" + b"= " * 1_000_000, b"<a>" + b"<" * 1_000_000 + b"= ", b"<a>" + b"'=\"x " * 300_000,
    ],
)  # fmt: skip
def test_a_glance_takes_linear_time(content: bytes) -> None:
    found = at_a_glance(content)

    assert found is None or "Bee" in "".join(found) or not found


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "value",
    ["Ann Bee " * 100_000, "ab" * 400_000, "07700 " * 100_000, "A" + "a" * 500_000, "ab," * 9],
)
def test_long_values_take_linear_time(value: str) -> None:
    words = f"<t><a n='{value}'/><b>{value}</b><!-- {value} --></t>"
    document = extract(Part("1", with_part("xl/tables/table1.xml", words), filename="list.xlsx"))

    assert any(value.strip() in text for text in texts(document))
