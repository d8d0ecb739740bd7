"""`dlpguard scan`: what would happen to a mail, or to any file if it were attached."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dlpguard.commands._options import Json
from dlpguard.errors import ConfigurationError

if TYPE_CHECKING:
    from rich.table import Table

    from dlpguard.config import Settings
    from dlpguard.document import Block, Document, Hidden
    from dlpguard.policy import Policies
    from dlpguard.runners.reading import Reading
    from dlpguard.runners.sandbox import Sandbox
    from dlpguard.verdict import Verdict


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(scan)


def scan(
    paths: Annotated[list[Path], typer.Argument(help=".eml files, other files, or folders.")],
    config: Annotated[
        Path | None, typer.Option(help="The settings file (dlpguard.toml where there is one).")
    ] = None,
    policies: Annotated[
        Path | None, typer.Option(help="Judge by the policies in this directory.", metavar="DIR")
    ] = None,
    sender: Annotated[str, typer.Option("--from", help="The sender.", metavar="ADDRESS")] = "",
    to: Annotated[
        list[str] | None, typer.Option("--to", help="A recipient; may be given more than once.")
    ] = None,
    as_json: Json = False,
    text: Annotated[
        bool, typer.Option("--text", help="Print what was read instead, as JSON lines.")
    ] = False,
) -> None:
    """Inspect mail (.eml) or files, and say what would happen to them and why.

    Exit code 1 when something would be asked about, held or rejected.
    """
    files = tuple(_files(paths))
    settings = _settings(config, files, sender)
    raise typer.Exit(
        asyncio.run(_scan(files, settings, policies, sender, tuple(to or ()), as_json, text))
    )


@dataclass(frozen=True, slots=True)
class _Scanned:
    """What came of one file."""

    path: Path
    reading: Reading
    verdict: Verdict
    seconds: float


async def _scan(
    files: Sequence[Path],
    settings: Settings,
    directory: Path | None,
    sender: str,
    to: tuple[str, ...],
    as_json: bool,
    text: bool,
) -> int:
    from rich.console import Console
    from rich.progress import track

    from dlpguard.commands import _wiring
    from dlpguard.evidence import unpack
    from dlpguard.verdict import Action

    rules = _wiring.policies(settings, directory)
    table = _table()
    worst = Action.ALLOW
    sandbox = _wiring.sandbox(settings, workers=1)
    await sandbox.start()
    try:
        progress = Console(stderr=True)
        for path in track(files, "Reading", console=progress, disable=len(files) < 2):
            scanned = await _one(path, settings, sandbox, rules, sender, to)
            worst = max(worst, scanned.verdict.action)
            if text:
                for line in _lines(unpack(scanned.reading.evidence).document):
                    typer.echo(json.dumps(line, ensure_ascii=False))
            elif as_json:
                typer.echo(json.dumps(_line(scanned), ensure_ascii=False))
            else:
                _add(table, scanned)
    finally:
        await sandbox.stop()
    if table.row_count:
        Console().print(table)
    return 1 if worst >= Action.CONFIRM and not text else 0


async def _one(
    path: Path,
    settings: Settings,
    sandbox: Sandbox,
    rules: Policies,
    sender: str,
    to: tuple[str, ...],
) -> _Scanned:
    from dlpguard.commands import _wiring
    from dlpguard.inspection import judge
    from dlpguard.mail import MessageId
    from dlpguard.runners import trying
    from dlpguard.runners.reading import read

    author = f"sender@{settings.organisation.domains[0]}"
    raw, envelope = trying.message(_read(path), path.name, sender, to, author)
    started = time.monotonic()
    organisation = _wiring.organisation(settings)
    reading = await read(sandbox, MessageId("scan"), raw, envelope, organisation, size=len(raw))
    facts = reading.facts
    today = datetime.now(UTC).date()
    verdict = judge(facts, rules, "enforce", _wiring.accepted_gaps(settings), today)
    return _Scanned(path, reading, verdict, time.monotonic() - started)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        try:
            mode = path.stat().st_mode
        except OSError as error:
            raise _unreadable(error) from None
        if stat.S_ISDIR(mode):
            yield from _inside(path)
        else:
            yield path


def _inside(folder: Path) -> Iterator[Path]:
    """Every file in a folder, at any depth; a folder that cannot be read is no empty one."""

    def complain(error: OSError) -> None:
        raise _unreadable(error)

    for place, folders, names in os.walk(folder, onerror=complain):
        folders.sort()
        files = (Path(place, name) for name in sorted(names))
        yield from (file for file in files if file.is_file())


def _unreadable(error: OSError) -> ConfigurationError:
    return ConfigurationError(f"{error.filename}: cannot be read ({error.strerror})")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(error) from None


def _settings(config: Path | None, files: Sequence[Path], sender: str) -> Settings:
    """The settings in the file, or what the mail itself tells where there is no file.

    Without settings the domains of the senders are taken for the organisation's own.
    """
    from dlpguard import config as settings_file
    from dlpguard.commands import _opening
    from dlpguard.runners import trying

    if config or _opening.DEFAULT_CONFIG.is_file():
        return settings_file.load(config or _opening.DEFAULT_CONFIG)
    mails = [file for file in files if trying.is_mail(file.name)]
    senders = [a for mail in mails for a in trying.addresses(_read(mail), "From")[:1]]
    if sender:
        senders = [sender]
    domains = sorted({address.rpartition("@")[2].casefold() for address in senders})
    values = {"organisation": {"domains": domains or ["organisation.invalid"]}}
    return settings_file.build(values, Path.cwd(), "dlpguard scan")


def _lines(document: Document) -> Iterator[dict[str, str | None]]:
    """Every block of a document and what is inside it; a table gives a line for each row."""
    for inner in document.walk():
        for block in inner.blocks:
            yield from _block_lines(block)


def _block_lines(block: Block) -> Iterator[dict[str, str | None]]:
    from dlpguard.document import Text

    if isinstance(block, Text):
        yield {"where": block.where, "hidden": block.hidden, "text": block.text}
        return
    if any(block.heading):
        place = f"{block.where} › heading"
        yield {"where": place, "hidden": block.hidden, "text": "\t".join(block.heading)}
    for index, row in enumerate(block.rows):
        cells: dict[Hidden | None, list[str]] = {}
        for column, cell in enumerate(row):
            cells.setdefault(block.hidden_at(index, column), []).append(cell)
        for hidden, found in cells.items():
            if any(found):
                place = block.row_place(index)
                yield {"where": place, "hidden": hidden, "text": "\t".join(found)}


def _line(scanned: _Scanned) -> dict[str, Any]:
    from dlpguard.commands import _json

    facts, verdict = scanned.reading.facts, scanned.verdict
    audience = facts.audience
    return {
        "path": _shown(scanned.path),
        "action": verdict.action.label,
        "policies": _json.policies(verdict),
        "people": _json.counts(facts.people),
        "audience": {
            "reach": audience.reach,
            "exposure": audience.exposure,
            "internal": audience.internal,
            "partner": audience.partner,
            "external": audience.external,
            "webmail": audience.webmail,
            "self_send": bool(audience.self_send),
        },
        "findings": {
            kind: {"distinct": t.distinct, "high": t.high, "medium": t.medium, "low": t.low}
            for kind, t in sorted(facts.findings.items())
        },
        "gaps": [{"where": gap.where, "why": gap.why} for gap in facts.gaps],
        "hidden": [{"where": place.where, "why": place.why} for place in facts.hidden],
        "seconds": round(scanned.seconds, 3),
    }


def _shown(path: Path | str) -> str:
    """A path as text; bytes that are no UTF-8 cannot be printed."""
    return os.fsencode(path).decode("utf-8", "replace")


def _table() -> Table:
    from rich.table import Table

    return Table("file", "would be", "people", "why", header_style="bold", show_lines=True)


def _add(table: Table, scanned: _Scanned) -> None:
    from dlpguard.commands import _terminal
    from dlpguard.policy import summary

    facts, verdict = scanned.reading.facts, scanned.verdict
    table.add_row(
        _terminal.plain(_shown(scanned.path.name)),
        _terminal.action(verdict),
        _terminal.people(facts),
        _terminal.why(verdict, summary(facts)),
    )
