"""docs/reference/ says what the code does."""

from __future__ import annotations

import pytest

from dlpguard import commands
from docs import write_reference

PAGES = write_reference.pages()


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_as_the_code_is(name: str) -> None:
    written = (write_reference.FOLDER / name).read_text("utf-8")

    assert PAGES[name] == written, "run: python docs/write_reference.py"


def test_every_command_is_there() -> None:
    page = PAGES["commands.md"]

    assert [] == [name for name in commands.MEMBERS if f"## dlpguard {name}\n" not in page]


def test_nothing_of_the_code_is_left_in_the_words() -> None:
    assert "Rules." not in PAGES["replies.md"]
    assert "<class" not in "".join(PAGES.values())
