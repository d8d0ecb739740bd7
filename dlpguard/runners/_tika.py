"""The converter's process: Apache Tika, compiled to native code, for formats nobody else reads.

Started by `_converter` as `python -I -m dlpguard.runners._tika CHANNEL PARENT MEMORY CPU FRAME`.
It is not forked from the zygote, because Tika's threads do not survive a fork, and is confined in
its own way: Tika reserves 34 GB of address space, starts threads, reads /proc and writes temporary
files.  So what it may have is writable memory, and its /tmp is a small one that nobody else sees;
without such a /tmp it does not start.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import dlpguard
from dlpguard.document import Unread
from dlpguard.evidence import encode
from dlpguard.runners import _confine, _wire

TMP = 64 << 20
"""Bytes of its /tmp: Tika copies a file there, once or twice, and parts of it."""

_CHARACTERS = 20_000_000
"""The longest text: what extractors may give of one message."""

_PROC = tuple(Path("/proc") / name for name in ("self", "meminfo", "cpuinfo", "stat"))
_CHANCE = (Path("/dev/random"), Path("/dev/urandom"))
_SYSTEM = (*_PROC, *_CHANCE, Path("/sys/fs/cgroup"), Path("/sys/devices/system/cpu"))
"""What the runtime of Java looks at: how much memory and how many processors it has; chance."""

_OF_TIKA = ("X-TIKA", "tika", "resourceName", "Content-Type", "Content-Encoding", "Content-Length")
"""Names of properties that begin so are what Tika says, not what the file does."""

_NUMBERS = re.compile(r"0x[0-9a-f]{1,16}|[-+0-9TZ:., ]{1,100}|true|false")

_SAMPLE = b"{\\rtf1 ready}"


def main(channel: int, parent: int, memory: int, cpu: float, frame: int) -> None:
    """Convert until the parent hangs up."""
    _confine.die_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to answer
    said = socket.socket(fileno=channel)
    try:
        tika: Any = importlib.import_module("iscc_tika")
    except ImportError:
        _say(said, _wire.Failed(Unread.UNSUPPORTED, "iscc-tika is not installed"))
        return
    calls = _confine.load_filter()  # starts other programs: before that is forbidden
    installed = (Path(tika.__file__).parent, Path(dlpguard.__file__).parent)
    with contextlib.suppress(ImportError):
        importlib.import_module("landlock")  # the new /tmp may hide where it is installed
    try:
        protections = [_confine.own_tmp(TMP, installed)]
    except OSError as error:
        _say(said, _wire.Failed(Unread.UNSUPPORTED, f"no private tmp: {error.strerror}"))
        return
    protections += [
        _confine.limit_data(memory, TMP),
        _confine.forbid_privileges(),
        _confine.forbid_files(installed, _SYSTEM, (_confine.TMP,)),
        _confine.forbid_calls(calls, own_tmp=True),
    ]
    extractor = _extractor(tika)
    _convert(extractor, _SAMPLE)  # its threads start here, behind all protections
    os.dup2(0, 2)  # a complaint of Tika may quote what it reads
    _say(said, _wire.Started(tuple(name for name in protections if name)))
    while (request := _wire.receive_convert(said, frame)) is not None:
        _confine.allow_cpu(time.process_time(), cpu)
        _say(said, _convert(extractor, request.content))


def _extractor(tika: Any) -> Any:
    office = (
        tika.OfficeParserConfig()
        .set_extract_macros(True)
        .set_include_deleted_content(True)
        .set_include_move_from_content(True)
    )
    extractor = tika.Extractor().set_extract_string_max_length(_CHARACTERS)
    return extractor.set_office_config(office)


def _convert(extractor: Any, content: bytes) -> _wire.Converted:
    """The text and properties of a file."""
    try:
        text, metadata = extractor.extract_bytes_to_string(bytearray(content))
    except Exception as error:  # noqa: BLE001 - Tika raises TypeError, with the file's words in it
        why = Unread.ENCRYPTED if "EncryptedDocumentException" in str(error) else Unread.CORRUPT
        detail = "needs a password" if why is Unread.ENCRYPTED else "Tika cannot read it"
        return _wire.Converted(why=why, detail=detail)
    properties = dict.fromkeys(
        value
        for name, values in metadata.items()
        if not name.startswith(_OF_TIKA)
        for value in values
        if not _NUMBERS.fullmatch(value)
    )
    return _wire.Converted(text.strip(), "\n".join(properties))


def _say(channel: socket.socket, message: _wire.Said) -> None:
    channel.sendall(_wire.frame(encode(message)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:6]))
