"""Pages that pdfium cannot read, and what becomes of them where the second reader stops too."""

import random

import pytest
from pikepdf import Dictionary, Pdf

from dlpguard.document import Document, Text, Unread
from dlpguard.extractors import extract
from dlpguard.mail import Part
from tests.extractors._pdffonts import changed, drawn, plain_page, written
from tests.extractors.hostile._pdfs import pdf

SECRET = "Ann Bee ILS/2013/04417"


def read(content: bytes) -> Document:
    return extract(Part("1", content, filename="a.pdf"))


def gaps(content: bytes) -> list[tuple[Unread, str, str]]:
    return [(gap.why, gap.where, gap.detail) for gap in read(content).gaps]


def unmapped() -> bytes:
    """A page that only the second reader can read."""
    return written(SECRET, plain_page("seen by everybody"))


def on_pages(content: bytes, count: int) -> bytes:
    """The first page so many times."""

    def change(document: Pdf) -> None:
        for _ in range(count - 1):
            document.pages.append(document.pages[0])

    return changed(content, change)


def with_ballast(content: bytes, size: int) -> bytes:
    """The file with so many bytes of nothing in it."""
    ballast = random.Random(1).randbytes(size)

    def change(document: Pdf) -> None:
        document.Root.Ballast = document.make_stream(ballast)

    return changed(content, change)


def texts(content: bytes) -> list[Text]:
    return [b for b in read(content).blocks if isinstance(b, Text) and SECRET in b.text]


def test_what_only_the_second_reader_reads_is_text_of_its_page() -> None:
    two = on_pages(unmapped(), 2)

    assert ["a.pdf › page 1", "a.pdf › page 2"] == [text.where for text in texts(two)]
    assert [] == gaps(two)


def test_a_file_too_large_for_it_is_a_gap() -> None:
    content = with_ballast(unmapped(), 5_000_000)

    assert [(Unread.TOO_LARGE, "a.pdf", "too large for the second reader")] == gaps(content)


def test_a_large_file_that_pdfium_reads_is_none() -> None:
    assert [] == gaps(with_ballast(plain_page("seen by everybody"), 5_000_000))


def test_pages_beyond_its_limit_are_a_gap_and_the_others_are_read() -> None:
    content = on_pages(unmapped(), 21)

    assert 20 == len(texts(content))
    assert [(Unread.TOO_LARGE, "a.pdf", "too many pages for the second reader")] == gaps(content)


def test_as_many_pages_as_it_may_read_are_no_gap() -> None:
    assert [] == gaps(on_pages(unmapped(), 20))


def test_each_page_that_it_cannot_read_either_is_a_gap() -> None:
    content = on_pages(drawn(SECRET, plain_page("seen by everybody")), 2)

    assert [(Unread.SCAN, "a.pdf › page 1"), (Unread.SCAN, "a.pdf › page 2")] == [
        (why, where) for why, where, _ in gaps(content)
    ]


def test_a_page_that_draws_only_blanks_is_a_gap() -> None:
    content = written(SECRET, plain_page(), unicode=lambda code, letter: " ")

    assert (Unread.CORRUPT, "a.pdf › page 1", "draws text that no reader can map") in gaps(content)


def test_a_page_on_which_it_fails_is_a_gap() -> None:
    def change(document: Pdf) -> None:
        (font,) = (f for f in document.objects if isinstance(f, Dictionary) and f.get("/CharProcs"))
        font.FontMatrix = [0.001, 0, 0]

    content = changed(drawn(SECRET, plain_page("seen by everybody")), change)
    ((why, where, detail),) = gaps(content)

    assert (Unread.CORRUPT, "a.pdf") == (why, where)
    assert detail.startswith("second reader: ")


def test_a_page_that_it_does_not_find_is_a_gap() -> None:
    # Without its /Type pdfium takes the second page for one, and pdfminer does not.
    font = b"<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-H/DescendantFonts[6 0 R]>>"
    descendant = (
        b"<</Type/Font/Subtype/CIDFontType2/BaseFont/A/DW 600"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>"
    )
    resources = b"/MediaBox[0 0 600 800]/Resources<</Font<</F1 5 0 R>>>>/Contents 7 0 R"
    codes = bytes(range(36, 60)).hex("_").replace("_", "00").encode()
    line = b"BT /F1 12 Tf 72 600 Td <00%s> Tj ET" % codes
    content = pdf((
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]>>",
        b"<</Parent 2 0 R" + resources + b">>",
        font,
        descendant,
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(line), line),
    ))  # fmt: skip

    assert [(Unread.CORRUPT, "a.pdf", "pages that the second reader does not find")] == gaps(
        content
    )


@pytest.mark.parametrize("ballast", [0, 5_000_000])
def test_a_file_that_no_reader_opens_is_a_gap(ballast: int) -> None:
    content = b"%PDF-1.7\n" + b"x" * ballast + b"\ntrailer<</Root 1 0 R>>\n%%EOF"

    assert Unread.CORRUPT in [why for why, _, _ in gaps(content)]


def test_a_page_that_names_a_font_which_is_not_there_is_no_silence() -> None:
    def change(document: Pdf) -> None:
        document.pages[0].Resources.Font = Dictionary()
        document.pages[0].Contents = document.make_stream(
            b"BT /Nowhere 12 Tf 72 700 Td (%s) Tj ET" % SECRET.encode()
        )

    content = changed(plain_page("x"), change)

    assert texts(content) or gaps(content)
