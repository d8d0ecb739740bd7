"""Places of a PDF in which somebody may put what a guard should not find."""

import io
import time
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from dlpguard.document import Document, Hidden, Text, Unread
from dlpguard.extractors import (
    _pdfmarks,
    _pdfrevisions,
    _pdfstrings,
    _pdftext,
    _pdfundrawn,
    extract,
)
from dlpguard.mail import Part
from tests.extractors._pdffonts import changed, draw, plain_page

SECRET = "Ann Bee ILS/2013/04417"
SHOWN = f"BT /F1 12 Tf 5 5 Td ({SECRET}) Tj ET".encode()
PAGE = plain_page("seen by everybody")


def read(content: bytes) -> Document:
    return extract(Part("1", content, filename="a.pdf"))


def found(content: bytes) -> list[tuple[str, Hidden | None]]:
    """Where the secret is, and why it is not seen."""
    return [
        (block.where, block.hidden)
        for block in read(content).blocks
        if isinstance(block, Text) and SECRET in block.text
    ]


def gaps(content: bytes) -> list[tuple[Unread, str]]:
    return [(gap.why, gap.where) for gap in read(content).gaps]


def helvetica() -> Dictionary:
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    return Dictionary(F1=font)


def form(document: pikepdf.Pdf, content: bytes = SHOWN, **resources: Any) -> pikepdf.Stream:
    made = document.make_stream(content)
    made.Type, made.Subtype, made.BBox = Name.XObject, Name.Form, Array([0, 0, 300, 50])
    made.Resources = Dictionary(Font=helvetica(), **resources)
    return made


def cell(document: pikepdf.Pdf) -> pikepdf.Stream:
    made = document.make_stream(SHOWN)
    made.Type, made.PatternType, made.PaintType, made.TilingType = Name.Pattern, 1, 1, 1
    made.BBox, made.XStep, made.YStep = Array([0, 0, 300, 50]), 300, 50
    made.Resources = Dictionary(Font=helvetica())
    return made


def add(document: pikepdf.Pdf, kind: str, item: object, instructions: bytes) -> None:
    """Give the page a resource called A, and instructions that use it."""
    page = document.pages[0]
    page.Resources[kind] = Dictionary(A=item)
    page.contents_add(b"q " + instructions + b" Q")


def in_a_pattern(document: pikepdf.Pdf) -> None:
    add(document, "/Pattern", cell(document), b"/Pattern cs /A scn 0 0 400 400 re f")


def in_a_soft_mask(document: pikepdf.Pdf) -> None:
    group = form(document, b"1 g " + SHOWN)
    group.Group = Dictionary(S=Name.Transparency, CS=Name.DeviceGray)
    mask = Dictionary(S=Name.Luminosity, G=group)
    add(document, "/ExtGState", Dictionary(SMask=mask), b"/A gs 0 0 400 400 re f")


def in_a_glyph(document: pikepdf.Pdf) -> None:
    font = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type3,
        FontBBox=[0, 0, 300, 50],
        FontMatrix=[0.1, 0, 0, 0.1, 0, 0],
        CharProcs=Dictionary(A=document.make_stream(b"300 0 d0 " + SHOWN)),
        Encoding=Dictionary(Differences=Array([65, Name.A])),
        FirstChar=65,
        LastChar=65,
        Widths=[300],
        Resources=Dictionary(Font=helvetica()),
    )
    draw(document, font, b"A")


def in_forms_in_forms(document: pikepdf.Pdf) -> None:
    inner = form(document)
    for _ in range(12):
        inner = form(document, b"/F Do", XObject=Dictionary(F=inner))
    add(document, "/XObject", inner, b"/A Do")


def in_a_form_that_nothing_draws(document: pikepdf.Pdf) -> None:
    add(document, "/XObject", form(document), b"")


def in_a_form_that_is_lost(document: pikepdf.Pdf) -> None:
    document.Root.Lost = form(document)


def on_a_page(document: pikepdf.Pdf, kind: Name) -> pikepdf.Object:
    return document.make_indirect(
        Dictionary(
            Type=kind,
            MediaBox=[0, 0, 600, 800],
            Resources=Dictionary(Font=helvetica()),
            Contents=document.make_stream(SHOWN),
        )
    )


def on_a_page_that_was_taken_out(document: pikepdf.Pdf) -> None:
    document.Root.Lost = on_a_page(document, Name.Page)


def on_a_template(document: pikepdf.Pdf) -> None:
    names = Array([String("t"), on_a_page(document, Name.Template)])
    document.Root.Names = Dictionary(Templates=Dictionary(Names=names))


def note(**entries: Any) -> Callable[[pikepdf.Pdf, Dictionary], None]:
    def change(document: pikepdf.Pdf, appearances: Dictionary) -> None:
        made = Dictionary(Type=Name.Annot, Rect=[50, 50, 350, 100], AP=appearances, **entries)
        annotation = document.make_indirect(made)
        document.pages[0].Annots = Array([annotation])
        if entries["Subtype"] == Name.Widget:
            document.Root.AcroForm = Dictionary(Fields=[annotation])

    return change


def in_a_hidden_stamp(document: pikepdf.Pdf) -> None:
    note(Subtype=Name.Stamp, F=2)(document, Dictionary(N=form(document)))


def in_a_popup(document: pikepdf.Pdf) -> None:
    note(Subtype=Name.Popup, F=4)(document, Dictionary(N=form(document)))


def in_a_button_while_it_is_down(document: pikepdf.Pdf) -> None:
    button = note(Subtype=Name.Widget, FT=Name.Btn, F=4)
    button(document, Dictionary(N=form(document, b""), D=form(document)))


def in_a_state_that_is_off(document: pikepdf.Pdf) -> None:
    button = note(Subtype=Name.Widget, FT=Name.Btn, F=4, AS=Name.Off)
    button(document, Dictionary(N=Dictionary(Off=form(document, b""), Yes=form(document))))


@pytest.mark.parametrize(
    ("hidden", "change"),
    [
        (None, in_a_pattern),
        (None, in_a_soft_mask),
        (None, in_a_glyph),
        (None, in_forms_in_forms),
        (Hidden.HIDDEN_TEXT, in_a_form_that_nothing_draws),
        (Hidden.HIDDEN_TEXT, in_a_form_that_is_lost),
        (Hidden.HIDDEN_TEXT, on_a_page_that_was_taken_out),
        (Hidden.HIDDEN_TEXT, on_a_template),
        (Hidden.HIDDEN_TEXT, in_a_hidden_stamp),
        (Hidden.HIDDEN_TEXT, in_a_popup),
        (Hidden.HIDDEN_TEXT, in_a_button_while_it_is_down),
        (Hidden.HIDDEN_TEXT, in_a_state_that_is_off),
    ],
)
def test_text_that_is_drawn_otherwise_than_on_a_page_is_read(
    hidden: Hidden | None, change: Callable[[pikepdf.Pdf], None]
) -> None:
    assert [hidden] == [why for _, why in found(changed(PAGE, change))]


def test_forms_that_pages_draw_are_read_once() -> None:
    def change(document: pikepdf.Pdf) -> None:
        add(document, "/XObject", form(document), b"/A Do 1 0 0 1 0 100 cm /A Do")

    assert [("a.pdf › page 1", None)] == found(changed(PAGE, change))


def test_too_many_drawings_beside_the_pages_are_a_gap() -> None:
    def change(document: pikepdf.Pdf) -> None:
        document.Root.Lost = Array([form(document) for _ in range(301)])

    assert [(Unread.TOO_LARGE, "a.pdf")] == gaps(changed(PAGE, change))


def in_page_labels(document: pikepdf.Pdf) -> None:
    document.Root.PageLabels = Dictionary(Nums=[0, Dictionary(S=Name.D, P=String(SECRET))])


def in_a_thread(document: pikepdf.Pdf) -> None:
    thread = Dictionary(Type=Name.Thread, I=Dictionary(Subject=SECRET))
    document.Root.Threads = Array([document.make_indirect(thread)])


def as_the_name_of_a_target(document: pikepdf.Pdf) -> None:
    names = Array([String(SECRET), Array([document.pages[0].obj, Name.Fit])])
    document.Root.Names = Dictionary(Dests=Dictionary(Names=names))


def as_the_name_of_a_script(document: pikepdf.Pdf) -> None:
    script = Dictionary(S=Name.JavaScript, JS=String("1"))
    document.Root.Names = Dictionary(JavaScript=Dictionary(Names=[String(SECRET), script]))


def as_the_name_of_a_layer(document: pikepdf.Pdf) -> None:
    layer = document.make_indirect(Dictionary(Type=Name.OCG, Name=String(SECRET)))
    document.Root.OCProperties = Dictionary(OCGs=[layer], D=Dictionary())


def in_a_portfolio(document: pikepdf.Pdf) -> None:
    column = Dictionary(N=String(SECRET), Subtype=Name.S)
    document.Root.Collection = Dictionary(Schema=Dictionary(a=column))


def as_a_file_that_a_link_opens(document: pikepdf.Pdf) -> None:
    action = Dictionary(S=Name.GoToR, F=String(SECRET))
    note(Subtype=Name.Link, A=action)(document, Dictionary())


def as_a_caption(document: pikepdf.Pdf) -> None:
    caption = Dictionary(CA=String(SECRET))
    note(Subtype=Name.Widget, FT=Name.Btn, F=4, MK=caption)(document, Dictionary())


def as_private_data(document: pikepdf.Pdf) -> None:
    document.pages[0].PieceInfo = Dictionary(X=Dictionary(Private=Dictionary(Z=String(SECRET))))


def under_a_key_of_their_own(document: pikepdf.Pdf) -> None:
    document.Root.Whatever = Array([Array([String(SECRET)])])


@pytest.mark.parametrize(
    "change",
    [
        in_page_labels,
        in_a_thread,
        as_the_name_of_a_target,
        as_the_name_of_a_script,
        as_the_name_of_a_layer,
        in_a_portfolio,
        as_a_file_that_a_link_opens,
        as_a_caption,
        as_private_data,
        under_a_key_of_their_own,
    ],
)
def test_strings_are_read_wherever_they_stand(change: Callable[[pikepdf.Pdf], None]) -> None:
    assert [("a.pdf › other strings", Hidden.PROPERTY)] == found(changed(PAGE, change))


@pytest.mark.parametrize(
    "technical", ["D:20240229120000Z", "/Helv 0 Tf 0 g", "Adobe", "en-GB", "\x8f" * 10 + "abcdef"]
)
def test_strings_for_programs_are_left_out(technical: str) -> None:
    raw = technical.encode("latin-1")

    assert [] == list(_pdfstrings.words(Dictionary(A=String(raw), B=Array([String(raw)]))))


def marked(properties: str, text: str = SECRET) -> bytes:
    """A page with a text that is marked as standing for something else."""

    def change(document: pikepdf.Pdf) -> None:
        page = document.pages[0]
        page.Resources.Font = helvetica()
        page.Resources.Properties = Dictionary(A=Dictionary(ActualText=String("hello")))
        line = f"/Span {properties} BDC BT /F1 12 Tf 50 300 Td ({text}) Tj ET EMC"
        page.contents_add(line.encode())

    return changed(PAGE, change)


@pytest.mark.parametrize(
    "properties",
    ["<</ActualText ( )>>", "<</ActualText (hello)>>", "<</Actual#54ext (hello)>>", "/A"],
)
def test_what_is_drawn_is_read_whatever_it_is_said_to_stand_for(properties: str) -> None:
    assert [("a.pdf › page 1", None)] == found(marked(properties))


@pytest.mark.parametrize("key", ["ActualText", "Alt", "E", "Whatever"])
def test_what_a_mark_says_is_read_too(key: str) -> None:
    assert found(marked(f"<</{key} ({SECRET})>>", "x"))
    assert found(marked(f"<</MCID 0 /{key} <feff{SECRET.encode('utf-16-be').hex()}>>>", "x"))


def test_a_mark_on_nothing_is_read() -> None:
    def change(document: pikepdf.Pdf) -> None:
        document.pages[0].contents_add(f"/Span <</ActualText ({SECRET})>> DP".encode())

    assert [("a.pdf › page 1", Hidden.ALTERNATIVE)] == found(changed(PAGE, change))


@pytest.mark.parametrize("method", [4, 6])
def test_a_file_that_opens_without_a_password_is_read(method: int) -> None:
    saved = io.BytesIO()
    with pikepdf.open(io.BytesIO(plain_page(SECRET))) as document:
        encryption = pikepdf.Encryption(owner="owner", user="", R=method)  # type: ignore[arg-type]
        document.save(saved, encryption=encryption)

    assert [("a.pdf › page 1", None)] == found(saved.getvalue())


@pytest.mark.parametrize(
    "hostile",
    [
        b"<<" * 100_000,
        b"<<" + b"(" * 100_000,
        b"<<" + b"a" * 100_000,
        b"<</A(" + b"\\" * 100_000,
        b"<</A<" + b"0" * 100_000,
        b")" + b" " * 100_000,
        b"/" + b"a" * 100_000,
        b"startxref " * 20_000,
        b"1 " * 100_000,
        b"\r\n" * 50_000,
    ],
    ids=lambda content: repr(content[:12]),
)
def test_expressions_take_linear_time(hostile: bytes) -> None:
    begun = time.process_time()
    for expression in (
        _pdfmarks._MARK,
        _pdfundrawn._DRAWS,
        _pdfundrawn._SHOWS_TEXT,
        _pdfrevisions._END,
        _pdfrevisions._OBJECT,
    ):
        sum(1 for _ in expression.finditer(hostile))
    sum(1 for _ in _pdftext._WORDS.finditer(hostile.decode("latin-1")))

    assert time.process_time() - begun < 2.0
