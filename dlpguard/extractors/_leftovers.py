"""What a package of XML parts holds that its reader passed over.

Readers take what they know.  What is left may still be words of somebody: behind the end of the
zip, in a folder, in a comment of the XML, in an attribute that no program shows, in parts that
programs write for themselves (the cache of a slicer, the history of a shared workbook).
"""

from __future__ import annotations

import codecs
import contextlib
import html
import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from dlpguard.document import SEPARATOR, Document, Gap, Hidden, Table, Text, Unread
from dlpguard.extractors._budget import Budget, Inflation, Piece, Unreadable
from dlpguard.extractors._leftout import has
from dlpguard.extractors._ooxml import Attributes, Events, Package, parse
from dlpguard.extractors._remains import remains
from dlpguard.mail import Part

_PHRASE = re.compile(
    r"[^\W\d_]{2}[,.:;]? {1,3}[^\W\d_]{2}|(?<![\w.,])\d{2,5} \d{3,4} ?\d{3,4}(?!\w)"
)
"""Two words, or a number with a space in it: what programs write for themselves has no spaces."""

_WORD = re.compile(r"[^\W\d_]{2}|\d{5}")
_XML = (".xml", ".rels", ".vml", ".rdf", ".xlb", ".xdl", ".xba")
_UNREAD = re.compile(
    r"(?:.{0,200}/)?(?:theme|embeddings|slidelayouts|slidemasters)/.{0,200}|(?:.{0,200}/)?(?:tablestyles|fonttable|numbering"
    r"|styleswitheffects)\.xml|.{0,200}/charts/(?:colors|style)\d{0,9}\.xml"
    r"|.{0,200}/diagrams/(?:colors|quickstyle|layout)\d{0,9}\.xml"
    r"|.{0,200}/(?:sharedstrings\.xml|worksheets/[^/]{0,200}|pivotcacherecords.{0,50})"
)
"""Parts that say how things look, in names of fonts and colours; and those with a million elements,
whose readers miss nothing."""

_STYLES = re.compile(r"(?:.{0,200}/)?styles\.xml")
_OF_PROGRAMS = re.compile(
    r".{0,200}/(?:slicers|slicercaches|revisions|richdata|ctrlprops|tables|pivottables|pivotcache"
    r"|timelines|timelinecaches|webextensions|changesinfos|activex)/.{0,200}"
    r"|.{0,200}/(?:xmlmaps|metadata|volatiledependencies)\.xml"
    r"|(?:configurations2|meta-inf|versions|dialogs)/.{0,200}|versionlist\.xml"
)
"""Parts that readers leave out as a whole; all texts in them are taken."""

_SAYING = frozenset(
    {"c", "n", "v", "val", "value", "caption", "label", "title", "comment", "userName", "name"}
)
"""Attributes in such parts that hold what people wrote or chose."""

_OF_LOOKS = re.compile(
    r"(?i)font|border|style|typeface|path|points|viewbox|transform|^(?:d|eqn|ignorable|requires"
    r"|clsid|algorithmname|fmla)$"
)
_FACES = frozenset({"font-face", "font", "mathFont", "rFonts", "docPartGallery"})
_AUTOMATIC = re.compile(r"[A-Z][A-Za-z() ]{1,60} \d{1,4}")
"""What Office calls a shape that nobody gave a name."""

_SPACED = re.compile(rb"=(?:\"[^\"<\s]*+\s|['\s])")
"""In every tag where an attribute may have white space in its value; elsewhere too."""

_BY_NUMBER = b"&#"
_SPACED_OR_BY_NUMBER = re.compile(_SPACED.pattern + rb"|&#")
"""This takes four times as long, and few parts have characters by number."""

_TAG = re.compile(rb"<([^<>\"'\s/]++)(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>")
_ATTRIBUTE = re.compile(rb"([^\s\"'=<>]++)\s*+=\s*+(?:\"([^\"<]*+)\"|'([^'<]*+)')")
_SPACES = str.maketrans("\t\r\n", "   ")
_LONGEST_DECLARATION = 200

_FORMULAS = frozenset({"formatCode", "formula"})
_LITERAL = re.compile(r'"([^"]{3,1000})"')
_LONGEST = 100_000
"""Values that are kept of one package."""


def says_something(value: str) -> bool:
    """Whether a value that no program shows is somebody's words.

    >>> says_something("Ann Bee"), says_something("07700 900123"), says_something("Slicer_Region")
    (True, True, False)
    """
    return " " in value and _PHRASE.search(value) is not None


def literals(formula: str) -> Iterator[str]:
    """The texts in a formula that are somebody's words.

    >>> list(literals('IF(A1="","","Ann Bee")'))
    ['Ann Bee']
    """
    return (text for text in _LITERAL.findall(formula) if says_something(text))


def leftovers(
    pieces: Iterable[Piece],
    package: Package,
    part: Part,
    place: str,
    budget: Budget,
    closed: Collection[str] = (),
) -> Iterator[Piece]:
    """All `pieces` that a reader found in a package, then what it passed over, hidden.

    Parts that are `closed` (names in lower case) cannot be read: they have a password.
    """
    told: list[Piece] = []
    for piece in pieces:
        told.append(piece)
        yield piece
    yield from _outside(package, part, place, budget)
    found: dict[str, None] = {}
    for name in package.names:
        if says_something(name) and not name.endswith("/"):
            found[package.spelt(name)] = None
        if not name.endswith(_XML) or name in closed or _UNREAD.fullmatch(name):
            continue
        every = _OF_PROGRAMS.fullmatch(name) is not None
        formats = _STYLES.fullmatch(name) is not None
        words = _Words(every=every, formats=formats)
        try:
            content = package.again(name)
            glanced = None if every else at_a_glance(content, formats=formats)
            if glanced is not None:
                found.update(dict.fromkeys(glanced))
            elif content:
                parse((content,), words)
        except Unreadable as fault:
            if fault.why in {Unread.TOO_LARGE, Unread.TOO_SLOW}:
                raise
            if not any(isinstance(piece, Gap) for piece in told):  # its reader has said so
                yield Gap(f"{place}{SEPARATOR}{package.spelt(name)}", fault.why, fault.detail)
        found.update(words.found)
        if len(found) > _LONGEST:
            raise Unreadable(Unread.TOO_LARGE, f"more than {_LONGEST} loose values")
    if found and (left := untold(found, told)):
        yield Text(f"{place}{SEPARATOR}other words", "\n".join(left), Hidden.PROPERTY)


def other_words(pieces: Iterable[Piece], content: bytes, place: str) -> Iterator[Piece]:
    """All `pieces` that a reader found in a single file of XML, then what it passed over."""
    told: list[Piece] = []
    for piece in pieces:
        told.append(piece)
        yield piece
    words = _Words(every=False, formats=False)
    with contextlib.suppress(Unreadable):  # the reader has said so
        parse((content,), words)
    if words.found and (left := untold(words.found, told)):
        yield Text(f"{place}{SEPARATOR}other words", "\n".join(left), Hidden.PROPERTY)


def at_a_glance(content: bytes, *, formats: bool = False) -> list[str] | None:
    """What attributes of some XML say, from its bytes, at a tenth of the cost of parsing them.

    None when it must be parsed: it has comments or instructions, or what could mislead us.
    """
    body = content.removeprefix(codecs.BOM_UTF8)
    if body.startswith(b"<?xml "):
        declared, closed, _ = body[:_LONGEST_DECLARATION].lower().partition(b"?>")
        if not closed or (b"encoding" in declared and b"utf-8" not in declared):
            return None
        body = body[len(declared) :].removeprefix(closed)
    if b"\0" in body[:4] or has(body, b"<!") or has(body, b"<?"):
        return None
    if formats and b"formatCode" not in body and b"formula" not in body:
        return []
    found: list[str] = []
    tags: set[bytes] = set()  # they repeat themselves
    position = 0
    spaced = _SPACED_OR_BY_NUMBER if has(body, _BY_NUMBER) else _SPACED
    while match := spaced.search(body, position):
        begun = body.rfind(b"<", position, match.start())
        tag = _TAG.match(body, begun) if begun >= 0 else None
        if tag is None and begun >= 0:
            return None
        if tag is None or tag.end() <= match.start():  # in a text, which ends with the next tag
            position = body.find(b"<", match.start())
            if position < 0:
                break
            continue
        position = tag.end()
        if tag[0] in tags:
            continue
        tags.add(tag[0])
        element = _local(tag[1])
        for name, double, single in _ATTRIBUTE.findall(tag[0]):
            value = (double or single).decode("utf-8", "replace")
            value = value.replace("\r\n", "\n").translate(_SPACES)  # XML 1.0, 2.11 and 3.3.3
            found += _said(element, _local(name), html.unescape(value), formats=formats)
    return found


def _local(name: bytes) -> str:
    return name.decode("utf-8", "replace").rpartition(":")[2]


def _outside(package: Package, part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """What the zip holds besides its parts, and what lies in folders."""
    inflation = Inflation(budget, len(part.content))
    comments, pieces = package.outside()
    if comments:
        yield Text(f"{place}{SEPARATOR}comments", "\n".join(comments), Hidden.COMMENT)
    folders = (package.read(name) for name in package.names if name.endswith("/"))
    yield from remains([*pieces, *folders], part, place, budget, inflation)


def untold(found: Iterable[str], told: Iterable[Piece]) -> list[str]:
    """Of some values, those that stand nowhere in what was told: as a cell, or in running text."""
    cells: set[str] = set()
    running: list[str] = []
    for piece in told:
        documents = piece.walk() if isinstance(piece, Document) else ()
        for block in (piece, *(block for each in documents for block in each.blocks)):
            if isinstance(block, Table):
                cells.update(cell for row in (block.heading, *block.rows) for cell in row)
            elif isinstance(block, Text):
                running.append(" ".join(block.text.split()))
    text = "\n".join(running)
    plain = {value: " ".join(value.split()) for value in found}
    return [value for value, words in plain.items() if value not in cells and words not in text]


class _Words(Events):
    """Attributes, comments and instructions that say something; all texts with `every`.

    Of `formats`, those parts that say how things look, only texts in number formats are taken.
    """

    def __init__(self, *, every: bool, formats: bool) -> None:
        self._every = every
        self._formats = formats
        self._pieces: list[str] = []
        self.found: dict[str, None] = {}

    def start(self, element: str, attributes: Attributes) -> None:
        """An element begins."""
        self._flush()
        for key, value in attributes.items():
            name = key.rpartition(":")[2]
            for said in _said(element, name, value, every=self._every, formats=self._formats):
                self.found[said] = None

    def text(self, text: str) -> None:
        """Characters."""
        if self._every:
            self._pieces.append(text)

    def end(self, _name: str) -> None:
        """An element ends."""
        self._flush()

    def comment(self, text: str) -> None:
        """A comment or an instruction."""
        if says_something(text):
            self.found[text.strip()] = None

    def _flush(self) -> None:
        if self._pieces:
            text = "".join(self._pieces).strip()
            self._pieces.clear()
            if _WORD.search(text):
                self.found[text] = None


def _said(
    element: str, name: str, value: str, *, every: bool = False, formats: bool = False
) -> Sequence[str]:
    """What people wrote in an attribute."""
    if name in _FORMULAS:
        return tuple(literals(value))
    if formats:
        return ()
    if says_something(value) or (every and name in _SAYING and _WORD.search(value)):
        return () if _is_of_programs(element, name, value) else (value.strip(),)
    return ()


def _is_of_programs(element: str, name: str, value: str) -> bool:
    """Whether an attribute says how something looks, or is the name that a program gave it."""
    if element in _FACES or _OF_LOOKS.search(name):
        return True
    return name in {"name", "id"} and _AUTOMATIC.fullmatch(value) is not None
