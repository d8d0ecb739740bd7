"""Hostile messages by name, and what becomes of one in the real sandbox."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

from dlpguard import extractors, policy
from dlpguard.document import Gap, Unread
from dlpguard.inspection import Setup, judge
from dlpguard.mail import Envelope, MessageId, Recipient
from dlpguard.recipients import Organisation
from dlpguard.runners import reading
from dlpguard.runners.sandbox import Inspected, Limits, Sandbox, Stopped
from dlpguard.verdict import Action, Verdict
from tests.extractors.hostile import _archives, _documents, _mails, _pdfs
from tests.extractors.hostile._quine import quine

POLICIES = Path(__file__).resolve().parents[3] / "policies"
ENVELOPE = Envelope("ann@council.example", (Recipient("cy@elsewhere.example"),))

_LARGE, _DEEP, _SLOW = Unread.TOO_LARGE, Unread.TOO_DEEP, Unread.TOO_SLOW
_CORRUPT = Unread.CORRUPT


@dataclass(frozen=True, slots=True)
class Hostile:
    """A message that is meant to harm.

    `gaps`: why it is not read whole, one of these at least; none: it is read, at little cost.
    """

    make: Callable[[], bytes] = field(repr=False)
    gaps: frozenset[Unread]


def _file(make: Callable[[], bytes], name: str, *gaps: Unread) -> Hostile:
    return Hostile(partial(_attached, make, name), frozenset(gaps))


def _attached(make: Callable[[], bytes], name: str) -> bytes:
    return _mails.attached(make(), name)


def _mail(make: Callable[[], bytes], *gaps: Unread) -> Hostile:
    return Hostile(make, frozenset(gaps))


HOSTILE: dict[str, Hostile] = {
    "PDF: deflated thrice": _file(_pdfs.flate_bomb, "a.pdf", _LARGE, _SLOW),
    "PDF: forms that double": _file(_pdfs.nested_forms, "a.pdf", _LARGE, _DEEP, _SLOW),
    "PDF: a form in itself": _file(_pdfs.form_in_itself, "a.pdf", _LARGE, _DEEP),
    "PDF: the same, by the page": _file(_pdfs.form_in_itself_by_the_page, "a.pdf", _LARGE, _DEEP),
    "PDF: harmless on page one": _file(
        _pdfs.form_that_is_harmless_on_the_first_page, "a.pdf", _LARGE
    ),
    "PDF: the same, broken": _file(_pdfs.form_in_itself_on_a_broken_page, "a.pdf", _LARGE, _DEEP),
    "PDF: 50,000 pages": _file(_pdfs.fifty_thousand_pages, "a.pdf", _LARGE, _SLOW),
    "PDF: 300,000 scattered letters": _file(_pdfs.scattered_text, "a.pdf"),
    "PDF: 150,000 arrays in arrays": _file(_pdfs.deep_arrays, "a.pdf"),
    "PDF: pages in a circle": _file(_pdfs.pages_in_a_circle, "a.pdf", _CORRUPT),
    "PDF: 100,000 annotations": _file(_pdfs.many_annotations, "a.pdf"),
    "PDF in PDF, 40 times": _file(_pdfs.in_each_other, "a.pdf", _DEEP),
    "zip: 256 MB of zeros": _file(_archives.zip_of_zeros, "a.zip", _LARGE),
    "zip: overlapping members": _file(_archives.overlapping_zip, "a.zip", _LARGE, _CORRUPT),
    "zip: 16 in 16, five levels": _file(_archives.nested_zip, "a.zip", _LARGE),
    "zip in zip, 200 times": _file(_archives.deep_zip, "a.zip", _DEEP),
    "zip that contains itself": _file(quine, "a.zip", _DEEP),
    "zip: 50,000 members": _file(_archives.many_members, "a.zip", _LARGE),
    "tar.gz: 500,000 headers": _file(_archives.tar_of_headers, "a.tar.gz", _LARGE),
    "gz: 1 GB": _file(_archives.gzip_bomb, "a.gz", _LARGE),
    "bz2: 1 GB": _file(_archives.bzip2_bomb, "a.bz2", _LARGE),
    "xz: 1 GB": _file(_archives.xz_bomb, "a.xz", _LARGE),
    "gz in gz, 100 times": _file(_archives.gzip_in_itself, "a.gz", _DEEP),
    "docx: entities": _file(_documents.docx_of_entities, "a.docx", _CORRUPT, _LARGE),
    "xlsx: entities": _file(_documents.xlsx_of_entities, "a.xlsx", _CORRUPT, _LARGE),
    "svg: entities": _file(_documents.svg_of_entities, "a.svg"),
    "xml: a large entity, often": _file(_documents.quadratic_entities, "a.xml"),
    "docx: a million elements deep": _file(_documents.deep_docx, "a.docx", _DEEP, _CORRUPT),
    "docx: tables in tables": _file(_documents.tables_in_tables, "a.docx", _DEEP, _CORRUPT),
    "xlsx: A1 and XFD1048576": _file(_documents.huge_dimensions, "a.xlsx"),
    "xlsx: 8 million cells": _file(_documents.many_cells, "a.xlsx", _LARGE, _SLOW),
    "xlsx: one string, 100,000 times": _file(_documents.repeated_string, "a.xlsx", _LARGE, _SLOW),
    "ods: a cell repeated": _file(_documents.repeated_cells, "a.ods"),
    "html: 300,000 divs": _file(_documents.nested_divs, "a.html"),
    "html: tables in tables": _file(_documents.nested_html_tables, "a.html"),
    "html: 500,000 attributes": _file(_documents.many_attributes, "a.html"),
    "html: spans of a thousand": _file(_documents.spans_of_a_table, "a.html"),
    "json: a million arrays deep": _file(_documents.deep_json, "a.json"),
    "rtf: 500,000 groups deep": _file(_documents.deep_rtf, "a.rtf"),
    "csv: 8 million cells": _file(_documents.wide_csv, "a.csv"),
    "text: 8 MB of line feeds": _file(_documents.only_line_feeds, "a.txt"),
    "text: one word of 8 MB": _file(_documents.one_line, "a.txt"),
    "text: 2 MB of digits": _file(_documents.digits, "a.txt"),
    "text: 2 MB of @": _file(_documents.almost_addresses, "a.txt"),
    "png: 30,000 × 30,000": _file(_documents.large_picture, "a.png", Unread.SCAN),
    "doc: sectors in a circle": _file(_documents.ole_in_a_circle, "a.doc", _CORRUPT),
    "doc: a long mini stream": _file(_documents.ole_with_a_long_mini_stream, "a.doc", _CORRUPT),
    "doc: a long mini FAT": _file(_documents.ole_with_a_long_mini_fat, "a.doc", _CORRUPT),
    "mail: 200,000 parts": _mail(_mails.many_parts, _LARGE),
    "mail: a field of 5 MB": _mail(_mails.long_field, _LARGE),
    "mail: 200,000 fields": _mail(_mails.many_fields, _LARGE),
    "mail: 100,000 encoded words": _mail(_mails.encoded_words, _LARGE),
    "mail: groups and comments": _mail(_mails.many_recipients),
    "mail: multiparts 20,000 deep": _mail(_mails.deep_multiparts, _DEEP),
    "mail in mail, 2,000 times": _mail(_mails.message_in_message, _DEEP),
    "mail in mail, encoded, 25 times": _mail(_mails.encoded_message_in_message, _DEEP),
    "mail: 500,000 false boundaries": _mail(_mails.lines_like_boundaries),
    "mail: the same boundary, 300 deep": _mail(_mails.boundary_in_boundary),
    "mail: 100,000 × begin 644": _mail(_mails.many_uuencoded_files),
    "mail: 50,000 runs of base64": _mail(_mails.runs_of_base64, _LARGE),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message.  `peak` is the most memory that zygote and worker had, in bytes."""

    gaps: tuple[Gap, ...]
    verdict: Verdict
    crashed: bool
    seconds: float
    peak: int

    @property
    def unread(self) -> frozenset[Unread]:
        """Why it was not read whole."""
        return frozenset(gap.why for gap in self.gaps)

    @property
    def held(self) -> bool:
        """Whether it stays here."""
        return self.verdict.action >= Action.QUARANTINE


class Ordeal:
    """A sandbox of one worker that hostile messages are put through, one after another."""

    def __init__(self, limits: Limits, reading_seconds: float) -> None:
        organisation = Organisation(domains=("council.example",))
        self._setup = Setup(organisation, limits=extractors.Limits(seconds=reading_seconds))
        self._limits = limits
        self._policies = policy.load(POLICIES)
        self._runner = asyncio.Runner()
        self._sandbox = Sandbox(1, limits, self._setup)
        self.idle = 0
        """Bytes of memory that zygote and worker have while nothing is read."""

    def __enter__(self) -> Self:
        self._runner.run(self._sandbox.start())
        try:
            self._runner.run(self._sandbox.ready())
        except BaseException:
            self.__exit__()
            raise
        self.idle = sum(map(_resident, _descendants(os.getpid())))
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._sandbox.stop())
        self._runner.close()

    def put(self, raw: bytes) -> Outcome:
        """What becomes of a message."""
        return self._runner.run(self._endure(raw))

    def inspect(self, raw: bytes) -> Inspected | Stopped:
        """What the sandbox says when a message is read once."""
        return self._runner.run(self._sandbox.inspect(MessageId("m"), raw, ENVELOPE))

    async def _endure(self, raw: bytes) -> Outcome:
        begun = time.monotonic()
        with watched_memory() as peak:
            read = await reading.read(
                self._sandbox,
                MessageId("m"),
                raw,
                ENVELOPE,
                self._setup.organisation,
                size=len(raw),
            )
        seconds = time.monotonic() - begun
        verdict = judge(read.facts, self._policies)
        return Outcome(read.facts.gaps, verdict, read.crashed, seconds, peak())


@contextlib.contextmanager
def watched_memory() -> Iterator[Callable[[], int]]:
    """The most memory in use by all processes under this one, looked at every 20 ms."""
    ended, peak = threading.Event(), [0]

    def watch() -> None:
        while not ended.wait(0.02):
            peak[0] = max(peak[0], sum(map(_resident, _descendants(os.getpid()))))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield lambda: peak[0]
    finally:
        ended.set()
        thread.join()


def _descendants(root: int) -> set[int]:
    found, fresh = set[int](), {root}
    while fresh:
        children = set[int]()
        for pid in fresh:
            for file in Path(f"/proc/{pid}/task").glob("*/children"):
                with contextlib.suppress(OSError):  # it has just ended
                    children |= set(map(int, file.read_text().split()))
        found |= children
        fresh = children
    return found


def _resident(pid: int) -> int:
    """Bytes of memory that a process has in use, what it shares included."""
    with contextlib.suppress(OSError, IndexError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return 0
