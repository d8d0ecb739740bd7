"""Every `dlpguard …` that a page or the README names is a command, with options that it has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from dlpguard import commands
from tests.docs._blocks import PAGES, ROOT

LINE = typer.main.get_command(commands.app())

PLACES: dict[str, Path] = PAGES | {"README.md": ROOT / "README.md"}

NAMED = re.compile(r"(?:^(?: {4}|\$ )|`)(?:\.venv/bin/)?dlpguard ([a-z][^`\n]*)", re.MULTILINE)
"""A command in a line of its own, or within a sentence."""


def named(page: str) -> Iterator[str]:
    """The commands of a page, without what stands in a pipe or in the background behind them."""
    text = PLACES[page].read_text("utf-8").replace("\\\n", " ")
    for match in NAMED.finditer(text):
        yield re.split(r" {2,}|[;|&<>]|2>| — ", match[1])[0].strip()


def problem(command: str) -> str:
    """What there is not of a command, "" when all of it is."""
    inside: Any = LINE
    words = re.sub(r"\"[^\"]*\"|'[^']*'", "TEXT", command).split()
    while words and hasattr(inside, "commands") and re.fullmatch(r"[a-z]+", words[0]):
        if words[0] not in inside.commands:
            return f"no command `{words[0]}`"
        inside = inside.commands[words.pop(0)]
    options = {name for parameter in inside.params for name in parameter.opts} | {"--help"}
    wrong = [w for w in words if w.startswith("--") and w.rstrip(",.").split("=")[0] not in options]
    return f"no option {', '.join(wrong)}" if wrong else ""


@pytest.mark.parametrize("page", PLACES)
def test_the_commands_that_a_page_names_exist(page: str) -> None:
    wrong = {command: why for command in named(page) if (why := problem(command))}

    assert {} == wrong


def test_commands_are_found_and_mistakes_noticed() -> None:
    assert {"policy enforce --assessment 2026-03-02 --notice 2026-03-16"} <= set(
        named("policies.md")
    )
    assert "no command `enforse`" == problem("policy enforse")
    assert "no option --asessment" == problem("policy enforce --asessment 2026-03-02")
    assert "" == problem('policy observe --reason "--not an option"')
