"""PDF pages with text in fonts that say nothing about Unicode, or something wrong about it."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
import reportlab
from pikepdf import Array, Dictionary, Name, String
from reportlab.pdfbase.ttfonts import TTFontFile
from reportlab.pdfgen import canvas

Map = Callable[[int, str], str]
"""From a glyph's code and its letter to what the font's Unicode map says it is."""

_VERA = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
_BOX = [0, -200, 1000, 900]


def plain_page(*lines: str) -> bytes:
    """A file of one page, on which everybody can read these lines."""
    saved = io.BytesIO()
    page = canvas.Canvas(saved, invariant=True)
    for number, line in enumerate(lines):
        page.drawString(72, 780 - 15 * number, line)
    page.showPage()
    page.save()
    return saved.getvalue()


def written(
    text: str, content: bytes, *, embedded: bool = True, unicode: Map | None = None
) -> bytes:
    """A page with one line more, in glyphs whose codes are their places in the font file."""
    glyphs = _glyphs()
    codes = [glyphs[ord(letter)] for letter in text]

    def change(document: pikepdf.Pdf) -> None:
        font = _composite(document, embedded=embedded)
        if unicode is not None:
            pairs = {c: unicode(c, letter) for c, letter in zip(codes, text, strict=True)}
            font.ToUnicode = document.make_stream(unicode_map(pairs, digits=4))
        draw(document, font, b"".join(code.to_bytes(2) for code in codes))

    return changed(content, change)


def drawn(
    text: str, content: bytes, name: Callable[[int, str], str] = lambda n, letter: f"/a{n}"
) -> bytes:
    """A page with one line more, in glyphs that are drawings (Type 3), named by number or letter.

    Each is as wide as its number, so that no two look the same.
    """
    letters = sorted(set(text))
    names = [Name(name(n, letter)) for n, letter in enumerate(letters)]

    def change(document: pikepdf.Pdf) -> None:
        procedures = Dictionary()
        for n, glyph in enumerate(names):
            procedure = b"600 0 0 0 500 700 d1 0 0 %d 700 re f" % (100 + 20 * n)
            procedures[glyph] = document.make_stream(procedure)
        font = Dictionary(
            Type=Name.Font,
            Subtype=Name.Type3,
            FontBBox=[0, 0, 600, 700],
            FontMatrix=[0.001, 0, 0, 0.001, 0, 0],
            CharProcs=procedures,
            Encoding=Dictionary(Type=Name.Encoding, Differences=Array([33, *names])),
            FirstChar=33,
            LastChar=32 + len(letters),
            Widths=[600] * len(letters),
            Resources=Dictionary(),
        )
        draw(document, font, bytes(33 + letters.index(letter) for letter in text))

    return changed(content, change)


def encoded(text: str, content: bytes) -> bytes:
    """A page with one line more, in a font that names its glyphs C000, C001, ..."""
    letters = sorted(set(text))

    def change(document: pikepdf.Pdf) -> None:
        names = [Name(f"/C{n:03}") for n in range(len(letters))]
        font = Dictionary(
            Type=Name.Font,
            Subtype=Name.Type1,
            BaseFont=Name("/ABCDEF+Secret"),
            FirstChar=65,
            LastChar=64 + len(letters),
            Widths=[600] * len(letters),
            Encoding=Dictionary(Type=Name.Encoding, Differences=Array([65, *names])),
            FontDescriptor=document.make_indirect(_descriptor(Name("/ABCDEF+Secret"))),
        )
        draw(document, font, bytes(65 + letters.index(letter) for letter in text))

    return changed(content, change)


def draw(document: pikepdf.Pdf, font: pikepdf.Object, codes: bytes) -> None:
    """Add a line in a font to the first page, below what stands there."""
    page = document.pages[0]
    if "/Font" not in page.Resources:
        page.Resources.Font = Dictionary()
    fonts = page.Resources.Font
    name = f"/Odd{len(list(fonts.keys()))}"
    fonts[name] = document.make_indirect(font)
    line = f"BT {name} 12 Tf 72 {620 - 20 * len(list(fonts.keys()))} Td <{codes.hex()}> Tj ET"
    page.contents_add(line.encode())


def changed(content: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    """A file after a change."""
    saved = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        change(document)
        document.save(saved)
    return saved.getvalue()


def unicode_map(pairs: dict[int, str], digits: int) -> bytes:
    """A ToUnicode map (ISO 32000-2 9.10.3), its codes of so many hexadecimal digits."""
    lines = (f"<{code:0{digits}x}> <{to.encode('utf-16-be').hex()}>" for code, to in pairs.items())
    return b"\n".join((
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        b"/CMapName /Odd def /CMapType 2 def",
        b"1 begincodespacerange <%s> <%s> endcodespacerange" % (b"0" * digits, b"f" * digits),
        b"%d beginbfchar" % len(pairs),
        *(line.encode() for line in lines),
        b"endbfchar endcmap end end",
    ))  # fmt: skip


@functools.cache
def _glyphs() -> dict[int, int]:
    return dict(TTFontFile(str(_VERA)).charToGlyph)


def _composite(document: pikepdf.Pdf, *, embedded: bool) -> pikepdf.Dictionary:
    descriptor = _descriptor(Name.Vera)
    if embedded:
        descriptor.FontFile2 = document.make_stream(_VERA.read_bytes())
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name.Vera,
        CIDSystemInfo=Dictionary(
            Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0
        ),
        FontDescriptor=document.make_indirect(descriptor),
        DW=600,
        CIDToGIDMap=Name.Identity,
    )
    return Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=Name.Vera,
        Encoding=Name("/Identity-H"),
        DescendantFonts=Array([document.make_indirect(descendant)]),
    )


def _descriptor(name: pikepdf.Name) -> pikepdf.Dictionary:
    return Dictionary(
        Type=Name.FontDescriptor,
        FontName=name,
        Flags=4,
        FontBBox=_BOX,
        ItalicAngle=0,
        Ascent=900,
        Descent=-200,
        CapHeight=700,
        StemV=80,
    )
