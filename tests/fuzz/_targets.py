"""What is fuzzed, with what it begins from.

A target takes bytes and must return: whatever they are, a crash of the process, an exception, or
content in a gap's words is a fault.  Each extractor entry is fed directly, past `_sniff`, and
inside `extract` as the sandbox's worker would.
"""

from __future__ import annotations

import itertools
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from dlpguard import evidence, extractors, mime
from dlpguard.document import Document, Table
from dlpguard.evidence import Evidence
from dlpguard.extractors import _BY_FORMAT, Budget, Limits
from dlpguard.inspection import Setup, read
from dlpguard.mail import Envelope, MessageId, Part, Recipient
from dlpguard.recipients import Organisation
from tests.extractors.hostile import _archives, _documents, _mails, _pdfs

SAMPLES = Path(__file__).resolve().parents[2] / "samples"

LIMITS = Limits(depth=4, members=50, inflated=4_000_000, cells=20_000, characters=500_000,
                pages=5, seconds=3.0)  # fmt: skip
"""Small, so that many inputs are tried in a second, and so that limits are part of what is."""

_PER_FORMAT = 12
"""Seeds of one format: more teach a fuzzer little."""

_LARGEST_SEED = 200_000


@dataclass(frozen=True, slots=True)
class Target:
    """A function that must survive any bytes, and bytes that lead it deep inside."""

    name: str
    run: Callable[[bytes], None] = field(repr=False)
    seeds: Callable[[], tuple[bytes, ...]] = field(repr=False)


def targets() -> dict[str, Target]:
    """Every target by its name: `mime`, `message`, and each module of extractors."""
    found = {"mime": Target("mime", parse, mails), "message": Target("message", inspect, mails)}
    modules = {reader.__module__.rpartition(".")[2] for reader in _BY_FORMAT.values()}
    for name in sorted(modules):
        found[name] = Target(name, partial(_read, name), partial(seeds_of, name))
    return found


def parse(raw: bytes) -> None:
    """The whole way of a message: its structure, then each of its parts."""
    message, gaps = mime.parse(raw, Envelope("a@council.example", ()), MessageId("f"))
    assert all(gap.detail.isprintable() for gap in gaps)
    budget = _budget()
    for part in message.parts[:3]:
        _check(extractors.extract(part, budget))


def inspect(raw: bytes) -> None:
    """All that a worker does with a message, its answer packed."""
    envelope = Envelope("a@council.example", (Recipient("b@elsewhere.example"),))
    setup = Setup(Organisation(domains=("council.example",)), limits=LIMITS)
    found = read(MessageId("f"), raw, envelope, setup, clock=time.monotonic)
    evidence.pack(Evidence(found.document, found.findings))


def _read(module: str, content: bytes) -> None:
    """One extractor, whatever the bytes look like; the first decides as which of its formats."""
    kinds = sorted(k for k, r in _BY_FORMAT.items() if r.__module__.endswith(f".{module}"))
    kind = kinds[content[0] % len(kinds)] if content else kinds[0]
    budget = _budget()
    part = Part("1", content[1:], "", f"file.{kind}")
    budget.start(lambda member, place: Document(place, "unknown"))
    draft = extractors._Draft()
    draft.read(kind, part, "file", budget)
    for block in draft.blocks:
        _look(block)
    _check(extractors.extract(part, _budget()))


def _check(document: Document) -> None:
    """What holds for every document, whatever it was read from."""
    for each in document.walk():
        for gap in each.gaps:
            assert len(gap.detail) < 200
        for block in each.blocks:
            _look(block)


def _look(block: object) -> None:
    if isinstance(block, Table):
        assert not block.numbers or len(block.numbers) == len(block.rows)
        assert all(isinstance(cell, str) for row in block.rows for cell in row)
        for index in range(len(block.rows)):
            block.row_place(index)


def _budget() -> Budget:
    return Budget(LIMITS, time.monotonic)


def mails() -> tuple[bytes, ...]:
    """The samples, and small ones of each hostile kind."""
    found = [f.read_bytes() for f in sorted((SAMPLES / "mail").rglob("*.eml"))]
    small = [mail[:4000] for mail in sorted(found, key=len)[:20]]
    head = (_mails.many_parts, _mails.deep_multiparts, _mails.boundary_in_boundary,
            _mails.encoded_words, _mails.many_uuencoded_files)  # fmt: skip
    return (*small, *(make()[:3000] for make in head), _mails.attached(b"Hello", "a.txt"))


def seeds_of(module: str) -> tuple[bytes, ...]:
    """Files of the formats that an extractor reads, each with a byte in front that chooses."""
    kinds = sorted(k for k, r in _BY_FORMAT.items() if r.__module__.endswith(f".{module}"))
    chosen = []
    for index, kind in enumerate(kinds):
        files = itertools.islice((f for f in _files() if _is(f, kind)), _PER_FORMAT)
        chosen += [bytes((index,)) + file for file in files]
    return tuple(chosen) or (b"\0Hello",)


def _is(file: bytes, kind: str) -> bool:
    from dlpguard.extractors._sniff import sniff  # noqa: PLC0415 - of use here only

    return kind in sniff(file, f"file.{kind}", "").formats


def _files() -> Iterator[bytes]:
    """Small files of many formats."""
    for file in sorted((SAMPLES / "attachments").iterdir()):
        if file.stat().st_size < _LARGEST_SEED:
            content = file.read_bytes()
            yield content
            if zipfile.is_zipfile(file):
                with zipfile.ZipFile(file) as archive:
                    plain = [
                        m for m in archive.infolist() if "." in m.filename and not m.flag_bits & 1
                    ]
                    yield from (archive.read(member) for member in plain[:4])
    yield from (mail[:4000] for mail in mails()[:6])
    yield from (
        _pdfs.form_in_itself(), _pdfs.in_each_other(3), _pdfs.pages_in_a_circle(),
        _archives.zipped(("a.txt", b"Hello"), ("b.csv", b"a,b\n1,2\n")),
        _archives.overlapping_zip(),
        _documents.docx("<w:p><w:r><w:t>Hello</w:t></w:r></w:p>"), _documents.huge_dimensions(),
        _documents.docx_of_entities(), _documents.repeated_cells(), _documents.ole_in_a_circle(),
        _documents.svg_of_entities(),
        b"{\\rtf1\\ansi Hello {\\b bold} \\u233? \\'e9 {\\*\\generator x}\\trowd a\\cell\\row}",
        b"<html><p hidden>Hello<table><tr><th>a<tr><td rowspan=2>b</table>",
        b'{"a": [1, {"b": "Hello"}]}', b"a,b\n1,2\n", b"Hello",
        b"BEGIN:VCARD\r\nFN:Ann Bee\r\nEND:VCARD\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Hi\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        b"<?xml version='1.0'?><a hidden='1'>Hello<b/></a>",
        b"From a@b Mon Jan  1 00:00:00 2013\nFrom: a@b\nSubject: x\n\nHello\n",
    )  # fmt: skip
