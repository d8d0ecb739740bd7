"""Messages, contacts and appointments that Outlook saved (msg; MS-OXMSG).

A compound file with a stream for each property of variable size.  All three forms of the body are
read: which one a recipient's program shows is its choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dlpguard.document import SEPARATOR, Gap, Hidden, Text, Unread
from dlpguard.extractors import _plainwords
from dlpguard.extractors._budget import Budget, Piece, Unreadable
from dlpguard.extractors._compound import Compound, Path
from dlpguard.extractors._compressedrtf import inflated
from dlpguard.extractors._leftovers import says_something
from dlpguard.mail import Part

FORMATS = frozenset({"msg"})

_STREAM = "__substg1.0_"
_FIXED = "__properties_version1.0"
_RECIPIENT, _ATTACHMENT = "__recip_version1.0_", "__attach_version1.0_"

_ANSI, _WIDE, _BINARY, _OBJECT = "001e", "001f", "0102", "000d"

_SUBJECT, _BODY, _RTF, _HTML = "0037", "1000", "1009", "1013"
_SENDER = ("0c1a", ("5d01", "0c1f"))
_AUTHOR = ("0042", ("5d02", "0065"))
_NAME, _ADDRESSES = "3001", ("39fe", "3003")
_KIND_OF_RECIPIENT = 0x0C15
_KINDS = {1: "To", 2: "Cc", 3: "Bcc"}
_DISPLAYED = (("0e04", "To"), ("0e03", "Cc"), ("0e02", "Bcc"))
_DATA, _FILE_NAMES, _MEDIA_TYPE = "3701", ("3707", "3704", "3001"), "370e"
_CODEPAGES = (0x3FDE, 0x3FFD)
"""That of the body (PidTagInternetCodepage), and that of everything else."""

_OF_THE_PROGRAM = frozenset({"001a", "007d", "0064", "0c1e", "3002", "5d0a", "5d0b", "800b"})
"""Kinds of messages and addresses, and the header, whose fields are read one by one."""

_HEADER = "007d"
_TAKEN = (_FIXED, *(f"{_STREAM}{tag}" for tag in (_SUBJECT, _BODY, _RTF, _HTML, _HEADER, "3701")))
"""Streams that are read, or are whole files."""


def read(part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    """The fields that Outlook shows, the bodies, attachments inside, and all other properties."""
    compound = Compound(part.content, budget)
    told: list[Piece] = []
    for piece in _message(compound, part, place, budget):
        told.append(piece)
        yield piece
    loose = _plainwords.streams(compound, _TAKEN, budget)
    yield from _plainwords.passed_over(loose, told, place, budget)


def _message(compound: Compound, part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    message = _Properties.of(compound, (), budget)
    fields = _fields(compound, message, budget)
    shown = "\n".join(f"{name}: {value}" for name, value in fields if value)
    if shown:
        yield Text(f"{place}{SEPARATOR}headers", shown)
    yield from _bodies(message, part, place, budget)
    names: list[str] = []
    for storage in compound.storages:
        if len(storage) == 1 and storage[0].lower().startswith(_ATTACHMENT):
            yield from _attachment(compound, storage, message.charset, part, place, budget, names)
    if names:
        yield Text(f"{place}{SEPARATOR}file names", "\n".join(names))
    rest = [text for tag, text in message.texts() if _is_left(tag, text, message, shown)]
    if rest:
        text = "\n".join(dict.fromkeys(rest))
        yield Text(f"{place}{SEPARATOR}properties", text, Hidden.PROPERTY)
    if header := message.text(_HEADER):
        yield Text(f"{place}{SEPARATOR}internet headers", header, Hidden.HEADER_FIELD)


def _is_left(tag: str, text: str, message: _Properties, shown: str) -> bool:
    """Whether a property says something that is shown nowhere else."""
    if tag in {_SUBJECT, _BODY}:  # both codings, of which only one is shown
        return text != message.text(tag).strip()
    if tag in {_HTML, _HEADER}:
        return False
    return text not in shown and (tag not in _OF_THE_PROGRAM or says_something(text))


def _fields(compound: Compound, message: _Properties, budget: Budget) -> list[tuple[str, str]]:
    fields = [("From", message.person(*_SENDER) or message.person(*_AUTHOR))]
    recipients: dict[str, list[str]] = {}
    for storage in compound.storages:
        if len(storage) == 1 and storage[0].lower().startswith(_RECIPIENT):
            recipient = _Properties.of(compound, storage, budget, message.charset)
            kind = _KINDS.get(recipient.numbers.get(_KIND_OF_RECIPIENT, 1), "To")
            recipients.setdefault(kind, []).append(recipient.person(_NAME, _ADDRESSES))
    for tag, kind in _DISPLAYED:
        fields.append(
            (kind, ", ".join(filter(None, recipients.get(kind, ()))) or message.text(tag))
        )
    return [*fields, ("Subject", message.text(_SUBJECT))]


def _bodies(message: _Properties, part: Part, place: str, budget: Budget) -> Iterator[Piece]:
    where = f"{place}{SEPARATOR}body"
    plain = message.text(_BODY).replace("\r\n", "\n").replace("\r", "\n")
    if plain.strip():
        yield Text(where, plain)
    html = message.binary(_HTML) or message.text(_HTML).encode()
    if html:
        charset = message.charset if message.binary(_HTML) else "utf-8"
        yield budget.open(Part(part.path, html, "text/html", charset=charset), where)
    compressed = message.binary(_RTF)
    if compressed:
        try:
            rtf = inflated(compressed, budget)
        except Unreadable as fault:
            if fault.why is not Unread.CORRUPT:
                raise
            yield Gap(where, fault.why, fault.detail, "msg")
            return
        if rtf.strip(b"\0"):
            yield budget.open(Part(part.path, rtf, "application/rtf"), where)


def _attachment(
    compound: Compound,
    storage: Path,
    charset: str,
    part: Part,
    place: str,
    budget: Budget,
    names: list[str],
) -> Iterator[Piece]:
    """A file, or a storage: an attached message, an object of another program."""
    budget.charge(members=1)
    properties = _Properties.of(compound, storage, budget, charset)
    name = next(filter(None, map(properties.text, _FILE_NAMES)), "")
    if name:
        names.append(name)
    where = f"{place}{SEPARATOR}{name or f'attachment {storage[0][-8:]}'}"
    inner = (*storage, f"{_STREAM}{_DATA}{_OBJECT}")
    found = next((s for s in compound.storages if _same(s, inner)), None)
    try:
        if found is not None:
            yield budget.open(Part(part.path, compound.as_file(found)), where)
        elif content := properties.binary(_DATA):
            media_type = properties.text(_MEDIA_TYPE)
            yield budget.open(Part(part.path, content, media_type, name), where)
    except Unreadable as fault:
        yield Gap(where, fault.why, fault.detail, "msg")


def _same(one: Path, other: Path) -> bool:
    return [step.lower() for step in one] == [step.lower() for step in other]


@dataclass(frozen=True, slots=True)
class _Properties:
    """The properties of the message, of a recipient or an attachment, by their tags in hex."""

    streams: dict[str, bytes] = field(repr=False)
    numbers: dict[int, int] = field(repr=False)
    charset: str

    @classmethod
    def of(
        cls, compound: Compound, storage: Path, budget: Budget, charset: str = ""
    ) -> _Properties:
        """Those in a storage; `charset` is what holds where it says nothing."""
        streams: dict[str, bytes] = {}
        numbers: dict[int, int] = {}
        for path in compound.streams:
            if path[:-1] != storage:
                continue
            name = path[-1].lower()
            if name.startswith(_STREAM) and len(name) in {len(_STREAM) + 8, len(_STREAM) + 17}:
                streams[name[len(_STREAM) :]] = content = compound.read(path)
                # Several streams may be the same sectors: what comes out is what counts.
                budget.charge(inflated=len(content))
            elif name == _FIXED:
                numbers = _numbers(compound.read(path))
        pages = filter(None, (numbers.get(tag, 0) for tag in _CODEPAGES))
        return cls(streams, numbers, charset or _charset(next(pages, 0)))

    def text(self, tag: str) -> str:
        """A property that is text; "" when there is none."""
        if wide := self.streams.get(tag + _WIDE):
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        return self.streams.get(tag + _ANSI, b"").decode(self.charset, "replace").rstrip("\0")

    def binary(self, tag: str) -> bytes:
        """A property that is bytes."""
        return self.streams.get(tag + _BINARY, b"")

    def texts(self) -> Iterator[tuple[str, str]]:
        """All properties that are text, those of several values too (a string in each stream).

        One that comes in both codings is there twice, for readers take the one or the other.
        """
        for name, content in self.streams.items():
            kind, number = name[4:8], name[8:]
            if kind in {_WIDE, "101f"} and (number or kind == _WIDE):
                text = content.decode("utf-16-le", "replace")
            elif kind in {_ANSI, "101e"} and (number or kind == _ANSI):
                text = content.decode(self.charset, "replace")
            else:
                continue
            if text := text.rstrip("\0").strip():
                yield name[:4], text

    def person(self, name_tag: str, address_tags: tuple[str, ...]) -> str:
        """A name and address."""
        name = self.text(name_tag)
        address = next((a for a in map(self.text, address_tags) if "@" in a), "")
        return f"{name} <{address}>" if name and address and name != address else address or name


def _numbers(fixed: bytes) -> dict[int, int]:
    """Properties of four bytes by their tags; the header in front is 8, 24 or 32 bytes (2.4)."""
    numbers: dict[int, int] = {}
    for start in range(len(fixed) % 16, len(fixed) - 15, 16):
        kind, tag = (int.from_bytes(fixed[at : at + 2], "little") for at in (start, start + 2))
        if kind == 3:
            numbers.setdefault(tag, int.from_bytes(fixed[start + 8 : start + 12], "little"))
    return numbers


def _charset(codepage: int) -> str:
    name = {0: "cp1252", 65001: "utf-8", 20127: "cp1252", 28591: "cp1252"}.get(
        codepage, f"cp{codepage}"
    )
    try:
        "".encode(name)
    except LookupError:
        return "cp1252"
    return name
