"""The command line, in this process: what it printed, and how it ended."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from dlpguard import commands, config
from dlpguard.commands import _opening
from dlpguard.config import Settings
from dlpguard.store.opening import Store
from tests import _stores

SETTINGS = """\
[organisation]
domains = ["council.example"]
case_references = ['ILS/\\d{4}/\\d{5}']
webmail = ["webmail.example", "homemail.example"]
[[organisation.partners]]
domain = "nhs.example"

[listen]
name = "relay.council.example"
web = ""
"""

SAMPLES = Path(__file__).parents[2] / "samples"
NOBODY = 65534


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str = field(repr=False)
    error: str = field(repr=False)

    def json(self) -> list[dict[str, Any]]:
        """Its output, a JSON object a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def words(self) -> str:
        """Its output without the borders and line breaks of tables."""
        return " ".join("".join(" " if c in "│┃┌┐└┘─━┏┓╭╮╰╯" else c for c in self.out).split())


def line(*words: str | Path) -> Done:
    """Run `dlpguard` with these arguments, in a terminal that is wide."""
    # What cannot be written as UTF-8 must fail here too.
    out, error = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with (
        mock.patch.object(sys, "argv", ["dlpguard", *map(str, words)]),
        mock.patch.dict(os.environ, {"COLUMNS": "200"}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(error),
    ):
        code = _run()
    return Done(code, *(_written(stream) for stream in (out, error)))


def _run() -> int:
    try:
        commands.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def settings_in(folder: Path, more: str = "") -> Path:
    """A settings file; `more` continues its section `listen`."""
    file = folder / "dlpguard.toml"
    store = "" if "[store]" in more else _stores.section(folder)
    file.write_text(SETTINGS + more + store, "utf-8")
    return file


@contextmanager
def store_of(file: Path) -> Iterator[tuple[Settings, Store]]:
    """The store of these settings, open for a while."""
    settings = config.load(file)
    with contextlib.closing(_opening.store(settings)) as store:
        yield settings, store


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without root's right to read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
