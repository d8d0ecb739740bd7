"""Office Open XML packages: a zip of XML parts (ECMA-376 part 2), read without trusting either.

XML goes through expat as a stream of events: no tree, no entities, no network.  A part whose
document type declares anything is refused; no office program writes one.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

from dlpguard.document import Unread
from dlpguard.extractors import _localheaders, _zip
from dlpguard.extractors._budget import Budget, Inflation, Unreadable
from dlpguard.extractors._leftout import empty_elements, without

_CHUNK = 1 << 16
_WHOLE = 1 << 20
"""Bytes of a part that is inflated in one go; larger ones come piece by piece."""

_KEPT = 4 << 20
"""Bytes of parts that a package keeps for whoever looks at them again: all of an ordinary one."""

_DEEPEST = 2000
"""Elements in elements.  Real parts stay below a hundred; the walkers keep a stack."""

_MOST_OF_A_NAME = 20
"""Parts that have the same name; more than one is a sign of forgery already."""

_OPEN_BREAK = re.compile(rb"<br>(?!</br>)")
"""What Excel writes into text boxes of its old drawings, which are no XML with it."""

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")

Attributes = dict[str, str]
Starter = Callable[[str, Attributes], None]
Ender = Callable[[str], None]


class Events:
    """What a reader wants to know of a part.  Names come without their namespace prefix.

    `unasked` fits elements of which it wants to know nothing: they are taken out beforehand.
    """

    unasked: re.Pattern[bytes] | None = None

    def starter(self, name: str) -> Starter | None:
        """What to call when an element of this name begins, None for nothing.

        Asked once for each name in a part: a part has a few dozen names and a million elements.
        """
        del name
        return self.start

    def ender(self, name: str) -> Ender | None:
        """What to call when an element of this name ends, None for nothing; asked once as well."""
        del name
        return self.end

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Characters of an element, possibly in several pieces."""

    def comment(self, text: str) -> None:
        """A comment, or what a processing instruction says; no program shows either."""


@dataclass(frozen=True, slots=True)
class Relationship:
    """A link from one part to another; `kind` is the last step of its type ("worksheet")."""

    id: str
    kind: str
    target: str = field(repr=False)
    external: bool = False


class Package:
    """An opened package.  What is inflated is charged to the budget."""

    def __init__(self, content: bytes, budget: Budget) -> None:
        self._budget = budget
        self._content = content
        self._inflation = Inflation(budget, len(content))
        if content.count(b"PK\x01\x02") > budget.limits.members * 5:
            raise Unreadable(Unread.TOO_LARGE, "too many parts")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except zipfile.BadZipFile:
            raise Unreadable(Unread.CORRUPT, "the package is cut off or damaged") from None
        self._infos: dict[str, zipfile.ZipInfo] = {}
        self._links: dict[str, list[Relationship]] = {}
        self._paid: set[str] = set()
        self._kept: dict[str, bytes] = {}
        self._room = _KEPT
        for info in self._zip.infolist():
            if info.flag_bits & 1:
                raise Unreadable(Unread.ENCRYPTED, "parts with a password")
            name = info.filename.replace("\\", "/").lstrip("/").lower()
            self._infos.setdefault(self._unused(name, info), info)

    def _unused(self, name: str, info: zipfile.ZipInfo) -> str:
        """A name for a part; another one when there is a part of that name that differs.

        Some programs read the first of two parts of a name and some the last: both are read.
        """
        stem, dot, ending = name.rpartition(".")
        again = name
        number = 1
        while (other := self._infos.get(again)) and other.CRC != info.CRC:
            number += 1
            again = f"{stem or ending} ({number}){dot}{ending if stem else ''}"
            if number > _MOST_OF_A_NAME:
                raise Unreadable(Unread.CORRUPT, "many parts of one name")
        return again

    @property
    def names(self) -> list[str]:
        """The names of all parts, in lower case, in the order of the directory."""
        return list(self._infos)

    def spelt(self, name: str) -> str:
        """A part's name in the letters in which the package has it, for people."""
        info = self._infos.get(name.lower())
        return info.filename.replace("\\", "/").lstrip("/") if info else name

    def has(self, name: str) -> bool:
        """Whether there is such a part; names are compared without case (ECMA-376-2 6.2.2.3)."""
        return name.lower() in self._infos

    def chunks(self, name: str, charge: Callable[[int], None] | None = None) -> Iterator[bytes]:
        """A part's bytes in pieces.  `Unreadable` CORRUPT when it is damaged or missing."""
        pieces = self._inflated(name, charge or self._inflation.charge)
        if name.lower().endswith(".vml"):
            pieces = iter((_OPEN_BREAK.sub(b"<br/>", b"".join(pieces)),))
        return pieces

    def _inflated(self, name: str, charge: Callable[[int], None]) -> Iterator[bytes]:
        name = name.lower()
        info = self._infos.get(name)
        if info is None:
            raise Unreadable(Unread.CORRUPT, "a part is missing")
        self._paid.add(name)
        if (whole := self._whole(name, info)) is not None:
            for start in range(0, len(whole), _CHUNK):
                piece = whole[start : start + _CHUNK]
                charge(len(piece))
                yield piece
            return
        try:
            with self._zip.open(info) as stream:
                while chunk := stream.read(_CHUNK):
                    charge(len(chunk))
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
            raise Unreadable(Unread.CORRUPT, "a part is cut off or damaged") from None

    def _whole(self, name: str, info: zipfile.ZipInfo) -> bytes | None:
        """A sound part of no great size; None for any other."""
        if name in self._kept:
            return self._kept[name]
        whole = _localheaders.whole(self._content, info, _WHOLE)
        if whole is not None and len(whole) <= self._room:
            self._room -= len(whole)
            self._kept[name] = whole
        return whole

    def read(self, name: str) -> bytes:
        """A part's bytes."""
        return b"".join(self.chunks(name))

    def again(self, name: str) -> bytes:
        """A part's bytes for somebody who looks at every part once more; what was read is paid."""
        paid = name.lower() in self._paid
        return b"".join(self.chunks(name, (lambda _: self._budget.charge()) if paid else None))

    def outside(self) -> tuple[list[str], list[bytes]]:
        """What the zip holds besides the parts: comments, and bytes between and behind them."""
        return _zip.outside(self._zip, self._content)

    def parse(self, name: str, events: Events) -> None:
        """Send a part's XML to `events`.  `Unreadable` when it is not well-formed."""
        parse(self.chunks(name), events)

    def relationships(self, name: str) -> list[Relationship]:
        """The links of a part ("" for the package's own), targets as names of parts."""
        if name not in self._links:
            self._links[name] = self._relationships(name)
        return self._links[name]

    def _relationships(self, name: str) -> list[Relationship]:
        folder, base = posixpath.split(name)
        links = posixpath.join(folder, "_rels", f"{base}.rels")
        if not self.has(links):
            return []
        reader = _Relationships(folder)
        self.parse(links, reader)
        return reader.found

    def main(self) -> str:
        """The name of the main part ("xl/workbook.xml"); "" when the package does not say."""
        for link in self.relationships(""):
            if link.kind == "officeDocument":
                return link.target
        return ""


def parse(chunks: Iterable[bytes], events: Events) -> None:
    """Send XML to `events` while it comes.  `Unreadable` when it is not well-formed."""
    if events.unasked is not None:
        chunks = without(events.unasked, chunks)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = _CHUNK
    starters: dict[str, tuple[Starter | None, str]] = {}
    enders: dict[str, tuple[Ender | None, str]] = {}
    depth = 0

    def start(name: str, attributes: Attributes) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise Unreadable(Unread.TOO_DEEP, f"XML nested deeper than {_DEEPEST}")
        try:
            call, short = starters[name]
        except KeyError:
            short = name.rpartition(":")[2]
            call = events.starter(short)
            starters[name] = call, short
            enders[name] = events.ender(short), short
        if call is not None:
            call(short, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        call, short = enders[name]
        if call is not None:
            call(short)

    def doctype(_name: str, _system: object, _public: object, has_subset: bool) -> None:
        # OpenOffice 2 named its document type; only one that declares something can do harm.
        if has_subset:
            raise Unreadable(Unread.CORRUPT, "XML with a document type declaration")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    if type(events).text is not Events.text:
        parser.CharacterDataHandler = events.text
    parser.CommentHandler = events.comment
    parser.ProcessingInstructionHandler = lambda _target, said: events.comment(said)
    parser.StartDoctypeDeclHandler = doctype
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as fault:
        reason = expat.ErrorString(fault.code)
        raise Unreadable(Unread.CORRUPT, f"XML that is not well-formed: {reason}") from None


class _Relationships(Events):
    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.found: list[Relationship] = []

    def start(self, name: str, attributes: Attributes) -> None:
        if name != "Relationship":
            return
        external = attributes.get("TargetMode") == "External"
        target = attributes.get("Target", "")
        if not external:
            joined = posixpath.join("/", self._folder, target)
            target = posixpath.normpath(joined).lstrip("/")
        kind = attributes.get("Type", "").rpartition("/")[2]
        self.found.append(Relationship(attributes.get("Id", ""), kind, target, external))


def attribute(attributes: Attributes, name: str, default: str = "") -> str:
    """An attribute by its name without prefix."""
    if name in attributes:
        return attributes[name]
    suffix = f":{name}"
    for key, value in attributes.items():
        if key.endswith(suffix):
            return value
    return default


def is_on(value: str | None) -> bool:
    """A boolean attribute (ST_OnOff); an element without `val` is on."""
    return value is not None and value.strip().lower() not in {"0", "false", "off", "none"}


def unescaped(text: str) -> str:
    """Characters that XML cannot hold, written as _x000D_ (ECMA-376-1 22.9.2.19).

    >>> unescaped("a_x000D_b")
    'a\\rb'
    """
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


SPOKEN = frozenset({"descr", "title", "alt", "href", "string", "tooltip"})
"""Attributes of drawings that say something to people: alternative texts, links, word art."""


DRAWN = (
    *("schemeClr", "defRPr", "rPr", "endParaRPr", "pPr", "bodyPr", "lstStyle", "spLocks", "off"),
    *("ext", "buNone", "spcPct", "spcPts", "srgbClr", "noFill", "avLst", "chOff", "chExt"),
    *("tailEnd", "headEnd", "latin", "ea", "cs", "satMod", "tint", "shade", "alpha", "lumMod"),
    *("lumOff", "prstDash", "round", "miter", "normAutofit", "noAutofit", "spAutoFit", "buFontTx"),
    *("buFont", "masterClrMapping", "lin", "effectLst", "scrgbClr"),
)
"""The most frequent elements of drawings, which say how something looks and have no text."""

UNSPOKEN = empty_elements("a", DRAWN, but=SPOKEN)
"""Those without attributes for people."""


def spoken(attributes: Attributes, wanted: frozenset[str] | None = SPOKEN) -> Sequence[str]:
    """The values of some attributes, whatever their prefixes; of all when `wanted` is None."""
    if wanted is None:
        return [v for name, v in attributes.items() if v and not name.startswith("xmlns")]
    if wanted.isdisjoint(attributes) and ":" not in "".join(attributes):
        return ()  # nearly always
    return [
        value
        for name, value in attributes.items()
        if value and name.rpartition(":")[2] in wanted and not name.startswith("xmlns")
    ]


class LooseText(Events):
    """Every text of a part whose structure nobody here knows; paragraphs become lines.

    With `every`, each element is a line: for properties and other parts that are lists of values.
    `wanted` attributes (None: all) are kept beside what drawings say in attributes anywhere.
    """

    _BREAKS = frozenset(
        {"p", "si", "row", "tr", "comment", "text", "pt", "br", "title", "textpath"}
    )

    def __init__(
        self, budget: Budget, *, every: bool = False, wanted: frozenset[str] | None = SPOKEN
    ) -> None:
        self._budget = budget
        self._every = every
        self._wanted = None if wanted is None else wanted | SPOKEN
        self._pieces: list[str] = []
        self.unseen: dict[str, None] = {}
        if wanted is not None and wanted <= SPOKEN and not every:
            self.unasked = UNSPOKEN

    def ender(self, name: str) -> Ender | None:
        """Most elements are no line."""
        return self.end if self._every or name in self._BREAKS else None

    def start(self, _name: str, attributes: Attributes) -> None:
        """What an element says in its attributes."""
        if attributes and (said := spoken(attributes, self._wanted)):
            self.unseen.update(dict.fromkeys(said))

    def text(self, text: str) -> None:
        """Characters."""
        self._budget.charge()
        self._pieces.append(text)

    def end(self, _name: str) -> None:
        """The end of something that is a line of its own."""
        self._pieces.append("\n")

    @property
    def found(self) -> str:
        """The text, lines that hold anything."""
        lines = (line.strip() for line in "".join(self._pieces).split("\n"))
        return "\n".join(line for line in lines if line)
