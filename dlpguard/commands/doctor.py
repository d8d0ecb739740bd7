"""`dlpguard doctor`: what is wrong with an installation, and what to do about it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dlpguard.commands._options import Config, Json
from dlpguard.errors import ConfigurationError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from dlpguard.commands._examination import Finding
    from dlpguard.health import Level

FOUND = 1
"""Exit code: something does not work."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(
    config: Config = Path("dlpguard.toml"),
    send_to: Annotated[
        str,
        typer.Option(
            help="Send a test message to this address, through the next hop.", metavar="ADDRESS"
        ),
    ] = "",
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="Look only at this: settings, policies, reading, names, ports, next-hop, "
            "permissions, disk or store.  May be given more than once.",
            metavar="CHAPTER",
        ),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 1 for what only needs a look, too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Look at settings, names, ports, next hop, certificates, disk, keys, policies and people, and
    say what to do.

    Works whether dlpguard runs or not, and changes nothing.  The next hop is asked whether it takes
    mail from us; none is sent without --send-to.  Exit code 1 when something does not work.
    """
    from rich.console import Console

    from dlpguard import config as settings_file
    from dlpguard.commands import _examination

    if send_to and (send_to.count("@") != 1 or not send_to.isprintable() or " " in send_to):
        raise ConfigurationError(f"--send-to: {send_to!r} is no address")
    chapters = _chosen(only or (), _examination.CHAPTERS)
    try:
        settings = settings_file.load(config)
    except settings_file.NoSettingsError:
        raise
    except ConfigurationError as error:
        found = list(_examination.in_wrong_settings(error))
    else:
        with Console(stderr=True).status("Looking …") as status:
            found = list(
                _examination.examine(
                    settings,
                    send_to,
                    lambda chapter: status.update(f"Looking: {chapter} …"),
                    chapters,
                )
            )
    if as_json:
        for one in found:
            typer.echo(json.dumps(_values(one), ensure_ascii=False))
    else:
        show(found, Console(highlight=False))
    raise typer.Exit(_code([one.line.level for one in found], strict=strict))


def _chosen(only: Sequence[str], chapters: Sequence[str]) -> tuple[str, ...]:
    """The chapters that these words stand for; without any, all."""
    known = {chapter.lower().replace(" ", "-"): chapter for chapter in chapters}
    for word in only:
        if word.lower() not in known:
            raise ConfigurationError(f"--only: {word} is not one of {', '.join(known)}")
    return tuple(known[word.lower()] for word in only) or tuple(chapters)


def show(found: list[Finding], console: Console) -> None:
    """Print what was found, chapter by chapter, and at the end how much of it needs somebody."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from dlpguard.commands import _terminal

    chapters = dict.fromkeys(one.chapter for one in found)
    for chapter in chapters:
        console.print(Text(chapter, style="bold"))
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True, width=_WIDTH)
        table.add_column(width=_ABOUT, overflow="fold")
        table.add_column(overflow="fold", ratio=1)
        for line in (one.line for one in found if one.chapter == chapter):
            said = _terminal.plain(line.said, "" if line.level.name in _NEEDY else "dim")
            if line.advice:
                said.append("\n→ ", style="not dim bold")
                said.append(_terminal.plain(line.advice))
            table.add_row(_mark(line.level), _terminal.plain(line.about), said)
        console.print(Padding(table, (0, 0, 1, 2)))
    console.print(_summary([one.line.level for one in found]))


_WIDTH, _ABOUT = 9, 24
"""Columns of the first two: the longest mark, and most subjects."""

_NEEDY = frozenset({"LOOK", "BROKEN"})
"""Levels of lines that somebody should read; the others step back."""

_MARKS = {
    "FINE": ("✓ ok", "green"),
    "LOOK": ("! warn", "yellow"),
    "BROKEN": ("✗ FAIL", "bold red"),
    "UNKNOWN": ("? unknown", "dim"),
}
"""A sign and a word for each level: never colour alone."""


def _mark(level: Level) -> Text:
    from rich.text import Text

    word, style = _MARKS[level.name]
    return Text(word, style=style)


def _summary(levels: list[Level]) -> Text:
    from rich.text import Text

    numbers = Counter(level.name for level in levels)
    broken, look, unknown = numbers["BROKEN"], numbers["LOOK"], numbers["UNKNOWN"]
    text = Text(f"{numbers['FINE']} fine", style="green")
    for number, words, style in (
        (look, "to look at", "yellow"),
        (broken, "that does not work" if broken == 1 else "that do not work", "bold red"),
        (unknown, "that cannot be told from here", "dim"),
    ):
        if number:
            text.append(", ", style="default not bold")
            text.append(f"{number} {words}", style=style)
    return text


def _code(levels: list[Level], *, strict: bool) -> int:
    names = {level.name for level in levels}
    bad = {"BROKEN", "LOOK"} if strict else {"BROKEN"}
    return FOUND if bad & names else 0


def _values(one: Finding) -> dict[str, str]:
    word = {"FINE": "ok", "LOOK": "warn", "BROKEN": "fail", "UNKNOWN": "unknown"}
    line = one.line
    return {
        "chapter": one.chapter,
        "about": line.about,
        "level": word[line.level.name],
        "said": line.said,
        "advice": line.advice,
    }
