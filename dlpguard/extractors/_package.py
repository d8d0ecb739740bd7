"""What an Office file holds besides its main story: comments, drawings, charts, embedded files."""

from __future__ import annotations

from collections.abc import Iterator

from dlpguard.document import SEPARATOR, Gap, Hidden, Text, Unread
from dlpguard.extractors._budget import Budget, Piece, Unreadable
from dlpguard.extractors._ooxml import Attributes, Events, LooseText, Package
from dlpguard.mail import Part

_HIDDEN: tuple[tuple[str, Hidden | None], ...] = (
    ("xl/comments", Hidden.CELL_COMMENT),
    ("xl/threadedcomments/", Hidden.CELL_COMMENT),
    ("comments", Hidden.COMMENT),
    ("customxml/", Hidden.PROPERTY),
    ("persons/", Hidden.PROPERTY),
    ("connections", Hidden.PROPERTY),
    ("externallinks/", Hidden.CACHE),
    ("glossary/", Hidden.HIDDEN_TEXT),
)
"""By a piece of the part's name, the first that fits; other parts (drawings, charts) are seen."""

_OF_THE_PROGRAM = (
    "[content_types].xml", "_rels/", "theme", "styles", "fonttable", "settings.xml", "websettings",
    "numbering", "calcchain", "tablestyles", "presprops", "viewprops", "docprops/app.xml",
    "docprops/thumbnail", "printersettings", "itemprops", "colors", "quickstyle", "/layout",
    "ctrlprops", "metadata.xml", "volatiledependencies", "xl/sharedstrings", "xl/tables/",
    "pivottables/", "slicers/", "slicercaches/", "fonts/", "xl/calc", "richdata/", "taskpanes",
    "docprops/core.xml", "docprops/custom.xml",
)  # fmt: skip
"""Parts that a program writes for itself.  Nobody's text is in them that is not elsewhere too."""

_PROPERTIES = frozenset(
    {"title", "subject", "creator", "keywords", "description", "lastModifiedBy", "category"}
)


def rest(
    package: Package, part: Part, place: str, budget: Budget, seen: set[str]
) -> Iterator[Piece]:
    """Everything in parts that are not in `seen` (names in lower case); embedded files, inside."""
    yield from _properties(package, place)
    yield from _links(package, place)
    for name in package.names:
        if name in seen or name.endswith("/") or any(word in name for word in _OF_THE_PROGRAM):
            continue
        where = f"{place}{SEPARATOR}{name.partition('/')[2] or name}"
        try:
            if name.endswith((".xml", ".vml")):
                yield from _loose(package, name, where, budget)
            else:
                yield from _embedded(package, name, part, where, budget)
        except Unreadable as fault:
            if fault.why in {Unread.TOO_LARGE, Unread.TOO_SLOW}:
                raise
            yield Gap(where, fault.why, fault.detail)


def _properties(package: Package, place: str) -> Iterator[Piece]:
    texts: list[str] = []
    for name in ("docProps/core.xml", "docProps/custom.xml"):
        if package.has(name):
            reader = _Properties(every=name.endswith("custom.xml"))
            package.parse(name, reader)
            texts += reader.found
    if texts:
        yield Text(f"{place}{SEPARATOR}properties", "\n".join(texts), Hidden.PROPERTY)


def _links(package: Package, place: str) -> Iterator[Piece]:
    """Where links, templates and data connections lead outside the file."""
    targets: dict[str, None] = {}
    for name in package.names:
        if name.endswith(".rels"):
            folder, _, base = name.rpartition("_rels/")
            links = package.relationships(folder + base.removesuffix(".rels"))
            targets.update((link.target, None) for link in links if link.external)
        elif name == "xl/connections.xml":
            reader = _Connections()
            package.parse(name, reader)
            targets.update(reader.found)
    if targets:
        yield Text(f"{place}{SEPARATOR}links", "\n".join(targets), Hidden.PROPERTY)


def _loose(package: Package, name: str, where: str, budget: Budget) -> Iterator[Piece]:
    every = name.startswith("customxml/")
    reader = LooseText(budget, every=every)
    package.parse(name, reader)
    if reader.found:
        hidden = next((why for word, why in _HIDDEN if word in name), None)
        yield Text(where, reader.found, hidden)


def _embedded(
    package: Package, name: str, part: Part, where: str, budget: Budget
) -> Iterator[Piece]:
    budget.charge(members=1)
    content = package.read(name)
    yield budget.open(Part(part.path, content, filename=name.rpartition("/")[2]), where)


class _Connections(Events):
    """What data connections say in attributes: addresses, queries, names of files."""

    def __init__(self) -> None:
        self.found: dict[str, None] = {}

    def start(self, _name: str, attributes: Attributes) -> None:
        wanted = ("url", "connection", "command", "sourceFile", "description")
        self.found.update((attributes[key], None) for key in wanted if attributes.get(key))


class _Properties(Events):
    """The values of docProps/core.xml that people write, or all of docProps/custom.xml."""

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
