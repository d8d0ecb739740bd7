"""What an earlier version of a PDF says that is still in the file."""

import io

import pikepdf

from dlpguard.document import Document, Hidden, Text, Unread
from dlpguard.extractors import _pdfrevisions, extract
from dlpguard.mail import Part
from tests.extractors._pdffonts import plain_page
from tests.extractors.hostile._pdfs import pdf

SECRET = "Ann Bee ILS/2013/04417"


def read(content: bytes) -> Document:
    return extract(Part("1", content, filename="a.pdf"))


def gaps(content: bytes) -> list[tuple[Unread, str]]:
    return [(gap.why, gap.where) for gap in read(content).gaps]


def found(content: bytes) -> list[tuple[str, Hidden | None]]:
    """Where the secret is, and why it is not seen."""
    return [
        (block.where, block.hidden)
        for block in read(content).blocks
        if isinstance(block, Text) and SECRET in block.text
    ]


def with_update(content: bytes, text: str) -> bytes:
    """A file whose page was changed by writing behind it."""
    with pikepdf.open(io.BytesIO(content)) as document:
        streams = document.pages[0].Contents
        number = streams.objgen[0] if isinstance(streams, pikepdf.Stream) else 0
        root, size = document.Root.objgen[0], int(document.trailer.Size)
    assert number
    before = int(content.rsplit(b"startxref", 1)[1].split()[0])
    instructions = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode()
    changes = b"%d 0 obj\n<</Length %d>>\nstream\n%s\nendstream\nendobj\n" % (
        number, len(instructions), instructions,
    )  # fmt: skip
    table = b"xref\n%d 1\n%010d 00000 n \ntrailer\n<</Size %d/Root %d 0 R/Prev %d>>\n" % (
        number, len(content), size, root, before,
    )  # fmt: skip
    start = len(content) + len(changes)
    return content + changes + table + b"startxref\n%d\n%%%%EOF\n" % start


def test_what_an_earlier_version_says_is_read() -> None:
    content = with_update(plain_page(SECRET), "taken out")

    assert [("a.pdf › earlier version › page 1", Hidden.TRACKED_CHANGE)] == found(content)
    assert [] == gaps(content)


def test_what_both_versions_say_is_read_once() -> None:
    assert [("a.pdf › page 1", None)] == found(with_update(plain_page(SECRET), SECRET))


def test_versions_beyond_the_limit_are_a_gap() -> None:
    content = plain_page("first")
    for number in range(11):
        content = with_update(content, f"version {number}")

    assert [(Unread.TOO_LARGE, "a.pdf › earlier version")] == gaps(content)


def test_a_pdf_in_a_pdf_is_no_earlier_version() -> None:
    stored = pdf((b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"))
    outer = b"<</Length %d>>\nstream\n%s\nendstream" % (len(stored), stored)
    content = pdf((b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>", outer))

    assert [] == list(_pdfrevisions.earlier(content))


def test_a_second_table_without_objects_is_no_earlier_version() -> None:
    content = plain_page(SECRET)
    start = len(content)
    content += b"xref\n0 0\ntrailer\n<</Size 1>>\nstartxref\n%d\n%%%%EOF\n" % start

    assert [] == list(_pdfrevisions.earlier(content))
