"""Where mail of the past is: mbox files, Maildir folders, folders of .eml, at any depth and mixed.

Nothing is read here but what it takes to tell where a message begins; `content` gives its bytes as
a client would have sent them, lines ended by CRLF.
"""

from __future__ import annotations

import mmap
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from dlpguard.errors import ConfigurationError

_FROM = re.compile(rb"From [^\r\n]{0,500}\d{1,2}:\d{2}[^\r\n]{0,100}\r?\n")
"""The line before each message of an mbox (RFC 4155, appendix A), with a time of day, which a
sentence that begins with "From" has not.  It stands at the beginning of the file or after an empty
line."""

_QUOTED = re.compile(rb"^>(>{0,50}From )", re.MULTILINE)
"""A line of the message that began with "From " before it was put into an mbox ("mboxrd")."""

_SAMPLE = 64 * 1024
"""Bytes in which a file shows how its lines end."""

_DRAFT = "D"
"""The flag of a Maildir's message that was never sent."""


class Kind(StrEnum):
    """How messages are kept."""

    MBOX = "mbox"
    MAILDIR = "Maildir"
    EML = ".eml"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one message is.  `length` -1: the whole file."""

    file: Path = field(repr=False)
    kind: Kind
    offset: int = 0
    length: int = -1


def find(paths: Sequence[Path]) -> Iterator[Place]:
    """Every message in these files and folders, file by file in the order of their names.

    `ConfigurationError` when one cannot be read, or when a file that is named holds no mail; in
    folders what is no mail is passed over.
    """
    for path in paths:
        with _readable():
            mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            yield from _inside(path)
            continue
        found = False
        for place in _of_file(path, named=True):
            found = True
            yield place
        if not found:
            raise ConfigurationError(
                f"{path}: holds no mail; name an mbox, a Maildir, an .eml file or a folder of them"
            )


def content(place: Place, at_most: int = -1) -> bytes:
    """The bytes of a message, or their beginning.  `ConfigurationError` when they cannot be read.

    Mail that was stored with bare line feeds gets CRLF again; what has CRLF stays as it is.
    """
    length = place.length if at_most < 0 or 0 <= place.length < at_most else at_most
    with _readable(), place.file.open("rb") as stream:
        stream.seek(place.offset)
        raw = stream.read(length)
    if place.kind is Kind.MBOX and b">From " in raw:
        raw = _QUOTED.sub(rb"\1", raw)
    return raw if b"\r\n" in raw[:_SAMPLE] else raw.replace(b"\n", b"\r\n")


def _inside(folder: Path) -> Iterator[Place]:
    def complain(error: OSError) -> None:
        raise _unreadable(error)

    for where, folders, names in os.walk(folder, onerror=complain):
        here = Path(where)
        folders.sort()
        if _is_maildir(folders):
            for name in ("cur", "new"):
                folders.remove(name)
                yield from _maildir(here / name)
            if "tmp" in folders:  # not delivered yet
                folders.remove("tmp")
        for name in sorted(names):
            yield from _of_file(here / name, named=False)


def _is_maildir(folders: Sequence[str]) -> bool:
    return "cur" in folders and "new" in folders


def _maildir(folder: Path) -> Iterator[Place]:
    with _readable():
        names = sorted(entry.name for entry in os.scandir(folder) if entry.is_file())
    for name in names:
        flags = name.rpartition(":2,")[2] if ":2," in name else ""
        if _DRAFT not in flags and not name.startswith("."):
            yield Place(folder / name, Kind.MAILDIR)


def _of_file(file: Path, *, named: bool) -> Iterator[Place]:
    """The messages in a file.  One that is `named` is mail if it begins with a field."""
    with _readable():
        if not stat.S_ISREG(file.stat().st_mode):
            return
        with file.open("rb") as stream:
            beginning = stream.read(_SAMPLE)
    if file.suffix.lower() == ".eml" or (named and _FIELD.match(beginning)):
        if beginning.strip():
            yield Place(file, Kind.EML)
    elif _FROM.match(beginning):
        yield from _mbox(file)


_FIELD = re.compile(rb"[!-9;-~]{1,100}:[ \t]")


def _mbox(file: Path) -> Iterator[Place]:
    with (
        _readable(),
        file.open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text,
    ):
        begins = [*_begins(text)]
        ends = [start for start, _ in begins[1:]] + [len(text)]
    for (_, start), end in zip(begins, ends, strict=True):
        if end > start:
            yield Place(file, Kind.MBOX, start, end - start)


def _begins(text: mmap.mmap) -> Iterator[tuple[int, int]]:
    """Where the lines before messages begin and end.  Looked for by their first letters: asking a
    pattern at every byte takes ten times as long."""
    at = 0
    while at >= 0:
        after_empty_line = not at or text[max(0, at - 3) : at].replace(b"\r", b"").endswith(b"\n\n")
        if after_empty_line and (line := _FROM.match(text, at)):
            yield line.span()
        at = text.find(b"\nFrom ", at) + 1 or -1


class _readable:  # noqa: N801 - a context
    """What the operating system refuses, in words."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise _unreadable(error) from None


def _unreadable(error: OSError) -> ConfigurationError:
    name = os.fsencode(error.filename or "").decode("utf-8", "replace")
    return ConfigurationError(f"{name}: cannot be read ({error.strerror})")
