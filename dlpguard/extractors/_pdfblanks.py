"""Fonts of a PDF whose Unicode map leads different letters to blanks, or to the same character.

People read the letters and programs read white space, of which pdfium keeps nothing: what such a
font draws is as good as a picture of it.  Some fonts of formulas have such maps too, for parts of
brackets.  So the map is changed to lead to private characters, and a page that then has words of
them shows what nobody reads.
"""

from __future__ import annotations

import functools
import io
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from dlpguard.extractors._budget import Budget

_BLANKS = 5
"""Letters that may lead to white space: spaces of several widths, a tab, a glyph that is missing.
Telephone numbers have six different digits or more."""

_SAME = 12
"""Letters that may lead to the same character; Arabic has four forms of each, and variants."""

_PRIVATE, _PRIVATES = 0xE000, 6400

_TOKEN = re.compile(rb"<([0-9A-Fa-f\s]{0,200})>|(\[[^\[\]]{0,20000}\])")
_STRING = re.compile(rb"<([0-9A-Fa-f\s]{0,200})>")
_SECTION = re.compile(rb"(beginbfchar|beginbfrange)")
_END = {b"beginbfchar": b"endbfchar", b"beginbfrange": b"endbfrange"}
_ENTRY = {b"beginbfchar": 2, b"beginbfrange": 3}
"""Operands of one entry, of which the last is what the codes lead to (ISO 32000-2 9.10.3)."""

_DRAWING = ("/Form", "/PS", "/Type3")
"""Objects and fonts that have drawing instructions of their own."""

_FILLING = frozenset({"", "\0", "\ufffd"})
"""What programs write for glyphs that they do not use; where one is drawn, its page tells."""


class Revealed(NamedTuple):
    """A file with private characters for its blanks.

    `unconcerned` are the pages, from 0, that have no font whose map was changed.
    """

    content: bytes
    unconcerned: frozenset[int]


def revealed(document: Any, fonts: Iterable[Any], budget: Budget) -> Revealed | None:
    """A `pikepdf.Pdf` saved with its blanks as private characters; None where no font has any.

    `fonts` are those of the document that have a Unicode map.  The document is changed too.
    """
    import pikepdf  # noqa: PLC0415 - 40 ms that most mail does not need

    changed: set[tuple[int, int]] = set()
    for font in fonts:
        unicode_map = font.get("/ToUnicode")
        if not isinstance(unicode_map, pikepdf.Stream):
            continue
        try:
            content: bytes = unicode_map.read_bytes()
        except pikepdf.PdfError:
            continue  # no map, and pdfium says so of each letter
        budget.charge(inflated=len(content))
        if blanks := _blanks(content):
            unicode_map.write(_replaced(content, _Revealer(blanks)))
            changed.add(unicode_map.objgen)
    if not changed:
        return None
    pages = enumerate(document.pages)
    unconcerned = frozenset(number for number, page in pages if not _may_draw(page, changed))
    saved = io.BytesIO()
    with warnings.catch_warnings(action="ignore"):  # about forms that a viewer may not fill in
        document.save(saved)
    return Revealed(saved.getvalue(), unconcerned)


def _may_draw(page: Any, changed: set[tuple[int, int]]) -> bool:
    """Whether a page may draw with a font that has one of some Unicode maps.

    Only its own fonts are looked at; whatever else draws there may have others.
    """
    import pikepdf  # noqa: PLC0415 - see revealed()

    resources = page.obj.get("/Resources") or page.resources
    if "/Annots" in page.obj or "/Pattern" in resources:
        return True
    for key in ("/Font", "/XObject", "/ExtGState"):
        held = resources.get(key, pikepdf.Dictionary())
        if not isinstance(held, pikepdf.Dictionary):
            return True
        for _, item in held.items():
            if not isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
                return True
            if "/ToUnicode" in item and item.ToUnicode.objgen in changed:
                return True
            if "/Font" in item or item.get("/Subtype") in _DRAWING:
                return True
    return False


def _blanks(content: bytes) -> set[str]:
    """The characters to which a map leads too many codes."""
    targets: Counter[str] = Counter()

    def count(digits: bytes) -> bytes:
        targets[_character(digits)] += 1
        return digits

    _replaced(content, count)
    white = {target for target in targets if target.isspace()}
    if sum(targets[target] for target in white) <= _BLANKS:
        white = set()
    same = {target for target, times in targets.items() if times > _SAME}
    return white | same - _FILLING


def _replaced(content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A map with every single character that codes lead to changed."""
    before, *sections = _SECTION.split(content)
    pieces = [before]
    for keyword, section in zip(sections[::2], sections[1::2], strict=True):
        entries, end, rest = section.partition(_END[keyword])
        pieces += [keyword, _entries(entries, _ENTRY[keyword], change), end, rest]
    return b"".join(pieces)


def _entries(entries: bytes, operands: int, change: Callable[[bytes], bytes]) -> bytes:
    pieces: list[bytes] = []
    tokens = list(_TOKEN.finditer(entries))
    for start in range(0, len(tokens) - operands + 1, operands):
        *codes, target = tokens[start : start + operands]
        pieces += [code[0] for code in codes]
        if target[2]:
            pieces.append(_STRING.sub(lambda string: b"<%s>" % change(string[1]), target[2]))
        elif codes[0][0] == codes[-1][0]:  # one code only
            pieces.append(b"<%s>" % change(target[1]))
        else:
            pieces.append(target[0])
    return b" %s\n" % b" ".join(pieces)


class _Revealer:
    """Gives each code that leads to a blank a private character of its own."""

    def __init__(self, blanks: set[str]) -> None:
        self._blanks = blanks
        self._given = 0

    def __call__(self, digits: bytes) -> bytes:
        if _character(digits) not in self._blanks:
            return digits
        self._given += 1
        return b"%04X" % (_PRIVATE + self._given % _PRIVATES)


@functools.lru_cache(maxsize=4096)  # the maps of all fonts lead to the same few hundred
def _character(digits: bytes) -> str:
    packed = b"".join(digits.split())
    return bytes.fromhex(packed[: len(packed) // 2 * 2].decode()).decode("utf-16-be", "replace")
