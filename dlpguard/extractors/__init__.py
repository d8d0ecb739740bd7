"""Files as documents: everything in them that a recipient could read, and gaps for the rest.

One module per format.  Each has `FORMATS`, the names of `_sniff` that it reads, and
`read(part, place, budget)`, a generator of blocks, gaps, documents inside, and defects.  To add a
format, add a module and its line in `_READERS`.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from dataclasses import replace

from dlpguard import mime
from dlpguard.document import SEPARATOR, Block, Document, Gap, Table, Text, Unread
from dlpguard.extractors import (
    archive,
    calendar,
    contacts,
    delimited,
    ebook,
    encryptedoffice,
    fixedpages,
    image,
    iwork,
    jsonfile,
    longtail,
    macintosh,
    mailfile,
    markup,
    oldslides,
    oldword,
    oldworkbook,
    ole,
    onenote,
    opendocument,
    outlook,
    pdf,
    plain,
    presentation,
    printable,
    richtext,
    signed,
    spreadsheet,
    sylk,
    visio,
    webpage,
    winmail,
    word,
)
from dlpguard.extractors._budget import Budget, Convert, Defect, Piece, Unreadable
from dlpguard.extractors._fitting import characters, fitting
from dlpguard.extractors._sniff import sniff
from dlpguard.extractors._visible import shown, shown_table
from dlpguard.limits import Limits
from dlpguard.mail import Part
from dlpguard.mime import charsets

__all__ = ["Budget", "Convert", "Limits", "Unreadable", "extract", "shown"]

_READERS = (
    archive,
    calendar,
    contacts,
    delimited,
    ebook,
    encryptedoffice,
    fixedpages,
    image,
    iwork,
    jsonfile,
    longtail,
    macintosh,
    mailfile,
    markup,
    oldslides,
    oldword,
    oldworkbook,
    ole,
    onenote,
    opendocument,
    outlook,
    pdf,
    plain,
    presentation,
    printable,
    richtext,
    signed,
    spreadsheet,
    sylk,
    visio,
    webpage,
    winmail,
    word,
)
_BY_FORMAT: dict[str, Callable[[Part, str, Budget], Iterator[Piece]]] = {
    kind: reader.read for reader in _READERS for kind in reader.FORMATS
}
_ENCRYPTED = {
    "pgp": "a PGP message",
    "smime": "an S/MIME message",
}
_IN_A_CHARSET = frozenset({"text", "csv", "html", "xml", "json", "calendar", "vcard"})
"""Formats whose bytes mean something only in a character set, and two things in two."""


def extract(part: Part, budget: Budget | None = None) -> Document:
    """Everything that can be read in a part, and a gap for whatever cannot.

    Never raises for content.  The document is named after the part's file name, "body" when the
    part is the message's own text.  The file name is text too: it is the last block.
    """
    budget = budget or Budget()

    def opener(member: Part, place: str) -> Document:
        return _extract(member, place, budget)

    budget.start(opener)
    place = _place(part)
    document = _extract(part, place, budget)
    if hidden := mime.undisplayed(part):
        document = document.concealed(hidden)
    if part.filename:
        name = Text(f"{place}{SEPARATOR}file name", part.filename)
        document = replace(document, blocks=(*document.blocks, name))
    return document


def _place(part: Part) -> str:
    """What a person would call the part."""
    if part.is_body:
        return "body"
    return part.filename or ("headers" if part.path == "headers" else f"part {part.path}")


def _extract(part: Part, place: str, budget: Budget) -> Document:
    limits = budget.limits
    if budget.depth > limits.depth:
        gap = Gap(place, Unread.TOO_DEEP, f"nested deeper than {limits.depth}")
        return Document(place, "unknown", gaps=(gap,))
    if len(part.content) > limits.message:
        gap = Gap(place, Unread.TOO_LARGE, f"more than {limits.message} bytes")
        return Document(place, "unknown", gaps=(gap,))
    sniffed = sniff(part.content, part.filename, part.declared_type, is_body=part.is_body)
    draft = _Draft()
    if sniffed.contradiction:
        draft.add(Defect("type-contradiction"), budget)
    for kind in sniffed.formats:
        draft.read(kind, part, place, budget)
        for other in _other_readings(kind, part):
            draft.add(Defect("charset-contradiction"), budget)
            draft.read(kind, other, place, budget)
    return Document(
        place,
        sniffed.formats[0],
        tuple(draft.blocks),
        tuple(dict.fromkeys(draft.gaps)),
        tuple(draft.inside),
        tuple(dict.fromkeys(draft.defects)),
    )


def _other_readings(kind: str, part: Part) -> Iterator[Part]:
    """The part as programs would see it that believe something else about its character set."""
    if kind in _IN_A_CHARSET:
        for text in charsets.readings(part.content, part.charset)[1:]:
            content = codecs.BOM_UTF8 + text.encode("utf-8", "replace")
            yield replace(part, content=content, charset="utf-8")


class _Draft:
    """What was read of a document so far; it stays when reading ends in a fault."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.gaps: list[Gap] = []
        self.inside: list[Document] = []
        self.defects: list[str] = []

    def read(self, kind: str, part: Part, place: str, budget: Budget) -> None:
        """Everything that the reader of a format finds, faults as gaps."""
        try:
            reader = _reader(kind)
            for piece in reader(part, place, budget):
                self.add(piece, budget)
        except Unreadable as fault:
            self.gaps.append(Gap(place, fault.why, fault.detail, kind))
            if fault.why is Unread.UNSUPPORTED:
                self.read("printable", part, place, budget)
        except MemoryError:
            self.gaps.append(Gap(place, Unread.TOO_LARGE, "needs too much memory", kind))
        except RecursionError:
            self.gaps.append(Gap(place, Unread.TOO_DEEP, "nested too deep", kind))
        except Exception as fault:  # noqa: BLE001 - parsers of hostile files raise anything
            # Its text may quote the file, so only its class is kept.
            self.gaps.append(Gap(place, Unread.CORRUPT, type(fault).__name__, kind))

    def add(self, piece: Piece, budget: Budget) -> None:
        """One piece to where it belongs."""
        match piece:
            case Defect():
                self.defects.append(str(piece))
            case Gap():
                self.gaps.append(piece)
            case Document():
                self.inside.append(piece)
            case Text() | Table():
                size = characters(piece)
                kept = piece
                if size > budget.characters_left:
                    kept = fitting(piece, budget.characters_left)
                self.blocks.append(_as_shown(kept))
                budget.charge(characters=size)


def _as_shown(block: Block) -> Block:
    """A block without what nobody sees in its letters; mostly the same one."""
    if isinstance(block, Table):
        return shown_table(block)
    text = shown(block.text)
    return block if text is block.text else replace(block, text=text)


def _reader(kind: str) -> Callable[[Part, str, Budget], Iterator[Piece]]:
    """The reader of a format; `Unreadable` when there is none."""
    if kind in _ENCRYPTED:
        raise Unreadable(Unread.ENCRYPTED, _ENCRYPTED[kind])
    if kind not in _BY_FORMAT:
        raise Unreadable(Unread.UNSUPPORTED, f"no reader for {kind}")
    return _BY_FORMAT[kind]
