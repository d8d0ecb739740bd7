"""PDF files that are meant to cost more than they weigh."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterable

_CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
_FONT = b"<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"


def flate_bomb() -> bytes:
    """A page whose content is a quarter of a gigabyte of spaces, deflated three times."""
    content = _zeros(1 << 28)
    for _ in range(2):
        content = zlib.compress(content, 9)
    filters = b"/Filter[" + b"/FlateDecode " * 3 + b"]"
    return _one_page(_stream(content, filters))


def nested_forms() -> bytes:
    """Thirty forms, each of which paints the next one twice: a billion times "Hello"."""
    forms = []
    for n in range(30):
        inside = b"/F Do /F Do" if n < 29 else b"BT /F1 9 Tf (Hello) Tj ET"
        resources = b"<</XObject<</F %d 0 R>>>>" % (6 + n) if n < 29 else _FONT
        fields = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources" + resources
        forms.append(_stream(inside, fields))
    page = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>"
    return pdf((_CATALOG, _pages(b"3 0 R", 1), page, _stream(b"/F Do"), *forms))


def form_in_itself() -> bytes:
    """A form that paints itself."""
    form = _stream(
        b"BT /F1 9 Tf (Hello) Tj ET /F Do /F Do",
        b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>",
    )
    page = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>"
    return pdf((_CATALOG, _pages(b"3 0 R", 1), page, _stream(b"/F Do"), form))


def form_in_itself_by_the_page() -> bytes:
    """The same, but the form's own resources list none: a viewer looks in those of its page."""
    own = b"/Resources<</XObject<</F 5 0 R>>>>/Length"
    return form_in_itself().replace(own, b"/Resources<</Font<<>>         >>/Length")


def form_that_is_harmless_on_the_first_page() -> bytes:
    """Thirty forms without resources: what they paint twice each is only on page two a form."""
    inside = [b"/F%d Do /F%d Do" % (n + 1, n + 1) for n in range(29)]
    inside.append(b"BT /F1 9 Tf (Hello) Tj ET")
    forms = [_stream(each, b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]") for each in inside]
    names = b"".join(b"/F%d %d 0 R" % (n, 6 + n) for n in range(30))
    page = b"<</Type/Page/Parent 2 0 R/Contents 5 0 R/Resources<</XObject<<%b>>>>>>"
    pages = (page % b"/F0 6 0 R", page % names)
    return pdf((_CATALOG, _pages(b"3 0 R 4 0 R", 2), *pages, _stream(b"/F0 Do"), *forms))


def form_in_itself_on_a_broken_page() -> bytes:
    """The same, with junk before the page's content: pdfium finds it, qpdf does not."""
    return form_in_itself().replace(b"4 0 obj\n", b"4 0 obj\n" + b"\xff" * 11)


def fifty_thousand_pages() -> bytes:
    """One page, listed fifty thousand times."""
    page = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources" + _FONT + b">>"
    text = _stream(b"BT /F1 9 Tf (Hello) Tj ET")
    return pdf((_CATALOG, _pages(b"3 0 R " * 50_000, 50_000), page, text))


def scattered_text() -> bytes:
    """Letters, each put somewhere on the page: layout analysis compares all with all."""
    place = random.Random(1)
    shown = (
        b"1 0 0 1 %d %d Tm (%c) Tj" % (place.randrange(600), place.randrange(800), 97 + n % 26)
        for n in range(300_000)
    )
    content = b"BT /F1 9 Tf " + b"\n".join(shown) + b" ET"
    return _one_page(_stream(zlib.compress(content), b"/Filter/FlateDecode"))


def deep_arrays() -> bytes:
    """A page whose resources are 150,000 arrays in each other."""
    deep = b"[" * 150_000 + b"]" * 150_000
    page = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font " + deep + b">>>>"
    return pdf((_CATALOG, _pages(b"3 0 R", 1), page, _stream(b"BT (Hello) Tj ET")))


def pages_in_a_circle() -> bytes:
    """Page tree nodes that are each other's parents and kids."""
    nodes = [b"<</Type/Pages/Count 9/Kids[%d 0 R %d 0 R]>>" % (2 + n, 2) for n in range(1, 20)]
    return pdf((_CATALOG, *nodes, b"<</Type/Pages/Count 9/Kids[2 0 R]>>"))


def many_annotations() -> bytes:
    """A hundred thousand notes on one page."""
    note = b"<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(Hello)>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Annots[" + note * 100_000 + b"]>>"
    return pdf((_CATALOG, _pages(b"3 0 R", 1), page))


def in_each_other(depth: int = 40) -> bytes:
    """A PDF attached to a PDF attached to a PDF."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]>>"
    file = pdf((_CATALOG, _pages(b"3 0 R", 1), page))
    for _ in range(depth):
        catalog = b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles 4 0 R>>>>"
        names = b"<</Names[(a.pdf) 5 0 R]>>"
        spec = b"<</Type/Filespec/F(a.pdf)/EF<</F 6 0 R>>>>"
        packed = _stream(zlib.compress(file), b"/Type/EmbeddedFile/Filter/FlateDecode")
        file = pdf((catalog, _pages(b"3 0 R", 1), page, names, spec, packed))
    return file


def pdf(objects: Iterable[bytes]) -> bytes:
    """A file of these objects, numbered from 1, the first of which is the catalog."""
    file, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, 1):
        offsets.append(len(file))
        file += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
    file += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    file += b"trailer\n<</Size %d/Root 1 0 R>>\n" % (len(offsets) + 1)
    return bytes(file + b"startxref\n%d\n%%%%EOF\n" % start)


def _one_page(content: bytes) -> bytes:
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources"
    return pdf((_CATALOG, _pages(b"3 0 R", 1), page + _FONT + b">>", content))


def _pages(kids: bytes, count: int) -> bytes:
    return b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count)


def _stream(content: bytes, fields: bytes = b"") -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (fields, len(content), content)


def _zeros(size: int) -> bytes:
    """So many spaces, deflated, without ever holding them."""
    packer, block = zlib.compressobj(9), b" " * (1 << 20)
    return b"".join(packer.compress(block) for _ in range(size >> 20)) + packer.flush()
