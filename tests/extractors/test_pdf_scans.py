"""Pages that are pictures or drawings, with too little text to be what they show."""

from collections.abc import Callable

import pikepdf
from pikepdf import Array, Dictionary, Name

from dlpguard.document import Document, Unread
from dlpguard.extractors import extract
from dlpguard.mail import Part
from tests.extractors._pdffonts import changed, plain_page

PAGE = plain_page("seen by everybody")


def read(content: bytes) -> Document:
    return extract(Part("1", content, filename="a.pdf"))


def gaps(content: bytes) -> list[tuple[Unread, str]]:
    return [(gap.why, gap.where) for gap in read(content).gaps]


def picture(document: pikepdf.Pdf) -> pikepdf.Stream:
    made = document.make_stream(bytes(10_000))
    made.Type, made.Subtype, made.Width, made.Height = Name.XObject, Name.Image, 100, 100
    made.ColorSpace, made.BitsPerComponent = Name.DeviceGray, 8
    return made


def form(document: pikepdf.Pdf, content: bytes, inner: pikepdf.Object) -> pikepdf.Stream:
    made = document.make_stream(content)
    made.Type, made.Subtype, made.BBox = Name.XObject, Name.Form, Array([0, 0, 300, 50])
    made.Resources = Dictionary(XObject=Dictionary(F=inner))
    return made


def add(document: pikepdf.Pdf, kind: str, item: object, instructions: bytes) -> None:
    """Give the page a resource called A, and instructions that use it."""
    page = document.pages[0]
    page.Resources[kind] = Dictionary(A=item)
    page.contents_add(b"q " + instructions + b" Q")


def test_a_scan_with_a_line_of_a_fax_is_a_scan() -> None:
    def change(document: pikepdf.Pdf) -> None:
        add(document, "/XObject", picture(document), b"600 0 0 800 0 0 cm /A Do")

    assert [(Unread.SCAN, "a.pdf › page 1")] == gaps(changed(PAGE, change))


def test_a_scan_in_strips_is_a_scan() -> None:
    def change(document: pikepdf.Pdf) -> None:
        strips = b"".join(b"q 600 0 0 80 0 %d cm /A Do Q " % (80 * n) for n in range(10))
        add(document, "/XObject", picture(document), strips)

    assert [(Unread.SCAN, "a.pdf › page 1")] == gaps(changed(PAGE, change))


def test_a_page_of_text_on_a_picture_is_no_scan() -> None:
    def change(document: pikepdf.Pdf) -> None:
        add(document, "/XObject", picture(document), b"600 0 0 800 0 0 cm /A Do")

    text = plain_page(*["The client was seen at home and seemed well."] * 10)

    assert [] == gaps(changed(text, change))


def test_a_scan_in_forms_in_forms_is_a_scan() -> None:
    def change(document: pikepdf.Pdf) -> None:
        inner = form(document, b"300 0 0 50 0 0 cm /F Do", picture(document))
        for _ in range(8):
            inner = form(document, b"/F Do", inner)
        add(document, "/XObject", inner, b"/A Do")

    assert [(Unread.SCAN, "a.pdf › page 1")] == gaps(changed(plain_page(), change))


def test_a_scan_that_fills_a_pattern_is_a_scan() -> None:
    def change(document: pikepdf.Pdf) -> None:
        cell = form(document, b"600 0 0 800 0 0 cm /F Do", picture(document))
        del cell.Subtype
        cell.PatternType, cell.PaintType, cell.TilingType = 1, 1, 1
        cell.BBox, cell.XStep, cell.YStep = Array([0, 0, 600, 800]), 600, 800
        add(document, "/Pattern", cell, b"/Pattern cs /A scn 0 0 600 800 re f")

    text = plain_page(*["The client was seen at home and seemed well."] * 10)

    assert [(Unread.SCAN, "a.pdf")] == gaps(changed(PAGE, change))
    assert [] == gaps(changed(text, change))


def lines(count: int) -> Callable[[pikepdf.Pdf], None]:
    def change(document: pikepdf.Pdf) -> None:
        shapes = b"".join(b"%d 9 m 5 6 7 8 9 10 c h f\n" % n for n in range(count))
        document.pages[0].contents_add(shapes)

    return change


def test_letters_that_were_turned_into_lines_are_as_good_as_a_scan() -> None:
    assert [(Unread.SCAN, "a.pdf › page 1")] == gaps(changed(plain_page(), lines(500)))
    assert [] == gaps(changed(plain_page(), lines(20)))
    assert [] == gaps(changed(PAGE, lines(500)))
