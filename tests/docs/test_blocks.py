"""The test of the tests: a session that is wrong is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs._blocks import PAGES, Block, Step, every_block, fits, steps
from tests.docs._ground import Ground

SESSION = "$ echo one \\\n>   two\none two\n$ true\n$ seq 3\n1\n…\n"


def block(text: str, title: str = "") -> Block:
    return Block("page.md", 1, "console", title, text)


def test_a_session_is_read_as_commands_and_what_they_print() -> None:
    expected = [
        Step("echo one \\\n  two", ("one two",)),
        Step("true", ()),
        Step("seq 3", ("1", "…")),
    ]

    assert expected == list(steps(block(SESSION)))


@pytest.mark.parametrize(
    ("shown", "printed", "is_right"),
    [
        (("a …d",), "a bcd\n", True),
        (("a …d",), "a bc\n", False),
        (("first", "…", "last"), "first\nlast\n", True),
        (("first", "…", "last"), "first\nx\ny\nlast\n", True),
        (("first", "…"), "second\n", False),
        ((), "something\n", False),
        (("│ a   │",), "│ a │\n", True),
    ],
)
def test_what_is_left_out_may_be_anything(
    shown: tuple[str, ...], printed: str, is_right: bool
) -> None:
    assert is_right == fits(shown, printed)


def test_a_session_is_run_and_its_files_are_written(tmp_path: Path) -> None:
    here = Ground(tmp_path, {"NAME": "ann"})
    here.live(block("hello NAME\n", "greeting.txt"))
    here.live(block("$ cat greeting.txt\nhello NAME\n"))


def test_a_session_that_shows_what_is_not_printed_fails(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="but prints\ntwo"):
        Ground(tmp_path).live(block("$ echo two\none\n"))


def test_what_is_not_run_is_little_and_says_why() -> None:
    sessions = every_block("console")
    left_out = [one for one in sessions if one.why_not]

    assert len(sessions) > 4 * len(left_out) > 0
    assert [] == [one.name for one in left_out if len(one.why_not.split()) < 5]


def test_a_page_for_a_system_that_no_test_has_says_so() -> None:
    pages = {one.page for one in every_block("powershell")} | {"google-workspace.md"}

    assert {"exchange.md", "microsoft365.md", "google-workspace.md"} == pages
    for page in pages:
        assert "Not run by our tests" in PAGES[page].read_text("utf-8")
