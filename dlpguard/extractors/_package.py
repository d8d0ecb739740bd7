"""What an Office file holds besides its main story: comments, drawings, charts, embedded files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlpguard.document import SEPARATOR, Gap, Hidden, Text, Unread
from dlpguard.extractors import _macros
from dlpguard.extractors._budget import Budget, Piece, Unreadable
from dlpguard.extractors._compound import Compound
from dlpguard.extractors._ooxml import Attributes, Events, LooseText, Package
from dlpguard.mail import Part

_HIDDEN: tuple[tuple[str, Hidden | None], ...] = (
    ("xl/comments", Hidden.CELL_COMMENT),
    ("xl/threadedcomments/", Hidden.CELL_COMMENT),
    ("comments", Hidden.COMMENT),
    ("customxml/", Hidden.PROPERTY),
    ("persons/", Hidden.PROPERTY),
    ("people.xml", Hidden.PROPERTY),
    ("authors.xml", Hidden.PROPERTY),
    ("tags/", Hidden.PROPERTY),
    ("connections", Hidden.PROPERTY),
    ("externallinks/", Hidden.CACHE),
    ("glossary/", Hidden.HIDDEN_TEXT),
)
"""By a piece of the part's name, the first that fits; other parts (drawings, charts) are seen."""

_OF_THE_PROGRAM = re.compile(
    r"\[content_types\]\.xml|(?:.{0,200}/)?_rels/[^/]{0,200}\.rels"
    r"|docprops/(?:app|core|custom)\.xml|docprops/thumbnail\.[a-z]{3,4}"
    r"|customxml/itemprops\d{0,9}\.xml"
    r"|(?:word|xl|ppt|visio)/(?:glossary/)?(?:"
    r"(?:styles|styleswitheffects|stylesbin|fonttable|settings|websettings|numbering|calcchain"
    r"|tablestyles|presprops|viewprops|metadata|volatiledependencies|sharedstrings|vbadata"
    r"|commentsextended|commentsids|commentsextensible|windows|validation)\.(?:xml|bin)"
    r"|(?:theme|printersettings|ctrlprops|tables|pivottables|slicers|slicercaches|fonts|richdata"
    r"|webextensions|changesinfos|timelines|timelinecaches|revisions)/.{0,200}\.(?:xml|bin|odttf)"
    r"|diagrams/(?:colors|quickstyle|layout)\d{0,9}\.xml"
    r"|charts/(?:colors|style)\d{0,9}\.xml)"
)
"""Parts that a program writes for itself.  Nobody's text is in them that is not elsewhere too."""

_IN_ATTRIBUTES: tuple[tuple[str, frozenset[str]], ...] = (
    ("connections", frozenset({"url", "connection", "command", "sourceFile", "description"})),
    ("persons/", frozenset({"displayName", "userId"})),
    ("people.xml", frozenset({"author", "userId"})),
    ("authors.xml", frozenset({"name", "userId"})),
    ("tags/", frozenset({"val"})),
    ("externallinks/", frozenset({"val", "refersTo", "ddeTopic", "progId"})),
    ("querytables/", frozenset({"name"})),
)  # fmt: skip
"""Parts whose texts stand in attributes, and in which."""

_EVERY = ("customxml/", "externallinks/")
"""Parts that are lists of values: each element is a line."""

_PROPERTIES = frozenset(
    {"title", "subject", "creator", "keywords", "description", "lastModifiedBy", "category",
     "contentStatus", "contentType", "identifier", "version"}
)  # fmt: skip


def rest(
    package: Package, part: Part, place: str, budget: Budget, seen: set[str]
) -> Iterator[Piece]:
    """Everything in parts that are not in `seen` (names in lower case); embedded files, inside."""
    yield from _properties(package, place)
    yield from _links(package, place)
    for name in package.names:
        if name in seen or name.endswith("/") or _OF_THE_PROGRAM.fullmatch(name):
            continue
        spelt = package.spelt(name)
        where = f"{place}{SEPARATOR}{spelt.partition('/')[2] or spelt}"
        try:
            if name.endswith((".xml", ".vml")):
                yield from loose(package, name, where, budget)
            elif name.endswith("vbaproject.bin"):
                yield from _macros.macros(Compound(package.read(name), budget), place, budget)
            else:
                yield from _embedded(package, name, part, where, budget)
        except Unreadable as fault:
            if fault.why in {Unread.TOO_LARGE, Unread.TOO_SLOW}:
                raise
            yield Gap(where, fault.why, fault.detail)


def loose(package: Package, name: str, where: str, budget: Budget) -> Iterator[Text]:
    """The text of a part whose structure nobody here knows, and what its attributes say."""
    wanted = next((names for word, names in _IN_ATTRIBUTES if word in name), frozenset())
    reader = LooseText(
        budget,
        every=any(word in name for word in _EVERY),
        wanted=None if name.startswith("customxml/") else wanted,
    )
    package.parse(name, reader)
    hidden = next((why for word, why in _HIDDEN if word in name), None)
    if reader.found:
        yield Text(where, reader.found, hidden)
    if reader.unseen:
        yield Text(where, "\n".join(reader.unseen), hidden or Hidden.PROPERTY)


def _properties(package: Package, place: str) -> Iterator[Piece]:
    texts: dict[str, None] = {}
    for name in ("docProps/core.xml", "docProps/custom.xml", "docProps/app.xml"):
        if package.has(name):
            reader = _Properties(every=not name.endswith("core.xml"))
            package.parse(name, reader)
            texts.update((text, None) for text in reader.found if not text.isdecimal())
    if texts:
        yield Text(f"{place}{SEPARATOR}properties", "\n".join(texts), Hidden.PROPERTY)


def _links(package: Package, place: str) -> Iterator[Piece]:
    """Where links and templates lead outside the file."""
    targets: dict[str, None] = {}
    for name in package.names:
        if name.endswith(".rels"):
            folder, _, base = name.rpartition("_rels/")
            links = package.relationships(folder + base.removesuffix(".rels"))
            targets.update((link.target, None) for link in links if link.external)
    if targets:
        yield Text(f"{place}{SEPARATOR}links", "\n".join(targets), Hidden.PROPERTY)


def _embedded(
    package: Package, name: str, part: Part, where: str, budget: Budget
) -> Iterator[Piece]:
    budget.charge(members=1)
    content = package.read(name)
    filename = package.spelt(name).rpartition("/")[2]
    yield budget.open(Part(part.path, content, filename=filename), where)


class _Properties(Events):
    """The values of docProps/core.xml that people write, or all of the other two parts."""

    def __init__(self, *, every: bool) -> None:
        self._every = every
        self._pieces: list[str] | None = None
        self.found: list[str] = []

    def start(self, name: str, _attributes: Attributes) -> None:
        self._pieces = [] if self._every or name in _PROPERTIES else None

    def text(self, text: str) -> None:
        if self._pieces is not None:
            self._pieces.append(text)

    def end(self, _name: str) -> None:
        value = "".join(self._pieces or ()).strip()
        if value:
            self.found.append(value)
        self._pieces = None
