"""OpenDocument texts, spreadsheets and presentations (odt, ods, odp), zipped or flat.

The manifest says which members are encrypted; those are gaps.  Objects inside (charts, formulas,
whole spreadsheets) are members with a content.xml of their own and are read the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dlpguard.document import SEPARATOR, Gap, Hidden, Text, Unread
from dlpguard.extractors._budget import Budget, Piece, Unreadable
from dlpguard.extractors._leftovers import leftovers, other_words
from dlpguard.extractors._odfreader import OdfReader
from dlpguard.extractors._odfstyles import Styles
from dlpguard.extractors._ooxml import Attributes, Events, LooseText, Package, attribute, parse
from dlpguard.extractors._sniff import sniff
from dlpguard.mail import Part

FORMATS = frozenset({"odt", "ods", "odp", "odf"})

_OF_THE_PROGRAM = re.compile(
    r"mimetype|layout-cache|manifest\.rdf|(?:.{0,200}/)?settings\.xml"
    r"|(?:meta-inf|thumbnails|configurations2|objectreplacements|fonts)/.{0,200}"
)
_PARTS = ("styles.xml", "content.xml")
"""In this order: the content names styles of the other part."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """Texts, sheets or slides in order; then headers, properties, objects and pictures."""
    if not part.content.startswith(b"PK"):
        sheets = sniff(part.content).formats[0] == "ods"
        reader = OdfReader(place, budget, Styles(), sheets=sheets)
        yield from other_words(_read((part.content,), reader, place), part.content, place)
        yield from _files(reader, place, budget)
        return
    package = Package(part.content, budget)
    manifest = _manifest(package)
    known = _known(package, manifest, part, place, budget)
    yield from leftovers(known, package, part, place, budget, manifest.encrypted)


def _known(
    package: Package, manifest: _Manifest, part: Part, place: str, budget: Budget
) -> Iterator[Piece]:
    """What programs show; then headers, properties, objects and pictures."""
    if manifest.encrypted:
        yield Gap(place, Unread.ENCRYPTED, "an OpenDocument file with a password", "odf")
    seen: set[str] = set(manifest.encrypted)
    yield from _document(package, "", place, budget, seen, manifest)
    for name in package.names:
        folder, _, base = name.rpartition("/")
        if base == "content.xml" and name not in seen:
            where = f"{place}{SEPARATOR}{package.spelt(name).rpartition('/')[0]}"
            yield from _document(package, f"{folder}/", where, budget, seen, manifest)
    for name in package.names:
        if name not in seen and not name.endswith("/") and not _OF_THE_PROGRAM.fullmatch(name):
            yield from _member(package, name, part, place, budget)


def _manifest(package: Package) -> _Manifest:
    """Which members are encrypted (ODF 1.3-2 4.4; ODF 1.3 may encrypt the package as a whole)."""
    manifest = _Manifest()
    if package.has("META-INF/manifest.xml"):
        package.parse("META-INF/manifest.xml", manifest)
    if package.has("encrypted-package"):
        manifest.encrypted.add("encrypted-package")
    return manifest


def _document(
    package: Package,
    folder: str,
    place: str,
    budget: Budget,
    seen: set[str],
    manifest: _Manifest,
) -> Iterator[Piece]:
    """content.xml in a folder, what styles.xml adds (headers, masters), and meta.xml."""
    sheets = "spreadsheet" in manifest.types.get(folder, "")
    styles = Styles()
    around: list[Piece] = []
    for base in _PARTS:
        name = f"{folder}{base}"
        if package.has(name) and name not in seen:
            seen.add(name)
            reader = OdfReader(place, budget, styles, sheets=sheets)
            pieces = _read(package.chunks(name), reader, place)
            if base == "content.xml":
                yield from pieces
            else:
                around += pieces
            yield from _files(reader, place, budget)
    yield from around
    meta = f"{folder}meta.xml"
    if package.has(meta) and meta not in seen:
        seen.add(meta)
        properties = LooseText(budget, every=True)
        package.parse(meta, properties)
        texts = [line for line in properties.found.split("\n") if not line.isdecimal()]
        if any(texts):
            yield Text(f"{place}{SEPARATOR}properties", "\n".join(texts), Hidden.PROPERTY)


def _read(chunks: Iterable[bytes], reader: OdfReader, place: str) -> Iterator[Piece]:
    """What a reader finds; what it read before a fault stays."""
    fault: Unreadable | None = None
    try:
        parse(chunks, reader)
    except Unreadable as error:
        fault = error
    yield from reader.finish()
    if fault is not None:
        yield Gap(place, fault.why, fault.detail, "odf")
        if fault.why in {Unread.TOO_LARGE, Unread.TOO_SLOW}:
            raise fault


def _files(reader: OdfReader, place: str, budget: Budget) -> Iterator[Piece]:
    """Pictures and objects that stand in the XML itself."""
    for number, content in enumerate(reader.files, start=1):
        budget.charge(members=1, inflated=len(content))
        yield budget.open(Part("", content), f"{place}{SEPARATOR}file {number}")


def _member(package: Package, name: str, part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    spelt = package.spelt(name)
    where = f"{place}{SEPARATOR}{spelt}"
    try:
        if name.endswith((".xml", ".xlb", ".xba", ".xdl")):
            loose = LooseText(budget, every=True)
            package.parse(name, loose)
            if loose.found:
                hidden = Hidden.MACRO if name.startswith(("basic/", "dialogs/")) else None
                yield Text(where, loose.found, hidden)
        else:
            budget.charge(members=1)
            content = package.read(name)
            filename = spelt.rpartition("/")[2]
            yield budget.open(Part(part.path, content, filename=filename), where)
    except Unreadable as fault:
        if fault.why in {Unread.TOO_LARGE, Unread.TOO_SLOW}:
            raise
        yield Gap(where, fault.why, fault.detail, "odf")


class _Manifest(Events):
    """META-INF/manifest.xml: the members' types, and which need a password."""

    def __init__(self) -> None:
        self._member = ""
        self.types: dict[str, str] = {}
        self.encrypted: set[str] = set()

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "file-entry":
            self._member = attribute(attributes, "full-path").lstrip("/").lower()
            self.types[self._member] = attribute(attributes, "media-type")
        elif name == "encryption-data":
            self.encrypted.add(self._member)
