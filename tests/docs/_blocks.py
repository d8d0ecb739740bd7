"""The fenced blocks of the documentation, and what a console block says.

A block that begins with `$ ` lines is a session: each such line is a command (going on in the next
while a line ends in a backslash), the lines behind it are what it prints.  `…` stands for what is
left out: within a line for any characters, alone on a line for any lines.  A block with a
`title="name"` is a file of that name.  A comment directly above a block, `<!-- not run: why -->`,
keeps it from being run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"

PAGES = {str(file.relative_to(DOCS)): file for file in sorted(DOCS.rglob("*.md"))}
"""Every page by its name as links have it."""

_FENCE = re.compile(
    r"""^(?:<!--\ not\ run:\ (?P<why>[^\n]+?)\ -->\n\n?)?
        (?P<indent>\ *)```(?P<language>\w*)(?P<info>[^\n]*)\n
        (?P<text>.*?)
        ^(?P=indent)```$""",
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)

_TITLE = re.compile(r'title="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: where it stands, its language ("" for none), and its text.

    `title` is the file that it shows, `why_not` the reason for which it is not run.
    """

    page: str
    line: int
    language: str
    title: str
    text: str = field(repr=False)
    why_not: str = ""

    @property
    def name(self) -> str:
        """For messages: `postfix.md:12`."""
        return f"{self.page}:{self.line}"


@dataclass(frozen=True, slots=True)
class Step:
    """A command of a session, and the lines that it should print."""

    command: str
    expected: tuple[str, ...]


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = PAGES[page].read_text("utf-8")
    return [
        Block(
            page,
            text.count("\n", 0, match.start("text")) + 1,
            match["language"],
            found[1] if (found := _TITLE.search(match["info"])) else "",
            _dedented(match["text"], match["indent"]),
            match["why"] or "",
        )
        for match in _FENCE.finditer(text)
    ]


def every_block(*languages: str) -> list[Block]:
    """The blocks of all pages in one of these languages."""
    return [one for page in PAGES for one in blocks(page) if one.language in languages]


def steps(block: Block) -> Iterator[Step]:
    """The commands of a session."""
    lines = block.text.splitlines()
    assert lines, block.name
    assert lines[0].startswith("$ "), f"{block.name}: a session begins with a command"
    position = 0
    while position < len(lines):
        command = lines[position].removeprefix("$ ")
        position += 1
        while command.endswith("\\"):
            command += "\n" + lines[position].removeprefix("> ")
            position += 1
        end = position
        while end < len(lines) and not lines[end].startswith("$ "):
            end += 1
        yield Step(command, tuple(lines[position:end]))
        position = end


def fits(expected: tuple[str, ...], printed: str) -> bool:
    """Whether what was printed is what is shown, but for what `…` leaves out.

    Trailing blanks are nobody's business, and how wide a column is neither.

    >>> fits(("accepted id=… bytes=12", "…"), "accepted id=7 bytes=12\\nmore\\nand more\\n")
    True
    >>> fits(("one",), "one\\ntwo\\n")
    False
    """
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "…" else f"{_line_pattern(line)}\n" for line in expected
    )
    text = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
    return re.fullmatch(pattern, text) is not None


def _line_pattern(line: str) -> str:
    words = (re.escape(word).replace("…", ".*") for word in line.split())
    return r"\s*" + r"[\s]+?".join(words)


def _dedented(text: str, indent: str) -> str:
    return "".join(line.removeprefix(indent) for line in text.splitlines(keepends=True))
